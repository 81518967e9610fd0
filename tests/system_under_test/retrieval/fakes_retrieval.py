"""Small real implementations for the retrieval tests: documents, principals, a word embedder, a broken index."""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from qdrant_edge import EdgeShard

from system_under_test.nouns import Classification, Document, Principal
from system_under_test.retrieval.access import Scope, scope_of
from system_under_test.retrieval.chunk import chunks_of
from system_under_test.retrieval.edge import EdgeIndex
from system_under_test.retrieval.index import Entry, Held, Hit, Index, Status
from system_under_test.retrieval.ingest import digests_of, fill
from system_under_test.retrieval.lexicon import Lexicon
from system_under_test.retrieval.library import build_library
from system_under_test.retrieval.live import Engine
from system_under_test.retrieval.retriever import Retriever, ScopeOf
from system_under_test.retrieval.shards import Shards
from system_under_test.retrieval.sparse import SparseEncoder, SparseVector
from system_under_test.retrieval.store import Store

DIMENSIONS = 384


def make_document(document_id: str = "acme/leave", **changes: object) -> Document:
    """A public document of the tenant that its id begins with, visible to everyone."""
    tenant = document_id.partition("/")[0]
    document = Document(
        id=document_id,
        tenant=tenant,
        title="Annual leave",
        text="# Annual leave\n\nAnnual leave is 27 days a year.",
        uri=f"https://{tenant}.example/{document_id}",
        version="1",
        valid_from="2026-01-01",
        supersedes=None,
        owner="people-team",
        classification="public",
        allow_groups=frozenset({"everyone"}),
        deny_groups=frozenset(),
        sha256="",
    )
    document = replace(document, **changes)  # type: ignore[arg-type]
    return replace(document, sha256=hashlib.sha256(document.text.encode()).hexdigest())


def make_principal(
    tenant: str = "acme", groups: frozenset[str] = frozenset({"everyone"}), clearance: Classification = "restricted"
) -> Principal:
    """A principal with the highest clearance unless told otherwise."""
    return Principal(tenant, "someone", groups, clearance, "token-1", 2_000_000_000)


def make_scope(
    tenant: str = "acme", groups: frozenset[str] = frozenset({"everyone"}), clearance: Classification = "restricted"
) -> Scope:
    """The scope of `make_principal`."""
    return Scope(frozenset({tenant}), groups, clearance)


def write_documents(path: Path, documents: Sequence[Document]) -> Path:
    """Write documents in the shape of documents.jsonl."""
    path.write_text("".join(json.dumps(as_line(document)) + "\n" for document in documents), "utf-8")
    return path


def as_members(document: Document) -> dict[str, object]:
    """A document as the body that hands it in."""
    return {name: value for name, value in as_line(document).items() if name not in ("id", "tenant")}


def as_line(document: Document) -> dict[str, object]:
    """A document as the JSON object of its line."""
    line: dict[str, object] = {
        "id": document.id,
        "tenant": document.tenant,
        "title": document.title,
        "text": document.text,
        "uri": document.uri,
        "version": document.version,
        "valid_from": document.valid_from,
        "supersedes": document.supersedes,
        "owner": document.owner,
        "classification": document.classification,
        "allow_groups": sorted(document.allow_groups),
        "deny_groups": sorted(document.deny_groups),
        "sha256": document.sha256,
    }
    return line | ({"valid_until": document.valid_until} if document.valid_until else {})


class WordEmbedder:
    """Sums a fixed random direction for each word: texts with common words are near each other. No model needed."""

    def forget(self, texts: Sequence[str]) -> None:
        """Nothing is kept."""

    def words(self) -> frozenset[str]:
        """A few common words."""
        return frozenset({"many", "days", "writes"})

    def passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Float16-representable unit vectors, float32 [n, 384]."""
        rows = [self.query(text).astype(np.float16).astype(np.float32) for text in texts]
        return np.array(rows, np.float32).reshape(len(rows), DIMENSIONS)

    def query(self, text: str) -> NDArray[np.float32]:
        """A unit vector, float32 [384]."""
        total = np.full(DIMENSIONS, 1e-3)
        for word in text.lower().split():
            total += _direction(word.strip(".,?!#"))
        return np.asarray(total / np.linalg.norm(total), np.float32)


@cache
def _direction(word: str) -> NDArray[np.float64]:
    seed = int.from_bytes(hashlib.sha256(word.encode()).digest()[:8])
    return np.random.default_rng(seed).standard_normal(DIMENSIONS)


def entries_of(documents: Sequence[Document], statuses: dict[str, Status] | None = None) -> list[Entry]:
    """The entries of documents, current unless told otherwise."""
    known = statuses or {}
    return [
        Entry(chunk.passage, known.get(document.id, "current"))
        for document in documents
        for chunk in chunks_of(document)
    ]


def fill_index(index: Index, entries: Sequence[Entry]) -> None:
    """Put entries into an index with the vectors of their texts."""
    encoder, embedder = SparseEncoder(), WordEmbedder()
    texts = [entry.passage.text for entry in entries]
    index.upsert(entries, embedder.passages(texts), [encoder.passage(text) for text in texts])


def ask_both(index: Index, scope: Scope, question: str, limit: int) -> tuple[list[Hit], list[Hit]]:
    """Both legs for a question."""
    dense = index.dense(scope, WordEmbedder().query(question), limit)
    return dense, index.sparse(scope, SparseEncoder().question(question), limit)


class OneShard(Shards):
    """Shards with one fault: all tenants have the same one."""

    @contextmanager
    def of(self, tenant: str) -> Iterator[EdgeShard | None]:
        """The only shard."""
        with super().of("all") as shard:
            yield shard

    @contextmanager
    def writing(self, tenant: str, points: int) -> Iterator[EdgeShard]:
        """The only shard."""
        with super().writing("all", points) as shard:
            yield shard


class OneShardIndex(EdgeIndex):
    """The embedded engine with that fault."""

    def __init__(self, work_folder: Path) -> None:
        super().__init__(work_folder)
        self._shards = OneShard(work_folder / "one")


class FixedIndex:
    """An index that always returns the same ids, whatever the scope: an engine whose filter is broken."""

    def __init__(self, ids: Sequence[str]) -> None:
        self._hits = [Hit(passage_id, 1.0) for passage_id in ids]

    def upsert(self, entries: Sequence[Entry], dense: NDArray[np.float32], sparse: Sequence[SparseVector]) -> None:
        """Ignore the entries."""

    def dense(self, scope: Scope, vector: NDArray[np.float32], limit: int) -> list[Hit]:
        """The fixed hits."""
        return self._hits

    def sparse(self, scope: Scope, vector: SparseVector, limit: int) -> list[Hit]:
        """The fixed hits."""
        return self._hits

    def delete(self, tenant: str, ids: Sequence[str]) -> None:
        """Ignore the ids."""

    def held(self) -> Mapping[str, Held]:
        """Nothing that could be compared."""
        return {}

    def count(self) -> int:
        """As many as there are hits."""
        return len(self._hits)

    def close(self) -> None:
        """Nothing to release."""


TODAY = date(2026, 6, 1)


def make_retriever(documents: Sequence[Document], index: Index, scope_of: ScopeOf = scope_of) -> Retriever:
    """A retriever over documents with the word embedder, which cannot be changed; an empty index is filled."""
    return Retriever(make_engine(documents, index), digests_of(documents), scope_of, clock=lambda: TODAY)


def make_live(
    documents: Sequence[Document], index: Index, folder: Path, clock: Callable[[], date] = lambda: TODAY
) -> Retriever:
    """A retriever whose documents can be changed, with a store in the folder."""
    store = Store(folder / "documents.sqlite", documents)
    engine = make_engine(store.documents(), index, clock())
    return Retriever(engine, digests_of(documents), store=store, clock=clock)


def make_engine(documents: Sequence[Document], index: Index, today: date = TODAY) -> Engine:
    """The parts of a retriever over documents."""
    encoder, embedder = SparseEncoder(), WordEmbedder()
    lexicon = Lexicon(encoder)
    library = build_library(documents, embedder, encoder, lexicon, today)
    if not isinstance(index, FixedIndex):
        fill(index, library)
    return Engine(index, embedder, encoder, lexicon, library)
