"""An HTML page before it is converted: decoded as it declares, without what its reader would not see."""

import re
from collections.abc import Mapping

from bs4 import BeautifulSoup, Tag
from bs4.element import PreformattedString

from system_under_test.ingestion.faults import FileFault

_MARKS: tuple[tuple[bytes, str], ...] = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
_DECLARED = re.compile(rb"""charset\s*=\s*["']?\s*([A-Za-z0-9._:-]{1,40})""", re.IGNORECASE)
_HEAD = 1024
"""Browsers look for the declaration in this many bytes (WHATWG HTML, 13.2.3.2)."""
_ENCODINGS: Mapping[str, str] = {
    "utf-8": "utf-8",
    "utf8": "utf-8",
    "us-ascii": "cp1252",
    "ascii": "cp1252",
    "iso-8859-1": "cp1252",
    "latin1": "cp1252",
    "windows-1252": "cp1252",
    "iso-8859-15": "iso8859-15",
    "windows-1250": "cp1250",
    "windows-1251": "cp1251",
    "iso-8859-2": "iso8859-2",
    "shift_jis": "cp932",
    "euc-jp": "euc-jp",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "gb18030": "gb18030",
    "big5": "big5hkscs",
    "euc-kr": "cp949",
}
"""Labels as browsers read them (WHATWG Encoding). Others are refused: Python knows codecs that are no encodings."""
_UNSEEN = ("script", "style", "template", "noscript", "iframe", "object", "embed", "svg", "canvas", "head")
_CONCEALED = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0(?![.\d]*[1-9])|opacity\s*:\s*0(?![.\d]*[1-9])"
)


def readable_page(content: bytes) -> tuple[str, str | None]:
    """The page as HTML of what a reader sees, and its title.

    Left out: scripts, frames and what is hidden by an attribute or its own style. What a style sheet hides is not known
    here. Raises FileFault `encoding` if the bytes are not in the declared encoding, UTF-8 where none is declared.
    """
    # lxml closes what HTML lets an author leave open; Python's own parser would nest each <p> in the one before it.
    soup = BeautifulSoup(_decoded(content), "lxml")
    title = " ".join(soup.title.get_text().split()) if soup.title is not None else ""
    for tag in soup.find_all(_is_unseen):
        tag.extract()
    for note in soup.find_all(string=_is_no_text):
        note.extract()
    return str(soup), title or None


def _is_unseen(tag: Tag) -> bool:
    if tag.name in _UNSEEN or tag.has_attr("hidden"):
        return True
    return _CONCEALED.search(str(tag.get("style", "")).lower()) is not None


def _is_no_text(string: str | None) -> bool:
    # Comments, declarations and processing instructions; bs4 keeps them as strings of these kinds.
    return isinstance(string, PreformattedString)


def _decoded(content: bytes) -> str:
    encoding = next((name for mark, name in _MARKS if content.startswith(mark)), None)
    if encoding is None:
        found = _DECLARED.search(content[:_HEAD])
        label = found.group(1).decode("ascii").lower() if found is not None else "utf-8"
        encoding = _ENCODINGS.get(label)
        if encoding is None:
            raise FileFault("encoding", f"it declares {label}")
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        raise FileFault("encoding", f"byte {error.start} is not {encoding}") from None
