"""Markdown as blocks with exact character offsets: headings, prose, and blocks that are not prose."""

import re
from dataclasses import dataclass
from typing import Literal

from markdown_it import MarkdownIt

_PARSER = MarkdownIt("commonmark").enable("table").disable(["inline", "text_join"])
"""Block structure only: what stands inside a line is never needed as tokens."""
_LINE_END = re.compile(r"\r\n|\r|\n")
"""What markdown-it counts as the end of a line; str.splitlines would also cut at form feeds and others."""
_KINDS: dict[str, "Kind"] = {
    "heading_open": "heading",
    "paragraph_open": "prose",
    "tr_open": "other",
    "fence": "other",
    "code_block": "other",
    "html_block": "other",
}
_MARKERS = re.compile(r"(?:\s|>|\||[-*+](?=\s)|\d{1,9}[.)](?=\s)|#{1,6}(?=\s)|\[[ xX]\](?=\s))*")
# No text, however hostile, makes one of these take more than linear time: runs are possessive and begin once.
_LINK = re.compile(r"!?\[([^\[\]]*+)\]\([^()]*+\)")
_LINE_MARKER = re.compile(
    r"^[\s>]*+(?:(?:[-*+]|\d{1,9}[.)])\s(?:\s*\[[ xX]\]\s)?|#{1,6}\s|(?:-{3,}+|={3,}+|\*{3,}+)\s*?$)?", re.MULTILINE
)
_EMPHASIS = re.compile(r"[*`]++|(?<!\w)_++|(?<!_)_++(?!\w)|\\(?!\w)")
_BAR = re.compile(r"\|(?:[\s|:]|-{2,}+|(?<=:)-(?=:))*+")

Kind = Literal["heading", "prose", "other"]
LONGEST_HEADING = 1_024
"""Characters. What is longer is prose: a heading is repeated in each passage below it, and a paragraph that happens to
stand above a rule is a heading to Markdown."""


@dataclass(frozen=True, slots=True)
class Block:
    """A leaf block of a document. Offsets are characters of the document's text."""

    kind: Kind
    start: int
    """Where the block begins, list marker included."""
    content: int
    """Where its words begin, after list markers, quote marks and table bars."""
    end: int
    headings: tuple[str, ...]
    """The headings above the block, outermost first; for a heading, itself included."""


def blocks_of(text: str) -> list[Block]:
    """The leaf blocks in their order: paragraphs, list items, table rows, code, headings. Rules are left out."""
    starts = [0, *(match.end() for match in _LINE_END.finditer(text)), len(text)]
    tokens = _PARSER.parse(text)
    blocks: list[Block] = []
    path: list[tuple[int, str]] = []
    for position, token in enumerate(tokens):
        kind = _KINDS.get(token.type)
        if kind is None or token.map is None:
            continue
        if kind == "heading" and len(tokens[position + 1].content) > LONGEST_HEADING:
            kind = "prose"
        if kind == "heading":
            level = int(token.tag[1:])
            path = [above for above in path if above[0] < level]
            path.append((level, plain(tokens[position + 1].content)))
        start, end = starts[token.map[0]], starts[min(token.map[1], len(starts) - 1)]
        block = _trimmed(text, kind, (start, end), tuple(words for _, words in path if words))
        if block is not None:
            blocks.append(block)
    return blocks


def plain(text: str) -> str:
    """A piece of Markdown as words on one line: link texts without their targets, no emphasis, no list markers."""
    without_markers = _LINE_MARKER.sub(" ", _LINK.sub(r"\1", text))
    return " ".join(_EMPHASIS.sub("", _BAR.sub(" ", without_markers)).split())


def _trimmed(text: str, kind: Kind, span: tuple[int, int], headings: tuple[str, ...]) -> Block | None:
    start, end = span
    body = text[start:end]
    end = start + len(body.rstrip())
    start += len(body) - len(body.lstrip())
    if start >= end:
        return None
    markers = _MARKERS.match(text, start, end)
    content = markers.end() if markers is not None else start
    return Block(kind, start, content, end, headings) if content < end else None
