"""Whole conversions, in a real child: what markitdown makes of each kind, and what it may not do meanwhile."""

import http.server
import sys
import threading
import urllib.request
from collections.abc import Iterator
from types import ModuleType

import pytest

from system_under_test.ingestion.child import Child
from system_under_test.ingestion.faults import FileFault
from system_under_test.ingestion.kinds import Kind
from system_under_test.ingestion.limits import MIB, Limits
from system_under_test.nouns import Document
from system_under_test.retrieval.chunk import chunks_of


class Listener:
    """A server on this machine that counts who comes."""

    def __init__(self) -> None:
        self.hits = 0
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.hits += 1
                self.send_response(204)
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name of the class above
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_address[1]}"


@pytest.fixture
def listener() -> Iterator[Listener]:
    listening = Listener()
    thread = threading.Thread(target=listening.server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield listening
    listening.server.shutdown()
    listening.server.server_close()
    thread.join()


def refusal(child: Child, kind: Kind, content: bytes) -> str:
    with pytest.raises(FileFault) as caught:
        child.convert(kind, content)
    return caught.value.code


def document(text: str) -> Document:
    return Document(
        id="d",
        tenant="acme",
        title="t",
        text=text,
        uri="d",
        version="1",
        valid_from="",
        supersedes=None,
        owner="o",
        classification="internal",
        allow_groups=frozenset({"staff"}),
        deny_groups=frozenset(),
        sha256="",
    )


def test_a_docx_keeps_its_headings_tables_and_text(child: Child, made: ModuleType) -> None:
    cells = "".join(f"<w:tc>{made.paragraph(text)}</w:tc>" for text in ("Grade", "Days"))
    body = (
        made.paragraph("Leave", "Heading1")
        + made.paragraph("Thirty days of leave.")
        + f"<w:tbl><w:tr>{cells}</w:tr><w:tr>{cells}</w:tr></w:tbl>"
    )

    text, title = child.convert("docx", made.docx(body))

    assert title == "Leave"
    assert text.startswith("# Leave\n\nThirty days of leave.")
    assert "| Grade | Days |" in text


def test_a_pdf_gives_the_text_of_all_its_pages(child: Child, made: ModuleType) -> None:
    text, title = child.convert("pdf", made.pdf([made.page("First page."), made.page("Second page.")], compressed=True))

    assert text.split() == ["First", "page.", "Second", "page."]
    assert title is None
    assert "\x0c" not in text


def test_a_page_of_html_keeps_headings_and_lists(child: Child) -> None:
    page = "<html><head><title>The policy</title></head><body><h1>Leave</h1><ul><li>Grüße</li></ul></body></html>"

    text, title = child.convert("html", page.encode())

    assert text == "# Leave\n\n* Grüße"
    assert title == "The policy"


@pytest.mark.parametrize("kind", ["markdown", "text"])
def test_text_stays_as_it_is(child: Child, kind: Kind) -> None:
    assert child.convert(kind, b"# A *title*\r\n\r\nText.\n") == ("# A *title*\n\nText.", "A title")


def test_the_chunker_finds_headings_and_exact_spans(child: Child, made: ModuleType) -> None:
    body = "".join(
        made.paragraph(f"Section {number}", "Heading1") + made.paragraph("A sentence of words. " * 30)
        for number in range(3)
    )
    text, _ = child.convert("docx", made.docx(body))

    chunks = chunks_of(document(text))

    assert [chunk.passage.heading for chunk in chunks] == ["Section 0", "Section 1", "Section 2"]
    assert all(chunk.passage.text == text[chunk.passage.start : chunk.passage.end] for chunk in chunks)
    assert all(chunk.sentences for chunk in chunks)


def test_a_picture_leaves_its_description_and_nothing_else(child: Child, made: ModuleType) -> None:
    kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/image"
    links = (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        f'<Relationship Id="rId9" Type="{kind}" Target="media/image1.png"/></Relationships>'
    )
    body = made.paragraph("Before.") + made.picture("r:embed", "rId9")
    parts = {"word/_rels/document.xml.rels": links, "word/media/image1.png": b"\x89PNG"}

    text, _ = child.convert("docx", made.docx(body, parts=parts))

    assert text == "Before.\n\na chart"


def test_no_address_in_a_file_is_ever_opened(child: Child, made: ModuleType, listener: Listener) -> None:
    link = f"{listener.address}/x"
    relationships = (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId9" '
        'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/image" '
        f'Target="{link}.png" TargetMode="External"/></Relationships>'
    )
    word = made.docx(
        made.paragraph("Words.") + made.picture("r:link", "rId9"), parts={"word/_rels/document.xml.rels": relationships}
    )
    page = (
        f"<html><head><base href='{link}'><link rel=stylesheet href='{link}'>"
        f"<meta http-equiv=refresh content='0;{link}'></head><body><p>Words.</p><img src='{link}'>"
        f"<iframe src='{link}'></iframe><a href='{link}'>a</a></body></html>"
    )
    paper = made.pdf([made.page("Words.")]).replace(
        b"/Type/Page/", f"/Annots[<</Subtype/Link/A<</S/URI/URI({link})>>>>]/Type/Page/".encode("ascii")
    )

    for kind, content in (
        ("docx", word),
        ("html", page.encode()),
        ("pdf", paper),
        ("markdown", f"![x]({link})".encode()),
    ):
        assert child.convert(kind, content)[0]

    assert listener.hits == 0
    urllib.request.urlopen(link).close()
    assert listener.hits == 1


def test_an_entity_never_shows_another_file(child: Child, made: ModuleType) -> None:
    prolog = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'

    assert refusal(child, "docx", made.docx(made.paragraph("&a;"), prolog=prolog)) == "doctype"
    assert "root:" not in child.convert("html", (prolog + "<html><body><p>&a; end</p>").encode())[0]


@pytest.mark.parametrize(
    ("kind", "content", "code"),
    [
        ("pdf", "empty-page", "empty"),
        ("pdf", "encrypted", "encrypted"),
        ("pdf", "too-many", "pages"),
        ("docx", "blank", "empty"),
        ("docx", "bomb", "unpacked"),
        ("docx", "broken", "broken"),
        ("html", "deep", "nesting"),
        ("html", "blank", "empty"),
        ("markdown", "rules", "empty"),
        ("markdown", "long", "length"),
    ],
)
def test_a_file_that_gives_no_text_is_refused(
    child: Child, made: ModuleType, kind: Kind, content: str, code: str
) -> None:
    files: dict[str, bytes] = {
        "pdf empty-page": made.pdf([b""]),
        "pdf encrypted": made.pdf([made.page("x")], encrypted=True),
        "pdf too-many": made.pdf([made.page("x")] * 6),
        "docx blank": made.docx(made.paragraph(" ")),
        "docx bomb": made.docx(" " * 2_000_000),
        "docx broken": made.docx(made.paragraph("x"))[:-40],
        "html deep": b"<html><body>" + b"<div>" * 1_500 + b"x",
        "html blank": b"<html><body><p> </p></body></html>",
        "markdown rules": b"---\n\n***\n\n## ",
        "markdown long": b"a " * 60_000,
    }

    assert refusal(child, kind, files[f"{kind} {content}"]) == code
    assert child.convert("text", b"still here") == ("still here", None)


def test_a_pdf_whose_fonts_name_no_letters_is_refused(child: Child, made: ModuleType) -> None:
    glyphs = made.page("(cid:12)(cid:40)(cid:7) word".replace("(", r"\(").replace(")", r"\)"))

    assert refusal(child, "pdf", made.pdf([glyphs])) == "glyphs"


def test_what_has_no_utf_8_form_is_replaced(child: Child) -> None:
    text, _ = child.convert("html", b"<html><body><p>a&#xD800;b&#0;c</p></body></html>")

    assert text.encode("utf-8")
    assert text.startswith("a")


@pytest.mark.slow
def test_a_pdf_that_unpacks_without_end_is_stopped_by_the_memory_limit(made: ModuleType) -> None:
    bomb = made.pdf([b" " * (1 << 28)], compressed=True)

    with Child(Limits(memory_bytes=640 * MIB)) as small:
        assert len(bomb) < MIB
        assert refusal(small, "pdf", bomb) == "memory"
        assert small.convert("pdf", made.pdf([made.page("Small.")]))[0] == "Small."


@pytest.mark.slow
@pytest.mark.parametrize("confined", [True, False], ids=["confined", "broken-on-purpose"])
def test_a_converter_that_turns_evil_reaches_nobody_unless_it_is_let_out(listener: Listener, confined: bool) -> None:
    evil = (
        "import socket, urllib.request\n"
        "from system_under_test.ingestion import worker\n"
        "def evil(kind, content, limits):\n"
        "    urllib.request.urlopen(content.decode())\n"
        "worker.convert = evil\n"
        + ("" if confined else "worker.confine = lambda memory: None\n")
        + "worker.serve(socket.socket(fileno=0))\n"
    )

    with Child(Limits(), (sys.executable, "-P", "-c", evil)) as turned, pytest.raises(FileFault) as caught:
        turned.convert("text", listener.address.encode())

    assert listener.hits == (0 if confined else 1)
    assert (caught.value.code, caught.value.detail) == (("broken", "PermissionError") if confined else ("died", ""))
