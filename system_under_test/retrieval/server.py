"""The server engine: a Qdrant server reached through qdrant-client, one collection for each store of documents."""

import os
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from qdrant_client import QdrantClient, models

from system_under_test.errors import IndexFault
from system_under_test.retrieval.access import Scope
from system_under_test.retrieval.index import DENSE, SPARSE, Entry, Held, Hit, best_of, payload_of
from system_under_test.retrieval.sparse import SparseVector
from system_under_test.retrieval.vectors import DIMENSIONS

_BATCH = 200
_TIMEOUT_SECONDS = 30
API_KEY = "QDRANT_API_KEY"
"""Names the server's key in the environment; without it the server must be open to whoever reaches it."""
_KEYWORDS = ("allow", "deny", "status")


class ServerIndex:
    """An `Index` on a Qdrant client. A collection belongs to one store, and so to one serving process at a time."""

    def __init__(self, client: QdrantClient, collection: str) -> None:
        """Use the collection, creating it if it is absent."""
        self._client = client
        self._collection = collection
        if not client.collection_exists(collection):
            client.create_collection(
                collection,
                vectors_config={DENSE: models.VectorParams(size=DIMENSIONS, distance=models.Distance.DOT)},
                sparse_vectors_config={SPARSE: models.SparseVectorParams(modifier=models.Modifier.IDF)},
            )

    def upsert(self, entries: Sequence[Entry], dense: NDArray[np.float32], sparse: Sequence[SparseVector]) -> None:
        """Add or replace entries; row i of `dense` and `sparse[i]` belong to `entries[i]`."""
        points = [
            models.PointStruct(
                id=entry.passage.id,
                vector={DENSE: row.tolist(), SPARSE: _sparse(terms)},
                payload=payload_of(entry),
            )
            for entry, row, terms in zip(entries, dense, sparse, strict=True)
        ]
        for start in range(0, len(points), _BATCH):
            self._client.upsert(self._collection, points[start : start + _BATCH], wait=True)

    def dense(self, scope: Scope, vector: NDArray[np.float32], limit: int) -> list[Hit]:
        """The nearest `limit` passages by cosine, exact, best first."""
        params = models.SearchParams(exact=True)
        return best_of(scope, lambda one, size: self._ask(vector.tolist(), DENSE, one, params, size), limit)

    def sparse(self, scope: Scope, vector: SparseVector, limit: int) -> list[Hit]:
        """The best `limit` passages by BM25 with each tenant's own statistics; only those that share a term."""

        def ask(one: Scope, size: int) -> list[Hit]:
            params = models.SearchParams(exact=True, idf=models.IdfCorpusParams(corpus=corpus_filter(one)))
            return self._ask(_sparse(vector), SPARSE, one, params, size)

        return best_of(scope, ask, limit)

    def delete(self, tenant: str, ids: Sequence[str]) -> None:
        """Forget points of this tenant. An id that is absent, or another tenant's, changes nothing."""
        own = models.FieldCondition(key="tenant", match=models.MatchValue(value=tenant))
        for start in range(0, len(ids), _BATCH):
            chosen = models.HasIdCondition(has_id=list(ids[start : start + _BATCH]))
            selector = models.FilterSelector(filter=models.Filter(must=[own, chosen]))
            self._client.delete(self._collection, selector, wait=True)

    def held(self) -> Mapping[str, Held]:
        """Every point held by id, all tenants together."""
        held: dict[str, Held] = {}
        offset = None
        while True:
            points, offset = self._client.scroll(
                self._collection, limit=_BATCH, offset=offset, with_payload=["tenant", "stamp"], with_vectors=False
            )
            for point in points:
                payload = point.payload or {}
                held[str(point.id)] = Held(str(payload.get("tenant")), str(payload.get("stamp")))
            if offset is None:
                return held

    def count(self) -> int:
        """Points held, all tenants together."""
        return self._client.count(self._collection, exact=True).count

    def close(self) -> None:
        """Close the client. The collection stays, and is brought up to date when its store is served again."""
        self._client.close()

    def _ask(
        self,
        query: list[float] | models.SparseVector,
        using: str,
        scope: Scope,
        params: models.SearchParams,
        size: int,
    ) -> list[Hit]:
        answer = self._client.query_points(
            self._collection,
            query=query,
            using=using,
            query_filter=scope_filter(scope),
            search_params=params,
            limit=size,
            with_payload=False,
        )
        return [Hit(str(point.id), point.score) for point in answer.points]


def connect(url: str, collection: str) -> ServerIndex:
    """An index on the server at `url`, with the payload indexes that its filters use. Raises IndexFault."""
    try:
        client = QdrantClient(url=url, api_key=os.environ.get(API_KEY), timeout=_TIMEOUT_SECONDS)
        index = ServerIndex(client, collection)
        keyword = models.KeywordIndexParams(type=models.KeywordIndexType.KEYWORD)
        tenant = models.KeywordIndexParams(type=models.KeywordIndexType.KEYWORD, is_tenant=True)
        client.create_payload_index(collection, "tenant", tenant, wait=True)
        for field in _KEYWORDS:
            client.create_payload_index(collection, field, keyword, wait=True)
        client.create_payload_index(collection, "level", models.PayloadSchemaType.INTEGER, wait=True)
    except Exception as error:
        raise IndexFault(f"the Qdrant server cannot be used: {type(error).__name__}") from error
    return index


def scope_filter(scope: Scope) -> models.Filter:
    """The only filter that this engine is ever asked with: what `access.allowed` says, and current documents only.

    Raises ScopeError for several tenants.
    """
    groups = sorted(scope.groups)
    return models.Filter(
        must=[
            _of_tenant(scope),
            models.FieldCondition(key="status", match=models.MatchValue(value="current")),
            models.FieldCondition(key="level", range=models.Range(lte=scope.level)),
            models.FieldCondition(key="allow", match=models.MatchAny(any=groups)),
        ],
        must_not=[models.FieldCondition(key="deny", match=models.MatchAny(any=groups))],
    )


def corpus_filter(scope: Scope) -> models.Filter:
    """The passages that term statistics are taken from: the tenant's current ones, and no other tenant's."""
    current = models.FieldCondition(key="status", match=models.MatchValue(value="current"))
    return models.Filter(must=[_of_tenant(scope), current])


def _of_tenant(scope: Scope) -> models.FieldCondition:
    return models.FieldCondition(key="tenant", match=models.MatchValue(value=scope.tenant))


def _sparse(vector: SparseVector) -> models.SparseVector:
    return models.SparseVector(indices=list(vector.terms), values=list(vector.weights))
