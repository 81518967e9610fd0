"""What the retriever knows of the corpus besides the index: passages, their terms and vectors, by passage id.

Only ids that an index returned within a scope are looked up here; there is no search in this module.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from system_under_test.nouns import Document, Passage
from system_under_test.retrieval.chunk import Chunk, chunks_of
from system_under_test.retrieval.documents import superseded_ids
from system_under_test.retrieval.embed import Embedder, Matrix
from system_under_test.retrieval.index import Entry, Status
from system_under_test.retrieval.lexicon import Lexicon, TermStatistics, statistics_of
from system_under_test.retrieval.markdown import plain
from system_under_test.retrieval.sentences import Span
from system_under_test.retrieval.sparse import SparseEncoder, SparseVector
from system_under_test.retrieval.spelling import Vocabulary, vocabulary_of


@dataclass(frozen=True, slots=True)
class Record:
    """One passage with everything that its score is computed from."""

    passage: Passage
    status: Status
    weights: Mapping[int, float]
    """BM25 weight of each term, inverse document frequency not included."""
    stems: frozenset[int]
    """Stems of title, headings and body."""
    neighbours: frozenset[tuple[int, int]]
    """Stems of the body that follow each other, stop words left out."""
    head: frozenset[int]
    """Stems of title and headings."""
    whole: frozenset[int]
    """Stems of the whole document, title included."""
    vector: NDArray[np.float64]
    """float64 [384]: scores are summed in double precision, where the order of summation cannot reach six decimals."""
    gist: NDArray[np.float64]
    """The unit mean of the vectors of the document's passages."""
    sentences: tuple[Span, ...]
    sentence_vectors: Matrix


@dataclass(frozen=True, slots=True)
class Library:
    """The records of a corpus, and the term statistics and the vocabulary of each tenant, current documents only."""

    records: Mapping[str, Record]
    statistics: Mapping[str, TermStatistics]
    vocabularies: Mapping[str, Vocabulary]

    def entries(self) -> list[Entry]:
        """What the index holds, in the order of the corpus."""
        return [Entry(record.passage, record.status) for record in self.records.values()]

    def statistics_of(self, tenants: frozenset[str]) -> TermStatistics:
        """Term statistics of the tenants of a scope: ordinarily of exactly one."""
        known = [self.statistics[tenant] for tenant in sorted(tenants) if tenant in self.statistics]
        if len(known) == 1:
            return known[0]
        frequencies: dict[int, int] = {}
        for statistics in known:
            for stem, frequency in statistics.frequencies.items():
                frequencies[stem] = frequencies.get(stem, 0) + frequency
        return TermStatistics(sum(statistics.passages for statistics in known), frequencies)


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
    documents: Sequence[Document], embedder: Embedder, encoder: SparseEncoder, lexicon: Lexicon
) -> Library:
    """Chunk, embed and count a corpus."""
    chunks, passage_texts, sentence_texts = corpus_texts(documents)
    vectors = embedder.passages(passage_texts)
    sentence_vectors = embedder.passages(sentence_texts)
    superseded = superseded_ids(documents)
    wholes = {
        document.id: frozenset(lexicon.learn(f"{document.title} {plain(document.text)}")) for document in documents
    }
    gists = _gists(chunks, vectors)
    records: dict[str, Record] = {}
    row = 0
    for position, chunk in enumerate(chunks):
        passage = chunk.passage
        head = frozenset(lexicon.learn(head_of(passage)))
        body = lexicon.learn(plain(passage.text))
        terms = encoder.passage(passage_texts[position])
        records[passage.id] = Record(
            passage=passage,
            status="superseded" if passage.document.id in superseded else "current",
            weights=dict(zip(terms.terms, terms.weights, strict=True)),
            stems=head.union(body),
            neighbours=frozenset(pairwise(body)),
            head=head,
            whole=wholes[passage.document.id],
            vector=vectors[position].astype(np.float64),
            gist=gists[passage.document.id],
            sentences=chunk.sentences,
            sentence_vectors=sentence_vectors[row : row + len(chunk.sentences)],
        )
        row += len(chunk.sentences)
    return Library(records, _statistics(records), _vocabularies(documents, superseded))


def sparse_vectors(library: Library) -> list[SparseVector]:
    """The sparse vectors of the records, in their order."""
    return [SparseVector(tuple(record.weights), tuple(record.weights.values())) for record in library.records.values()]


def dense_vectors(library: Library) -> NDArray[np.float32]:
    """The dense vectors of the records, in their order, float32 [n, 384]."""
    return np.stack([record.vector for record in library.records.values()]).astype(np.float32)


def _gists(chunks: Sequence[Chunk], vectors: Matrix) -> dict[str, NDArray[np.float64]]:
    rows: dict[str, list[int]] = {}
    for row, chunk in enumerate(chunks):
        rows.setdefault(chunk.passage.document.id, []).append(row)
    gists = {}
    for document_id, own in rows.items():
        mean = vectors[own].astype(np.float64).mean(axis=0)
        gists[document_id] = mean / np.linalg.norm(mean)
    return gists


def _vocabularies(documents: Sequence[Document], superseded: frozenset[str]) -> dict[str, Vocabulary]:
    texts: dict[str, list[tuple[Document, str]]] = {}
    for document in documents:
        if document.id not in superseded:
            texts.setdefault(document.tenant, []).append((document, f"{document.title} {plain(document.text)}"))
    return {tenant: vocabulary_of(own) for tenant, own in texts.items()}


def _statistics(records: Mapping[str, Record]) -> dict[str, TermStatistics]:
    by_tenant: dict[str, list[Mapping[int, float]]] = {}
    for record in records.values():
        if record.status == "current":
            by_tenant.setdefault(record.passage.document.tenant, []).append(record.weights)
    return {tenant: statistics_of(term_sets) for tenant, term_sets in by_tenant.items()}
