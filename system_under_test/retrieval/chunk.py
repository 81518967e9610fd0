"""Documents to passages of about 160 words, at block boundaries, with the spans of their sentences."""

import json
import re
import uuid
from array import array
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from system_under_test.errors import DocumentRefused
from system_under_test.nouns import Document, Passage
from system_under_test.retrieval.markdown import Block, blocks_of
from system_under_test.retrieval.sentences import Span, sentence_spans

WORDS = 160
"""A passage holds at most this many words, unless a single sentence is longer."""
SECTION_WORDS = 80
"""A heading begins a new passage once the one before it holds this many words; smaller sections are joined."""
MOST_PASSAGES = 10_000
"""Of one document: each repeats its title and headings, and all of them are embedded before any is served."""
_FEWEST_CHARACTERS = SECTION_WORDS * 2 - 1
"""Of a passage that another one follows, or of the two together: words of one letter, one blank between them."""

_WORD = re.compile(r"\S+")
_NAMESPACE = uuid.UUID("6f1d7a52-5c0b-5e0e-9a51-2f6c1f0c7f3e")


@dataclass(frozen=True, slots=True)
class Chunk:
    """A passage and the spans of its sentences in the document's text."""

    passage: Passage
    sentences: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class _Piece:
    """A block, or a part of a block that is too long for one passage."""

    start: int
    end: int
    words: int
    headings: tuple[str, ...]
    sentences: tuple[Span, ...]
    opens_section: bool


def chunks_of(document: Document) -> list[Chunk]:
    """The passages of a document in their order; `document.text[start:end]` is a passage's text, exactly."""
    return [_chunk(document, group) for group in _groups(document.text)]


def refuse_too_many_passages(text: str) -> None:
    """Raises DocumentRefused if the text makes more than `MOST_PASSAGES`."""
    # No shorter text does: of two passages in a row, at least one is this long, and so the work is seldom done twice.
    if len(text) < MOST_PASSAGES // 2 * _FEWEST_CHARACTERS:
        return
    for number, _ in enumerate(_groups(text), start=1):
        if number > MOST_PASSAGES:
            raise DocumentRefused("text", f"text makes more than {MOST_PASSAGES:,} passages: divide the document")


def passage_id(tenant: str, document_id: str, start: int, end: int) -> str:
    """UUIDv5 over tenant, document and span, so that no tenant's id can name another tenant's passage."""
    # JSON keeps the parts apart: no choice of ids can imitate another combination.
    return str(uuid.uuid5(_NAMESPACE, json.dumps([tenant, document_id, start, end])))


def _chunk(document: Document, pieces: Sequence[_Piece]) -> Chunk:
    start, end = pieces[0].start, pieces[-1].end
    passage = Passage(
        id=passage_id(document.tenant, document.id, start, end),
        document=document,
        heading=" > ".join(pieces[0].headings),
        text=document.text[start:end],
        start=start,
        end=end,
    )
    return Chunk(passage, tuple(span for piece in pieces for span in piece.sentences))


def _groups(text: str) -> Iterator[list[_Piece]]:
    """The pieces of each passage."""
    group: list[_Piece] = []
    words = 0
    for piece in _pieces(text):
        if group and (words + piece.words > WORDS or (piece.opens_section and words >= SECTION_WORDS)):
            yield group
            group, words = [], 0
        group.append(piece)
        words += piece.words
    if group:
        yield group


def _pieces(text: str) -> Iterator[_Piece]:
    headings: tuple[str, ...] | None = None
    for block in _served(blocks_of(text)):
        opens_section = headings is not None and block.headings != headings
        headings = block.headings
        if block.kind == "heading":
            yield _piece(text, block, (block.content, block.end), (), opens_section=opens_section)
            continue
        sentences = sentence_spans(text, block)
        parts = _parts(text, block, sentences)
        for position, (span, inside) in enumerate(zip(parts, _shared_out(parts, sentences), strict=True)):
            yield _piece(text, block, span, inside, opens_section=opens_section and position == 0)


def _served(blocks: Sequence[Block]) -> list[Block]:
    """The blocks that passages are made of: a heading travels with the text below it, and stands alone without any."""
    carried = {
        block.headings[:depth]
        for block in blocks
        if block.kind != "heading"
        for depth in range(1, len(block.headings) + 1)
    }
    return [block for block in blocks if block.kind != "heading" or block.headings not in carried]


def _piece(text: str, block: Block, span: Span, sentences: Sequence[Span], *, opens_section: bool) -> _Piece:
    start, end = span
    return _Piece(start, end, len(text[start:end].split()), block.headings, tuple(sentences), opens_section)


def _shared_out(parts: Sequence[Span], sentences: Sequence[Span]) -> Iterator[list[Span]]:
    """For each part, what lies in it of the sentences.

    Both are in order and do not overlap, so nothing is looked at twice but a sentence that two parts share.
    """
    position = 0
    for start, end in parts:
        inside: list[Span] = []
        while position < len(sentences) and sentences[position][0] < end:
            first, last = sentences[position]
            inside.append((max(start, first), min(end, last)))
            if last > end:
                break
            position += 1
        yield inside


def _parts(text: str, block: Block, sentences: Sequence[Span]) -> list[Span]:
    """The block itself, or spans of it that fit a passage: cut between sentences, inside one only if it is too long."""
    if len(text[block.start : block.end].split()) <= WORDS:
        return [(block.start, block.end)]
    words = array("Q", (word.start() for word in _WORD.finditer(text, block.start, block.end)))
    parts: list[Span] = []
    for span in sentences or [(block.start, block.end)]:
        for start, end in _cut(text, span, words):
            if parts and _count(text, (parts[-1][0], end), words) <= WORDS:
                parts[-1] = (parts[-1][0], end)
            else:
                parts.append((start, end))
    return parts


def _cut(text: str, span: Span, words: Sequence[int]) -> Iterator[Span]:
    start, end = span
    while _count(text, (start, end), words) > WORDS:
        cut = words[_word_at(text, start, words) + WORDS]
        yield start, start + len(text[start:cut].rstrip())
        start = cut
    yield start, end


def _count(text: str, span: Span, words: Sequence[int]) -> int:
    """How many words a span holds, whole or in part; `words` are where the words of the block begin."""
    start, end = span
    return bisect_left(words, end) - _word_at(text, start, words)


def _word_at(text: str, place: int, words: Sequence[int]) -> int:
    """The number of the word that a place lies in, or of the first one after it."""
    following = bisect_left(words, place)
    begins = following < len(words) and words[following] == place
    return following if begins or text[place].isspace() else following - 1
