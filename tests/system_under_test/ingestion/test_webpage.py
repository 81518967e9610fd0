"""HTML pages before their conversion."""

import pytest

from system_under_test.ingestion.faults import FileFault
from system_under_test.ingestion.webpage import readable_page


@pytest.mark.parametrize(
    "hidden",
    [
        "<script>SECRET</script>",
        "<style>.SECRET{}</style>",
        "<template>SECRET</template>",
        "<!-- SECRET -->",
        "<p hidden>SECRET</p>",
        "<p style='color:red; Display : NONE'>SECRET</p>",
        "<p style='visibility:hidden'>SECRET</p>",
        "<p style='font-size:0px'>SECRET</p>",
        "<p style='opacity: 0.0'>SECRET</p>",
        "<div style='display:none'><p>a</p><b>SECRET</b></div>",
        "<iframe srcdoc='SECRET'>SECRET</iframe>",
        "<noscript>SECRET</noscript>",
    ],
)
def test_what_a_reader_does_not_see_is_left_out(hidden: str) -> None:
    page, _ = readable_page(f"<html><body><p>before</p>{hidden}<p>after</p></body></html>".encode())

    assert "SECRET" not in page
    assert "before" in page
    assert "after" in page


@pytest.mark.parametrize("style", ["font-size:0.9em", "opacity:0.5", "display:block"])
def test_what_a_reader_sees_stays(style: str) -> None:
    assert "shown" in readable_page(f"<body><p style='{style}'>shown</p></body>".encode())[0]


def test_the_title_is_one_line() -> None:
    assert readable_page(b"<html><head><title> The\n title </title></head><body><p>x")[1] == "The title"
    assert readable_page(b"<body><p>x")[1] is None


def test_paragraphs_that_are_left_open_are_no_nesting() -> None:
    page, _ = readable_page(b"<body>" + b"<p>text" * 50)

    assert page.count("</p><p>") == 49


@pytest.mark.parametrize(
    ("declared", "encoding"),
    [("utf-8", "utf-8"), ("iso-8859-1", "cp1252"), ("Windows-1252", "cp1252"), ("GBK", "gbk"), ("", "utf-8")],
)
def test_a_page_is_read_in_the_encoding_that_it_declares(declared: str, encoding: str) -> None:
    text = "\u4f60\u597d" if encoding == "gbk" else "Caf\u00e9"
    head = f'<meta charset="{declared}">' if declared else ""

    page, _ = readable_page(f"<html><head>{head}</head><body><p>{text}</p></body>".encode(encoding))

    assert text in page


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_byte_order_mark_decides(encoding: str) -> None:
    assert "Caf\u00e9" in readable_page("<meta charset=gbk><p>Caf\u00e9</p>".encode(encoding))[0]


@pytest.mark.parametrize(
    ("content", "detail"),
    [
        (b"<p>caf\xe9</p>", "byte 6 is not utf-8"),
        (b"<meta charset=rot13><p>x</p>", "declares rot13"),
        (b"<meta charset=unicode_escape><p>x</p>", "declares unicode_escape"),
    ],
)
def test_a_page_in_another_encoding_is_refused(content: bytes, detail: str) -> None:
    with pytest.raises(FileFault) as caught:
        readable_page(content)

    assert caught.value.code == "encoding"
    assert detail in caught.value.detail


def test_an_entity_of_a_document_type_is_not_followed() -> None:
    page, _ = readable_page(b'<!DOCTYPE html [<!ENTITY a SYSTEM "file:///etc/passwd">]><body><p>&a; end</p>')

    assert "root:" not in page
    assert "end" in page
