"""What the retriever knows of the corpus besides the index: passages, their terms and vectors, tenant by tenant.

Only ids that an index returned within a scope are looked up here; there is no search in this module. Everything is
immutable: a change of one tenant's documents makes a new shelf for that tenant and leaves the others' as they are.
"""

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from types import MappingProxyType
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from system_under_test.nouns import Document, Passage
from system_under_test.retrieval.chunk import Chunk, chunks_of
from system_under_test.retrieval.document_form import metadata_of
from system_under_test.retrieval.embed import Embedder
from system_under_test.retrieval.index import Entry, Status
from system_under_test.retrieval.lexicon import Lexicon, Pairs, Stems, TermStatistics, pair_set, statistics_of, stem_set
from system_under_test.retrieval.markdown import plain
from system_under_test.retrieval.sentences import Span
from system_under_test.retrieval.sparse import SparseEncoder, SparseVector
from system_under_test.retrieval.spelling import Vocabulary, vocabulary_of
from system_under_test.retrieval.validity import next_turn, statuses_of
from system_under_test.retrieval.vectors import Half, Vector

T = TypeVar("T")

_TOGETHER = 500
"""Documents embedded at a time. Their vectors are in memory twice, and once done they are kept for the next start."""


@dataclass(frozen=True, slots=True)
class Record:
    """One passage with everything that its score is computed from."""

    passage: Passage
    status: Status
    terms: Stems
    """Stems of title, headings and body."""
    weights: NDArray[np.float32]
    """BM25 weight of each of the terms, inverse document frequency not included."""
    neighbours: Pairs
    """Stems of the body that follow each other, stop words left out."""
    head: Stems
    """Stems of title and headings."""
    whole: Stems
    """Stems of the whole document, title included; one array for all its passages."""
    vector: Vector
    """float32 [384]; exactly representable in float16, as every vector of the corpus."""
    gist: Vector
    """The unit mean of the vectors of the document's passages; one array for all of them."""
    sentences: tuple[Span, ...]
    sentence_vectors: Half
    """float16 [sentences, 384]: most of what a passage takes in memory."""


@dataclass(frozen=True, slots=True)
class Holding:
    """A document with its status and its passages."""

    document: Document
    status: Status
    passages: tuple[str, ...]
    """The ids of its passages in their order; a document without words has none."""
    digest: str
    """SHA-256 of the document and its status."""


@dataclass(frozen=True, slots=True)
class Shelf:
    """All that is known of one tenant's documents. Statistics and vocabulary are of current documents only."""

    holdings: Mapping[str, Holding]
    """By document id."""
    records: Mapping[str, Record]
    """By passage id, of whatever status."""
    statistics: TermStatistics
    vocabulary: Vocabulary
    turn: date | None
    """The next day on which a status changes by itself."""
    digest: str
    """SHA-256 of the holdings, whatever their order."""


def digest_of(digests: Iterable[str]) -> str:
    """The SHA-256 of digests, whatever their order."""
    return hashlib.sha256("\n".join(sorted(digests)).encode()).hexdigest()


EMPTY = Shelf(
    MappingProxyType({}), MappingProxyType({}), TermStatistics(0, MappingProxyType({})), {}, None, digest_of([])
)
"""The shelf of a tenant without documents."""


@dataclass(frozen=True, slots=True)
class Library:
    """The shelves of all tenants."""

    shelves: Mapping[str, Shelf]

    @property
    def records(self) -> dict[str, Record]:
        """The records of all tenants by passage id, a new mapping: for filling an index, not for serving."""
        return {name: record for shelf in self.shelves.values() for name, record in shelf.records.items()}

    def entries(self) -> list[Entry]:
        """What the index holds, in the order of `records`."""
        return [entry_of(record) for record in self.records.values()]

    def of(self, tenants: Collection[str]) -> list[Shelf]:
        """The shelves of the tenants of a scope: ordinarily of exactly one."""
        return [self.shelves[tenant] for tenant in sorted(tenants) if tenant in self.shelves]

    def record(self, tenants: Collection[str], passage_id: str) -> Record | None:
        """The tenants' own record of a passage, or None."""
        found = (shelf.records.get(passage_id) for shelf in self.of(tenants))
        return next((record for record in found if record is not None), None)

    def statistics_of(self, tenants: Collection[str]) -> TermStatistics:
        """Term statistics of the tenants of a scope."""
        known = [shelf.statistics for shelf in self.of(tenants)]
        if len(known) == 1:
            return known[0]
        frequencies: dict[int, int] = {}
        for statistics in known:
            for stem, frequency in statistics.frequencies.items():
                frequencies[stem] = frequencies.get(stem, 0) + frequency
        return TermStatistics(sum(statistics.passages for statistics in known), frequencies)

    def digest(self, tenants: Collection[str]) -> str:
        """SHA-256 of what the tenants of a scope have."""
        return digest_of(shelf.digest for shelf in self.of(tenants))

    def changed(self, tenant: str, shelf: Shelf) -> "Library":
        """The library with another shelf for this tenant."""
        return Library({**self.shelves, tenant: shelf})


def entry_of(record: Record) -> Entry:
    """A record as it is indexed."""
    return Entry(record.passage, record.status)


def head_of(passage: Passage) -> str:
    """Title and headings of a passage, each once: many documents repeat their title as the first heading."""
    title = passage.document.title
    if not passage.heading or passage.heading == title:
        return title
    return passage.heading if passage.heading.startswith(f"{title} > ") else f"{title} > {passage.heading}"


def indexed_text(passage: Passage) -> str:
    """The text of a passage as it is embedded and as its terms are counted: title, headings, words."""
    return f"{head_of(passage)}. {plain(passage.text)}"


def corpus_texts(documents: Sequence[Document]) -> tuple[list[Chunk], list[str], list[str]]:
    """The chunks of a corpus, the texts of its passages, and the texts of its sentences in the chunks' order."""
    chunks = [chunk for document in documents for chunk in chunks_of(document)]
    passages = [indexed_text(chunk.passage) for chunk in chunks]
    sentences = [plain(chunk.passage.document.text[start:end]) for chunk in chunks for start, end in chunk.sentences]
    return chunks, passages, sentences


def build_library(
    documents: Sequence[Document],
    embedder: Embedder,
    encoder: SparseEncoder,
    lexicon: Lexicon,
    today: date | None = None,
) -> Library:
    """Chunk, embed and count a corpus as of a day; without one, validity dates are not looked at."""
    by_tenant: dict[str, list[Arrival]] = {}
    for start in range(0, len(documents), _TOGETHER):
        for arrival in prepared(documents[start : start + _TOGETHER], embedder, encoder, lexicon):
            by_tenant.setdefault(arrival.document.tenant, []).append(arrival)
    return Library({tenant: rearranged(EMPTY, (), own, today) for tenant, own in by_tenant.items()})


@dataclass(frozen=True, slots=True)
class Arrival:
    """A document with the records of its passages, chunked, embedded and counted, and as if it were current."""

    document: Document
    records: tuple[Record, ...]


def prepared(
    documents: Sequence[Document], embedder: Embedder, encoder: SparseEncoder, lexicon: Lexicon
) -> list[Arrival]:
    """The documents ready for their shelves. What is made of one does not depend on any other."""
    chunks, passage_texts, sentence_texts = corpus_texts(documents)
    vectors = embedder.passages(passage_texts)
    sentence_vectors = embedder.passages(sentence_texts).astype(np.float16)
    arrivals = []
    row = sentence_row = 0
    for document in documents:
        own: list[Chunk] = []
        while row + len(own) < len(chunks) and chunks[row + len(own)].passage.document is document:
            own.append(chunks[row + len(own)])
        sentences = sum(len(chunk.sentences) for chunk in own)
        # Copies, so that the vectors of a document that is deleted do not stay in an array that others share.
        records = _records(
            document,
            list(zip(own, passage_texts[row : row + len(own)], vectors[row : row + len(own)].copy(), strict=True)),
            sentence_vectors[sentence_row : sentence_row + sentences].copy(),
            encoder,
            lexicon,
        )
        arrivals.append(Arrival(document, records))
        row += len(own)
        sentence_row += sentences
    return arrivals


def _records(
    document: Document,
    own: Sequence[tuple[Chunk, str, Vector]],
    sentence_vectors: Half,
    encoder: SparseEncoder,
    lexicon: Lexicon,
) -> tuple[Record, ...]:
    if not own:
        return ()
    whole = stem_set(lexicon.learn(_words_of(document)))
    mean = np.stack([vector for _, _, vector in own]).astype(np.float64).mean(axis=0)
    gist = (mean / np.linalg.norm(mean)).astype(np.float32)
    records = []
    row = 0
    for chunk, text, vector in own:
        terms = encoder.passage(text)
        record = Record(
            passage=chunk.passage,
            status="current",
            terms=np.array(terms.terms, np.uint32),
            weights=np.array(terms.weights, np.float32),
            neighbours=pair_set(lexicon.learn(plain(chunk.passage.text))),
            head=stem_set(lexicon.learn(head_of(chunk.passage))),
            whole=whole,
            vector=vector,
            gist=gist,
            sentences=chunk.sentences,
            sentence_vectors=sentence_vectors[row : row + len(chunk.sentences)],
        )
        records.append(record)
        row += len(chunk.sentences)
    return tuple(records)


def rearranged(shelf: Shelf, leaving: Collection[str], arriving: Sequence[Arrival], today: date | None) -> Shelf:
    """The tenant's shelf without some documents (by id), with others, and with the statuses of a day.

    An arriving document replaces one of the same id. What is neither leaving, nor arriving, nor of another status than
    before keeps its very records. The result is the one that `build_library` makes of the same documents.
    """
    documents = {name: holding.document for name, holding in shelf.holdings.items() if name not in leaving}
    documents |= {arrival.document.id: arrival.document for arrival in arriving}
    statuses = statuses_of(documents.values(), today)
    anew = {arrival.document.id: arrival.records for arrival in arriving}
    for name, holding in shelf.holdings.items():
        if name in documents and name not in anew and statuses[name] != holding.status:
            anew[name] = tuple(shelf.records[passage] for passage in holding.passages)
    out = [holding for name, holding in shelf.holdings.items() if name in anew or name not in documents]
    come = [_stood(documents[name], statuses[name], records) for name, records in anew.items()]
    held = [holding for holding, _ in come]
    before = [shelf.records[passage] for holding in out for passage in holding.passages]
    after = [record for _, records in come for record in records]
    holdings = _exchanged(shelf.holdings, [one.document.id for one in out], {one.document.id: one for one in held})
    return Shelf(
        holdings,
        _exchanged(shelf.records, [one.passage.id for one in before], {one.passage.id: one for one in after}),
        _recounted(shelf.statistics, before, after),
        _respelt(shelf.vocabulary, out, held),
        next_turn(documents.values(), today),
        digest_of(one.digest for one in holdings.values()),
    )


def sparse_vectors(records: Iterable[Record]) -> list[SparseVector]:
    """The sparse vectors of records, in their order."""
    return [SparseVector(tuple(record.terms.tolist()), tuple(record.weights.tolist())) for record in records]


def dense_vectors(records: Iterable[Record]) -> NDArray[np.float32]:
    """The dense vectors of at least one record, in their order, float32 [n, 384]."""
    return np.stack([record.vector for record in records])


def _words_of(document: Document) -> str:
    return f"{document.title} {plain(document.text)}"


def _stood(document: Document, status: Status, records: Sequence[Record]) -> tuple[Holding, list[Record]]:
    """A document and its records with their status."""
    passages = tuple(record.passage.id for record in records)
    said = json.dumps([metadata_of(document), status], sort_keys=True)
    holding = Holding(document, status, passages, hashlib.sha256(said.encode()).hexdigest())
    return holding, [replace(record, status=status) for record in records]


def _exchanged(old: Mapping[str, T], out: Iterable[str], come: dict[str, T]) -> Mapping[str, T]:
    left = dict(old)
    for name in out:
        del left[name]
    return left | come


def _recounted(statistics: TermStatistics, before: Sequence[Record], after: Sequence[Record]) -> TermStatistics:
    gone = statistics_of([record.terms for record in before if record.status == "current"])
    come = statistics_of([record.terms for record in after if record.status == "current"])
    frequencies = dict(statistics.frequencies)
    for stem in gone.frequencies.keys() | come.frequencies.keys():
        frequency = frequencies.get(stem, 0) - gone.frequencies.get(stem, 0) + come.frequencies.get(stem, 0)
        if frequency:
            frequencies[stem] = frequency
        else:
            del frequencies[stem]
    return TermStatistics(statistics.passages - gone.passages + come.passages, frequencies)


def _respelt(vocabulary: Vocabulary, out: Sequence[Holding], come: Sequence[Holding]) -> Vocabulary:
    gone, added = (
        vocabulary_of((one.document, _words_of(one.document)) for one in holdings if one.status == "current")
        for holdings in (out, come)
    )
    left = {holding.document.id for holding in out}
    words = dict(vocabulary)
    for word in gone.keys() | added.keys():
        holders = [document for document in words.get(word, ()) if document.id not in left]
        holders.extend(added.get(word, ()))
        if holders:
            words[word] = holders
        else:
            del words[word]
    return words
