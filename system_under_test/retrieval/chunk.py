"""Documents to passages of about 160 words, at block boundaries, with the spans of their sentences."""

import json
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from system_under_test.nouns import Document, Passage
from system_under_test.retrieval.markdown import Block, blocks_of
from system_under_test.retrieval.sentences import Span, sentence_spans

WORDS = 160
"""A passage holds at most this many words, unless a single sentence is longer."""
SECTION_WORDS = 80
"""A heading begins a new passage once the one before it holds this many words; smaller sections are joined."""

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
    groups: list[list[_Piece]] = []
    words = 0
    for piece in _pieces(document.text):
        full = words + piece.words > WORDS or (piece.opens_section and words >= SECTION_WORDS)
        if not groups or full:
            groups.append([])
            words = 0
        groups[-1].append(piece)
        words += piece.words
    return [_chunk(document, group) for group in groups]


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


def _pieces(text: str) -> Iterator[_Piece]:
    headings: tuple[str, ...] | None = None
    for block in _served(blocks_of(text)):
        opens_section = headings is not None and block.headings != headings
        headings = block.headings
        if block.kind == "heading":
            yield _piece(text, block, (block.content, block.end), (), opens_section=opens_section)
            continue
        sentences = sentence_spans(text, block)
        for position, span in enumerate(_parts(text, block, sentences)):
            yield _piece(text, block, span, sentences, opens_section=opens_section and position == 0)


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
    inside = tuple((max(start, first), min(end, last)) for first, last in sentences if first < end and last > start)
    return _Piece(start, end, len(text[start:end].split()), block.headings, inside, opens_section)


def _parts(text: str, block: Block, sentences: Sequence[Span]) -> list[Span]:
    """The block itself, or spans of it that fit a passage: cut between sentences, inside one only if it is too long."""
    if len(text[block.start : block.end].split()) <= WORDS:
        return [(block.start, block.end)]
    parts: list[Span] = []
    for span in sentences or [(block.start, block.end)]:
        for start, end in _cut(text, span):
            if parts and len(text[parts[-1][0] : end].split()) <= WORDS:
                parts[-1] = (parts[-1][0], end)
            else:
                parts.append((start, end))
    return parts


def _cut(text: str, span: Span) -> Iterator[Span]:
    start, end = span
    while len(words := text[start:end].split(maxsplit=WORDS)) > WORDS:
        cut = end - len(words[-1])
        yield start, start + len(text[start:cut].rstrip())
        start = cut
    yield start, end
