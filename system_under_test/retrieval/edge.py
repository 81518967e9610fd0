"""The embedded engine: qdrant-edge in this process, on a folder of its own, with a shard for each tenant.

A tenant's shard is a second wall beside the filter, which is the same as if all tenants were in one: with either of the
two broken, the other one still keeps tenants apart.
"""

import shutil
import tempfile
import weakref
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from qdrant_edge import (
    EdgeShard,
    FieldCondition,
    Filter,
    HasIdCondition,
    IdfParams,
    MatchAny,
    MatchValue,
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
from system_under_test.retrieval.index import DENSE, SPARSE, Entry, Held, Hit, best_of, payload_of
from system_under_test.retrieval.shards import MOST_OPEN, Shards
from system_under_test.retrieval.sparse import SparseVector
from system_under_test.retrieval.vectors import DIMENSIONS

_BATCH = 1000
_BLANK = [0.0] * DIMENSIONS


class EdgeIndex:
    """An `Index` on qdrant-edge. It builds a new folder and removes it when closed; the corpus is its only source."""

    def __init__(self, work_folder: Path, most_open: int = MOST_OPEN) -> None:
        """Create an empty index in a new folder under `work_folder`; `most_open` is that of `Shards`."""
        work_folder.mkdir(parents=True, exist_ok=True)
        folder = tempfile.mkdtemp(dir=work_folder, prefix="edge-")
        # Also runs when the process ends without a `close`.
        self._remove = weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        self._shards = Shards(Path(folder), most_open)

    def upsert(self, entries: Sequence[Entry], dense: NDArray[np.float32], sparse: Sequence[SparseVector]) -> None:
        """Add or replace entries; row i of `dense` and `sparse[i]` belong to `entries[i]`."""
        points: dict[str, list[Point]] = {}
        for entry, row, terms in zip(entries, dense, sparse, strict=True):
            vectors = {DENSE: row.tolist(), SPARSE: EdgeSparseVector(list(terms.terms), list(terms.weights))}
            point = Point(entry.passage.id, vectors, payload_of(entry))
            points.setdefault(entry.passage.document.tenant, []).append(point)
        for tenant, own in points.items():
            with self._shards.writing(tenant, len(own)) as shard:
                for start in range(0, len(own), _BATCH):
                    shard.update(UpdateOperation.upsert_points(own[start : start + _BATCH]))

    def dense(self, scope: Scope, vector: NDArray[np.float32], limit: int) -> list[Hit]:
        """The nearest `limit` passages by cosine, exact, best first."""
        query = Query.Nearest(vector.tolist(), using=DENSE)
        params = SearchParams(exact=True)
        return best_of(scope, lambda one, size: self._ask(query, one, params, size), limit)

    def sparse(self, scope: Scope, vector: SparseVector, limit: int) -> list[Hit]:
        """The best `limit` passages by BM25 with each tenant's own statistics; only those that share a term."""
        query = Query.Nearest(EdgeSparseVector(list(vector.terms), list(vector.weights)), using=SPARSE)

        def ask(one: Scope, size: int) -> list[Hit]:
            params = SearchParams(exact=True, idf=IdfParams(corpus=corpus_filter(one)))
            return self._ask(query, one, params, size)

        return best_of(scope, ask, limit)

    def delete(self, tenant: str, ids: Sequence[str]) -> None:
        """Forget points of this tenant. An id that is absent, or another tenant's, changes nothing."""
        with self._shards.of(tenant) as shard:
            if shard is None:
                return
            for start in range(0, len(ids), _BATCH):
                _forget(shard, tenant, ids[start : start + _BATCH])
        self._shards.drop_if_empty(tenant)

    def held(self) -> Mapping[str, Held]:
        """Every point held by id, all tenants together."""
        held: dict[str, Held] = {}
        for tenant in self._shards.tenants():
            with self._shards.of(tenant) as shard:
                held |= _held(shard) if shard is not None else {}
        return held

    def count(self) -> int:
        """Points held, all tenants together."""
        return self._shards.count()

    def close(self) -> None:
        """Release the engine and remove its folder."""
        self._shards.close()
        self._remove()

    def _ask(self, query: Query, scope: Scope, params: SearchParams, size: int) -> list[Hit]:
        request = QueryRequest(limit=size, query=query, filter=scope_filter(scope), params=params)
        with self._shards.of(scope.tenant) as shard:
            return [] if shard is None else [Hit(str(point.id), point.score) for point in shard.query(request)]


def scope_filter(scope: Scope) -> Filter:
    """The only filter that this engine is ever asked with: what `access.allowed` says, and current documents only.

    Raises ScopeError for several tenants.
    """
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
    return FieldCondition("tenant", match=MatchValue(scope.tenant))


def _forget(shard: EdgeShard, tenant: str, ids: Sequence[str]) -> None:
    """Forget at most `_BATCH` points of the tenant."""
    own = Filter(must=[FieldCondition("tenant", match=MatchValue(tenant)), HasIdCondition(set(ids))])
    points, _ = shard.scroll(ScrollRequest(limit=_BATCH, filter=own, with_payload=False))
    # The engine only marks a point as deleted and keeps its vectors in its files; overwritten, they are gone.
    blank = [PointVectors(point.id, {DENSE: _BLANK, SPARSE: EdgeSparseVector([], [])}) for point in points]
    if blank:
        shard.update(UpdateOperation.update_vectors(blank))
        shard.update(UpdateOperation.delete_points_by_filter(own))


def _held(shard: EdgeShard) -> dict[str, Held]:
    held: dict[str, Held] = {}
    offset = None
    while True:
        points, offset = shard.scroll(ScrollRequest(offset=offset, limit=_BATCH, with_payload=True))
        for point in points:
            payload = point.payload or {}
            held[str(point.id)] = Held(str(payload.get("tenant")), str(payload.get("stamp")))
        if offset is None:
            return held
