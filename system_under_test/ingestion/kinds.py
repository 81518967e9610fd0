"""Which kind of file it is: the extension and the content must agree."""

import re
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Literal, get_args

from system_under_test.ingestion.faults import FileFault

Kind = Literal["markdown", "text", "html", "pdf", "docx"]
KINDS: tuple[Kind, ...] = get_args(Kind)

_EXTENSIONS: Mapping[str, Kind] = {
    ".md": "markdown",
    ".markdown": "markdown",
    ".txt": "text",
    ".html": "html",
    ".htm": "html",
    ".xhtml": "html",
    ".pdf": "pdf",
    ".docx": "docx",
}
_HEAD = 4096
"""Bytes at the beginning that are looked at."""
_SIGNATURES: tuple[tuple[bytes, str], ...] = (
    (b"%PDF-", "PDF"),
    (b"PK\x03\x04", "a ZIP archive"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old or encrypted Office file"),
    (b"{\\rtf", "RTF"),
    (b"\x89PNG", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"\x7fELF", "a program"),
    (b"MZ\x90", "a program"),
)
_PDF_PREAMBLE = 1024
"""Readers look for the signature of a PDF in this many bytes (ISO 32000-1, annex H.3, note 13)."""
_OLE = _SIGNATURES[2][0]
_TAG = re.compile(
    rb"<(?:!doctype\s+html|html|head|body|title|meta|h[1-6]|p|div|span|table|ul|ol|dl|article|section|main|a)\b",
    re.IGNORECASE,
)
_WHOLE_PAGE = re.compile(rb"(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]*>\s*)?<(?:!doctype\s+html|html)\b", re.IGNORECASE)
_CONTROL = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f]")


def agreed_kind(path: str, content: bytes) -> Kind:
    """The kind of a file whose extension and content agree.

    Raises FileFault: `unsupported` for another extension, `encrypted` for an encrypted DOCX, `disagrees`, `binary` or
    `encoding` where the content is not what the extension says.
    """
    kind = _EXTENSIONS.get(PurePosixPath(path).suffix.lower())
    if kind is None:
        raise FileFault("unsupported")
    if not content:
        raise FileFault("empty")
    if kind == "docx":
        _refuse_other_than_zip(content)
    elif kind == "pdf":
        if b"%PDF-" not in content[:_PDF_PREAMBLE]:
            raise FileFault("disagrees", f"it begins like {_looks(content)}")
    elif kind == "html":
        _refuse_other_than_page(content)
    else:
        _refuse_other_than_text(content)
    return kind


def decoded(content: bytes) -> str:
    """UTF-8 text without byte-order mark, with line feeds as its line ends.

    Raises FileFault: `encoding` with the first bad byte, `binary` for a control character other than tab, line feed,
    carriage return and form feed.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise FileFault("encoding", f"byte {error.start} is not UTF-8") from None
    if found := _CONTROL.search(text):
        raise FileFault("binary", f"character {found.start()} is U+{ord(found.group()):04X}")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _looks(content: bytes) -> str:
    for signature, name in _SIGNATURES:
        if content.startswith(signature):
            return name
    return "HTML" if _WHOLE_PAGE.match(content[:_HEAD]) else "something else"


def _refuse_other_than_zip(content: bytes) -> None:
    if content.startswith(_OLE):
        raise FileFault("encrypted", "or a .doc file under a new name")
    if not content.startswith(b"PK\x03\x04"):
        raise FileFault("disagrees", f"it begins like {_looks(content)}")


def _refuse_other_than_page(content: bytes) -> None:
    looks = _looks(content)
    if looks not in {"HTML", "something else"}:
        raise FileFault("disagrees", f"it begins like {looks}")
    # A page may be in UTF-16, where each letter of a tag is followed by a NUL.
    if not _TAG.search(content[:_HEAD].replace(b"\x00", b"")):
        raise FileFault("disagrees", "it has no HTML tag near its beginning")


def _refuse_other_than_text(content: bytes) -> None:
    looks = _looks(content)
    if looks != "something else":
        raise FileFault("disagrees", f"it begins like {looks}")
    decoded(content)
