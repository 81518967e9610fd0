"""One file's bytes to Markdown. The only module that knows markitdown.

Its converters are called one by one: the class MarkItDown, which guesses kinds, loads plugins, opens URLs and looks for
outside programs, is not used. This module runs in the child alone.
"""

import io
import re
from dataclasses import dataclass

from markitdown import StreamInfo
from markitdown.converters import DocxConverter, HtmlConverter, PdfConverter

from system_under_test.ingestion.faults import FileFault
from system_under_test.ingestion.kinds import Kind, decoded
from system_under_test.ingestion.limits import Limits
from system_under_test.ingestion.package import cleaned
from system_under_test.ingestion.pages import refuse_unreadable
from system_under_test.ingestion.webpage import readable_page
from system_under_test.retrieval.markdown import Block, blocks_of

_DATA_IMAGE = re.compile(r"!\[([^\[\]]*+)\]\(data:[^()]*+\)")
_CONTROL = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f]")
_GLYPH = re.compile(r"\(cid:\d+\)")
_UNREADABLE_SHARE = 0.1
"""From this share of unknown glyphs among the words on, a text is not worth finding."""
_TITLE_CHARACTERS = 300


@dataclass(frozen=True, slots=True)
class Converted:
    """What a file became."""

    text: str
    """Markdown."""
    title: str | None
    """The page's title, or the first heading; None without any."""


def convert(kind: Kind, content: bytes, limits: Limits) -> Converted:
    """The Markdown of a file whose kind is agreed.

    Raises FileFault for what cannot be used, and whatever a converter raises on a file it was not made for.
    """
    title: str | None = None
    if kind == "pdf":
        refuse_unreadable(content, limits)
        text = PdfConverter().convert(io.BytesIO(content), StreamInfo()).markdown
        # A form feed ends each page; its text goes on in the next paragraph.
        text = text.replace("\x0c", "\n\n")
    elif kind == "docx":
        text = _docx_converter().convert(io.BytesIO(cleaned(content, limits)), StreamInfo(), strict=True).markdown
    elif kind == "html":
        page, title = readable_page(content)
        text = HtmlConverter().convert_string(page, strict=True).markdown
    else:
        text = decoded(content)
    return _finished(text, title, limits)


def _docx_converter() -> DocxConverter:
    # Its constructor is the one function without types that is called here.
    return DocxConverter()  # type: ignore[no-untyped-call]


def _finished(text: str, title: str | None, limits: Limits) -> Converted:
    text = _DATA_IMAGE.sub(r"\1", _CONTROL.sub(" ", text))
    # A lone surrogate, which HTML and PDF can name, has no UTF-8 form.
    text = text.encode("utf-8", "replace").decode("utf-8").replace("\r\n", "\n").strip("\n")
    if len(text) > limits.text_characters:
        raise FileFault("length", f"{len(text)} characters, at most {limits.text_characters}")
    glyphs = len(_GLYPH.findall(text))
    if glyphs > _UNREADABLE_SHARE * len(text.split()):
        raise FileFault("glyphs", f"{glyphs} letters are unknown")
    # Parsed here, within the limits of the child: what the retrieval will do to the text at its start is known to end.
    blocks = blocks_of(text)
    if not any(any(letter.isalnum() for letter in text[block.content : block.end]) for block in blocks):
        raise FileFault("empty")
    return Converted(text, _one_line(title) or _one_line(_first_heading(blocks)))


def _first_heading(blocks: list[Block]) -> str | None:
    return next((block.headings[-1] for block in blocks if block.kind == "heading" and block.headings), None)


def _one_line(title: str | None) -> str | None:
    if title is None:
        return None
    line = " ".join("".join(letter if letter.isprintable() else " " for letter in title).split())
    return line[:_TITLE_CHARACTERS].strip() or None
