"""The embedded engine: qdrant-edge in this process, on a folder of its own.

Queries may run in several threads at once: measured on 0.9.0, 4 threads with 500 pairs of queries each gave the same
results as one, without an error; a query after `close` raises and cannot crash the process.
"""

import shutil
import tempfile
import weakref
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from qdrant_edge import (
    CountRequest,
    Distance,
    EdgeConfig,
    EdgeShard,
    EdgeSparseVectorParams,
    EdgeVectorParams,
    FieldCondition,
    Filter,
    HasIdCondition,
    IdfParams,
    MatchAny,
    MatchValue,
    Modifier,
    PayloadSchemaType,
    Point,
    PointVectors,
    Query,
    QueryRequest,
    RangeFloat,
    ScrollRequest,
    SearchParams,
    UpdateOperation,
)
from qdrant_edge import SparseVector as EdgeSparseVector

from system_under_test.retrieval.access import Scope
from system_under_test.retrieval.index import DENSE, SPARSE, Entry, Held, Hit, payload_of, settle
from system_under_test.retrieval.sparse import SparseVector
from system_under_test.retrieval.vectors import DIMENSIONS

_BATCH = 1000
_BLANK = [0.0] * DIMENSIONS
_KEYWORDS = ("tenant", "status", "allow", "deny")
"""Together with `level`, every field of the filter: with one of them not indexed, a query costs 4.4 ms CPU, not 1.7."""


class EdgeIndex:
    """An `Index` on qdrant-edge. It builds a new folder and removes it when closed; the corpus is its only source."""

    def __init__(self, work_folder: Path) -> None:
        """Create an empty index in a new folder under `work_folder`."""
        work_folder.mkdir(parents=True, exist_ok=True)
        folder = tempfile.mkdtemp(dir=work_folder, prefix="edge-")
        # Also runs when the process ends without a `close`.
        self._remove = weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        config = EdgeConfig(
            vectors={DENSE: EdgeVectorParams(DIMENSIONS, Distance.Dot)},
            sparse_vectors={SPARSE: EdgeSparseVectorParams(modifier=Modifier.Idf)},
            # Nothing is reopened after a crash, so a log of updates would only cost.
            wal_enabled=False,
            # The engine holds Python's lock while it searches: its own threads only made each search slower.
            max_search_threads=1,
        )
        self._shard = EdgeShard.create(folder, config)
        for field in _KEYWORDS:
            self._shard.update(UpdateOperation.create_field_index(field, PayloadSchemaType.Keyword))
        self._shard.update(UpdateOperation.create_field_index("level", PayloadSchemaType.Integer))

    def upsert(self, entries: Sequence[Entry], dense: NDArray[np.float32], sparse: Sequence[SparseVector]) -> None:
        """Add or replace entries; row i of `dense` and `sparse[i]` belong to `entries[i]`."""
        points = [
            Point(
                entry.passage.id,
                {DENSE: row.tolist(), SPARSE: EdgeSparseVector(list(terms.terms), list(terms.weights))},
                payload_of(entry),
            )
            for entry, row, terms in zip(entries, dense, sparse, strict=True)
        ]
        for start in range(0, len(points), _BATCH):
            self._shard.update(UpdateOperation.upsert_points(points[start : start + _BATCH]))

    def dense(self, scope: Scope, vector: NDArray[np.float32], limit: int) -> list[Hit]:
        """The nearest `limit` passages by cosine, exact, best first."""
        query = Query.Nearest(vector.tolist(), using=DENSE)
        params = SearchParams(exact=True)
        return settle(lambda size: self._ask(query, scope, params, size), limit)

    def sparse(self, scope: Scope, vector: SparseVector, limit: int) -> list[Hit]:
        """The best `limit` passages by BM25 with the tenant's own statistics; only those that share a term."""
        query = Query.Nearest(EdgeSparseVector(list(vector.terms), list(vector.weights)), using=SPARSE)
        params = SearchParams(exact=True, idf=IdfParams(corpus=corpus_filter(scope)))
        return settle(lambda size: self._ask(query, scope, params, size), limit)

    def delete(self, tenant: str, ids: Sequence[str]) -> None:
        """Forget points of this tenant. An id that is absent, or another tenant's, changes nothing."""
        for start in range(0, len(ids), _BATCH):
            chosen = HasIdCondition(set(ids[start : start + _BATCH]))
            own = Filter(must=[FieldCondition("tenant", match=MatchValue(tenant)), chosen])
            points, _ = self._shard.scroll(ScrollRequest(limit=_BATCH, filter=own, with_payload=False))
            # The engine only marks a point as deleted and keeps its vectors in its files; overwritten, they are gone.
            blank = [PointVectors(point.id, {DENSE: _BLANK, SPARSE: EdgeSparseVector([], [])}) for point in points]
            if blank:
                self._shard.update(UpdateOperation.update_vectors(blank))
                self._shard.update(UpdateOperation.delete_points_by_filter(own))

    def held(self) -> Mapping[str, Held]:
        """Every point held by id, all tenants together."""
        held: dict[str, Held] = {}
        offset = None
        while True:
            points, offset = self._shard.scroll(ScrollRequest(offset=offset, limit=_BATCH, with_payload=True))
            for point in points:
                payload = point.payload or {}
                held[str(point.id)] = Held(str(payload.get("tenant")), str(payload.get("stamp")))
            if offset is None:
                return held

    def count(self) -> int:
        """Points held, all tenants together."""
        return self._shard.count(CountRequest(exact=True))

    def close(self) -> None:
        """Release the engine and remove its folder."""
        self._shard.close()
        self._remove()

    def _ask(self, query: Query, scope: Scope, params: SearchParams, size: int) -> list[Hit]:
        request = QueryRequest(limit=size, query=query, filter=scope_filter(scope), params=params)
        return [Hit(str(point.id), point.score) for point in self._shard.query(request)]


def scope_filter(scope: Scope) -> Filter:
    """The only filter that this engine is ever asked with: what `access.allowed` says, and current documents only."""
    groups = sorted(scope.groups)
    return Filter(
        must=[
            _of_tenant(scope),
            FieldCondition("status", match=MatchValue("current")),
            FieldCondition("level", range=RangeFloat(lte=scope.level)),
            FieldCondition("allow", match=MatchAny(groups)),
        ],
        must_not=[FieldCondition("deny", match=MatchAny(groups))],
    )


def corpus_filter(scope: Scope) -> Filter:
    """The passages that term statistics are taken from: the tenant's current ones, and no other tenant's."""
    return Filter(must=[_of_tenant(scope), FieldCondition("status", match=MatchValue("current"))])


def _of_tenant(scope: Scope) -> FieldCondition:
    tenants = sorted(scope.tenants)
    match = MatchValue(tenants[0]) if len(tenants) == 1 else MatchAny(tenants)
    return FieldCondition("tenant", match=match)
