"""The retriever: what the gateway asks. Every question is answered within the scope of a principal."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from system_under_test.errors import AccessViolation, IndexFault, RequestError
from system_under_test.nouns import Document, Passage, Principal, RankedPassage, Retrieved
from system_under_test.retrieval.access import Scope, allowed, scope_of
from system_under_test.retrieval.documents import read_documents
from system_under_test.retrieval.edge import EdgeIndex
from system_under_test.retrieval.embed import MiniLm, Uncached
from system_under_test.retrieval.fuse import Legs, legs_of, question_of
from system_under_test.retrieval.index import DECIMALS, LEG_LIMIT, Index
from system_under_test.retrieval.ingest import collection_name, digests_of, fill
from system_under_test.retrieval.lexicon import Lexicon
from system_under_test.retrieval.library import Library, Record, Shelf, build_library, prepared
from system_under_test.retrieval.live import Engine, LiveCorpus, Put, State
from system_under_test.retrieval.rerank import rerank_scores
from system_under_test.retrieval.sparse import SparseEncoder
from system_under_test.retrieval.spelling import corrected
from system_under_test.retrieval.store import FILE, Store
from system_under_test.retrieval.validity import utc_today
from system_under_test.retrieval.vectors import Vector, VectorCache

MAXIMUM_TOP_K = 100

ScopeOf = Callable[[Principal], Scope]


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of a passage, with its vector."""

    passage_id: str
    text: str
    """Verbatim from the document: `document.text[start:end]`."""
    start: int
    end: int
    """Character offsets in the document's text, like the passage's own."""
    vector: Vector
    """Of the sentence without its Markdown, float32 [384], unit length."""


class Retriever:
    """Searches within the scope of a principal. Callable from several threads at once."""

    def __init__(
        self,
        engine: Engine,
        digests: Mapping[str, str],
        scope_of: ScopeOf = scope_of,
        *,
        store: Store | None = None,
        clock: Callable[[], date] = utc_today,
    ) -> None:
        """Serve the engine; without a store, its documents cannot be changed.

        `scope_of` is a seam for the deliberately faulty system; nothing else replaces it.
        """
        self.corpus = LiveCorpus(engine, store, clock)
        """The documents, to be changed and reconciled."""
        self._digests = dict(digests)
        self._scope_of = scope_of
        self._common = engine.embedder.words()

    def search(self, principal: Principal, question: str, top_k: int, *, vector: Vector | None = None) -> Retrieved:
        """The best `top_k` (1 to 100) passages that the principal may see, best first.

        `vector` is the `query_vector` of the question, corrected or not, where the caller has it already; it saves
        computing it again. Raises RequestError for a value out of range, ScopeError if the principal has no scope,
        AccessViolation if the index broke the scope: then nothing is served.
        """
        if not 1 <= top_k <= MAXIMUM_TOP_K:
            raise RequestError(f"top_k must be from 1 to {MAXIMUM_TOP_K}")
        started = time.perf_counter()
        scope = self._scope_of(principal)
        # One state of the corpus from here to the candidates; what is made of them afterwards is of that state too.
        with self.corpus.reading() as state:
            question = self._corrected(scope, question, state.library)
            asked = self.query_vector(question) if vector is None else vector
            candidates = self._candidates(scope, question, asked, state)
        found = time.perf_counter()
        ranked = self._ranked(scope, question, asked, candidates, state.library)
        done = time.perf_counter()
        passages = tuple(
            RankedPassage(passage=record.passage, rank=rank, score=score)
            for rank, (score, record) in enumerate(ranked[:top_k], start=1)
        )
        timings = {"retrieve": (found - started) * 1000, "rerank": (done - found) * 1000}
        return Retrieved(passages, timings, state.library.digest(scope.tenants))

    def query_vector(self, question: str) -> Vector:
        """The vector of a question, float32 [384], unit length; computed each time. Raises RequestError."""
        _refuse_wordless(question)
        return self._engine.embedder.query(question)

    def corrected(self, principal: Principal, question: str) -> str:
        """The question as `search` understands it: misspelt words replaced by words that the principal may see.

        Raises RequestError and ScopeError like `search`.
        """
        return self._corrected(self._scope_of(principal), question, self._engine.library)

    def document(self, principal: Principal, document_id: str) -> Document | None:
        """The document of this id if the principal may see it; absent, foreign and forbidden look the same."""
        return self.corpus.document(self._scope_of(principal), document_id)

    def put(self, principal: Principal, document_id: str, members: Mapping[str, object]) -> Put:
        """Add or replace a document of the principal's own tenant, whatever its scope: see `LiveCorpus.put`."""
        return self.corpus.put(principal, document_id, members)

    def remove(self, principal: Principal, document_id: str) -> bool:
        """Delete a document of the principal's own tenant, whatever its scope: see `LiveCorpus.remove`."""
        return self.corpus.remove(principal, document_id)

    def sentences(self, passages: Sequence[Passage]) -> list[Sentence]:
        """The sentences of passages that `search` returned, in their order.

        Raises RequestError for what is no passage of the document that it carries.
        """
        sentences: list[Sentence] = []
        for passage in passages:
            record = self._record_of(passage)
            rows = record.sentence_vectors.astype(np.float32)
            for (start, end), row in zip(record.sentences, rows, strict=True):
                sentences.append(Sentence(passage.id, passage.document.text[start:end], start, end, row))
        return sentences

    def tenants(self) -> frozenset[str]:
        """The tenants of the corpus: the registry that the gateway checks tokens against, never an answer's content."""
        return frozenset(self._engine.library.shelves)

    def digests(self) -> dict[str, str]:
        """SHA-256 by name: `corpus`, `corpus_metadata`, `model_weights`, `tokenizer`, `index_parameters`."""
        return dict(self._digests)

    def close(self) -> None:
        """Release the index. A closed retriever cannot be asked again."""
        self.corpus.close()

    @property
    def _engine(self) -> Engine:
        return self.corpus.engine

    def _corrected(self, scope: Scope, question: str, library: Library) -> str:
        _refuse_wordless(question)
        return corrected(question, [shelf.vocabulary for shelf in library.of(scope.tenants)], scope, self._common)

    def _record_of(self, passage: Passage) -> Record:
        document = passage.document
        record = self._engine.library.record([document.tenant], passage.id)
        # Equality of the whole passage: an id alone opens nothing.
        if record is not None and record.passage == passage:
            return record
        # Its document may have changed since `search`. The request ends in the state that it began in, so the passage
        # is made again from the document that it carries, and from nothing else.
        engine = self._engine
        (arrival,) = prepared([document], Uncached(engine.embedder), engine.encoder, engine.lexicon)
        for made in arrival.records:
            if made.passage == passage:
                return made
        raise RequestError("sentences are given for passages that search returned, and for no other")

    def _candidates(self, scope: Scope, question: str, vector: Vector, state: State) -> list[Record]:
        hits = self._engine.index.dense(scope, vector, LEG_LIMIT)
        terms = self._engine.encoder.question(question)
        if terms.terms:
            hits = hits + self._engine.index.sparse(scope, terms, LEG_LIMIT)
        names = sorted({hit.id for hit in hits} - state.unsettled)
        own = state.library.of(scope.tenants)
        return [_admitted(scope, name, own, state.library) for name in names]

    def _ranked(
        self, scope: Scope, question: str, vector: Vector, candidates: Sequence[Record], library: Library
    ) -> list[tuple[float, Record]]:
        statistics = library.statistics_of(scope.tenants)
        asked = question_of(vector, self._engine.lexicon.stems(question), statistics)
        if not candidates:
            return []
        legs = legs_of(asked, candidates)
        rows = [row for _, row in _best_first(legs.fused, candidates)[:LEG_LIMIT]]
        kept = [candidates[row] for row in rows]
        scores = rerank_scores(asked, kept, Legs(legs.cosine[rows], legs.bm25[rows]))
        return [(score, kept[row]) for score, row in _best_first(scores, kept)]


def build_retriever(
    documents_path: Path,
    work_folder: Path,
    cache_folder: Path,
    *,
    qdrant_url: str | None = None,
    scope_of: ScopeOf = scope_of,
    clock: Callable[[], date] = utc_today,
) -> Retriever:
    """A retriever over the documents of a file, as they were changed since the work folder was begun with that file.

    The store of documents and the index are under `work_folder`, the index on the Qdrant server at `qdrant_url` if
    there is one; model and vectors are kept under `cache_folder` and may be shared by several processes. `clock` gives
    the day in UTC. Raises DocumentError, StoreError, ModelError, VectorCacheError or IndexFault.
    """
    store = Store(work_folder / FILE, read_documents(documents_path))
    documents = store.documents()
    embedder = MiniLm(cache_folder, VectorCache(cache_folder))
    digests = digests_of(documents)
    encoder = SparseEncoder()
    lexicon = Lexicon(encoder)
    library = build_library(documents, embedder, encoder, lexicon, clock())
    name = collection_name(store.identity, digests["index_parameters"])
    index = EdgeIndex(work_folder) if qdrant_url is None else server_index(qdrant_url, name)
    fill(index, library)
    engine = Engine(index, embedder, encoder, lexicon, library)
    return Retriever(engine, digests, scope_of, store=store, clock=clock)


def server_index(url: str, collection: str) -> Index:
    """An index on a server. Its client costs a second to import, which an embedded index need not pay."""
    from system_under_test.retrieval.server import connect  # noqa: PLC0415

    return connect(url, collection)


def _admitted(scope: Scope, passage_id: str, own: Sequence[Shelf], library: Library) -> Record:
    """The record of a passage that the index returned, from the shelves of the scope.

    Raises AccessViolation or IndexFault.
    """
    for shelf in own:
        if (record := shelf.records.get(passage_id)) is not None:
            break
    else:
        record = None
    if record is None and library.record(library.shelves.keys(), passage_id) is None:
        raise IndexFault("the index returned a passage that is not in the corpus")
    # The engine has filtered already. If this second check ever refuses, the filter is broken.
    if record is None or record.status != "current" or not allowed(scope, record.passage.document):
        raise AccessViolation("the index returned a passage outside the scope")
    return record


def _refuse_wordless(question: str) -> None:
    if not question.strip():
        raise RequestError("the question is empty")
    if any("\ud800" <= character <= "\udfff" for character in question):
        raise RequestError("the question is not valid Unicode")


def _best_first(scores: NDArray[np.float64], records: Sequence[Record]) -> list[tuple[float, int]]:
    """The rounded scores with the rows that they belong to; ties by passage id."""
    rounded: list[float] = np.round(scores, DECIMALS).tolist()
    rows = sorted(range(len(records)), key=lambda row: (-rounded[row], records[row].passage.id))
    return [(rounded[row], row) for row in rows]
