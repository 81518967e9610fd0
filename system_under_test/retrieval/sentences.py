"""Sentences of a block, as spans. The rules are few and fixed: an answer quotes whole sentences."""

import re
from collections.abc import Iterator

from system_under_test.retrieval.markdown import Block

# Possessive quantifiers and a look-behind at every run: no text, however hostile, takes more than linear time.
_END = re.compile(
    r"""(?<![.!?])[.!?]++["')\]*_\u201d\u2019]*+(?=[\s>]++(?P<next>["'(\[*_\u201c\u2018]*[^\W_]))"""
    r"""|(?<![\s\\])(?=\ {2,}\r?\n|\\\r?\n)"""
)
"""A full stop before another word, or a hard line break."""
_GAP = re.compile(r"[\s\\>]*")
_ABBREVIATION = re.compile(r"(?:^|[\s(])(?:[A-Z]|(?i:e\.g|i\.e|cf|mr|mrs|ms|dr|prof|st|vs|fig|approx))\.$")
_NUMBERED = re.compile(r"(?:^|[\s(])nos?\.$", re.IGNORECASE)
_TAIL = 10
"""Characters before a full stop that can tell an abbreviation."""

Span = tuple[int, int]


def sentence_spans(text: str, block: Block) -> list[Span]:
    """Spans of the sentences of a block, in `text`. Prose is cut at sentence ends; a table row or code is one piece.

    A heading has none. List markers, table bars and the white space between sentences belong to no sentence.
    """
    if block.kind == "heading":
        return []
    if block.kind == "other":
        end = block.start + len(text[block.start : block.end].rstrip(" |"))
        return [(block.content, end)] if block.content < end else []
    return list(_prose(text, block))


def _prose(text: str, block: Block) -> Iterator[Span]:
    start = block.content
    for match in _END.finditer(text, start, block.end):
        if start < match.end() and _ends_a_sentence(text[max(start, match.end() - _TAIL) : match.end()], match["next"]):
            yield start, match.end()
            start = _skip(_GAP, text, (match.end(), block.end))
    if start < block.end:
        yield start, block.end


def _ends_a_sentence(tail: str, following: str | None) -> bool:
    if following is None:
        return True
    first = following[-1]
    if _NUMBERED.search(tail):
        return not first.isdigit()
    return not first.islower() and not _ABBREVIATION.search(tail)


def _skip(pattern: re.Pattern[str], text: str, span: Span) -> int:
    match = pattern.match(text, *span)
    return span[0] if match is None else match.end()
