"""Extension and content must agree."""

import pytest

from system_under_test.ingestion.faults import FileFault
from system_under_test.ingestion.kinds import agreed_kind, decoded

PAGE = b"<!DOCTYPE html><html><body><p>x</p></body></html>"


@pytest.mark.parametrize(
    ("path", "content", "kind"),
    [
        ("a.md", b"# Title", "markdown"),
        ("deep/a.MARKDOWN", b"text", "markdown"),
        ("a.txt", "Gr\u00fc\u00dfe\tund\r\nmehr\x0c".encode(), "text"),
        ("a.html", PAGE, "html"),
        ("a.htm", b"<h1>No frame</h1>", "html"),
        ("a.html", PAGE.decode().encode("utf-16"), "html"),
        ("a.pdf", b"%PDF-1.7\n", "pdf"),
        ("a.pdf", b"\n\n%PDF-1.7\n", "pdf"),
        ("a.docx", b"PK\x03\x04rest", "docx"),
    ],
    ids=["md", "upper-case", "text", "page", "fragment", "utf-16", "pdf", "pdf-after-blank-lines", "docx"],
)
def test_a_file_that_is_what_it_says_has_its_kind(path: str, content: bytes, kind: str) -> None:
    assert agreed_kind(path, content) == kind


@pytest.mark.parametrize(
    ("path", "content", "code", "word"),
    [
        ("a.png", b"\x89PNG", "unsupported", ""),
        ("noextension", b"text", "unsupported", ""),
        ("a.md", b"", "empty", ""),
        ("a.md", b"\x89PNG\r\n", "disagrees", "PNG"),
        ("a.txt", b"%PDF-1.7", "disagrees", "PDF"),
        ("a.md", PAGE, "disagrees", "HTML"),
        ("a.md", b"\xef\xbb\xbf \n<?xml version='1.0'?><html>", "disagrees", "HTML"),
        ("a.md", b"some\x00bytes", "binary", "U+0000"),
        ("a.txt", b"caf\xe9", "encoding", "byte 3"),
        ("a.pdf", PAGE, "disagrees", "HTML"),
        ("a.pdf", b" " * 1020 + b"%PDF-1.7", "disagrees", ""),
        ("a.docx", b"%PDF-1.7", "disagrees", "PDF"),
        ("a.docx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "encrypted", ".doc"),
        ("a.html", b"%PDF-1.7 <p>", "disagrees", "PDF"),
        ("a.html", b"only words", "disagrees", "tag"),
    ],
)
def test_a_file_that_is_something_else_is_refused(path: str, content: bytes, code: str, word: str) -> None:
    with pytest.raises(FileFault) as caught:
        agreed_kind(path, content)

    assert caught.value.code == code
    assert word in caught.value.what


def test_line_ends_and_the_byte_order_mark_are_made_one() -> None:
    assert decoded(b"\xef\xbb\xbfa\r\nb\rc\n") == "a\nb\nc\n"
