"""Sentences of a block, as spans. The rules are few and fixed: an answer quotes whole sentences."""

import re
from collections.abc import Iterator

from system_under_test.retrieval.markdown import Block

_END = re.compile(r"[.!?]+[\"')\]*_\u201d\u2019]*(?=\s+(?P<next>[\"'(\[*_\u201c\u2018]*[^\W_]))")
_ABBREVIATION = re.compile(r"(?:^|[\s(])(?:e\.g|i\.e|cf|mr|mrs|ms|dr|prof|st|vs|fig|approx|[A-Z])\.$", re.IGNORECASE)
_NUMBERED = re.compile(r"(?:^|[\s(])nos?\.$", re.IGNORECASE)

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
        if _ends_a_sentence(text[start : match.end()], match["next"]):
            yield start, match.end()
            start = match.end() + len(text[match.end() : block.end]) - len(text[match.end() : block.end].lstrip())
    if start < block.end:
        yield start, block.end


def _ends_a_sentence(sentence: str, following: str) -> bool:
    first = following[-1]
    if _NUMBERED.search(sentence):
        return not first.isdigit()
    return not first.islower() and not _ABBREVIATION.search(sentence)
