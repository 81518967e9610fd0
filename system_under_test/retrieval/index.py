"""The seam to an index engine, and what both engines share: payload, settled order."""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from system_under_test.nouns import Passage
from system_under_test.retrieval.access import Scope, level_of
from system_under_test.retrieval.sparse import SparseVector

DENSE, SPARSE = "dense", "bm25"
"""Names of the two vectors of a point."""
DECIMALS = 6
"""Scores are compared at this precision: engines and rebuilds agree to it."""
LEG_LIMIT = 100
"""Passages asked of each leg, and re-ranked. The same for every `top_k`, so that fewer is always a prefix of more."""
_MARGIN = 32

Status = Literal["current", "superseded", "waiting", "expired"]
"""Only `current` is served. `waiting`: not valid yet; `expired`: not valid any more."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A passage as it is indexed."""

    passage: Passage
    status: Status
    """A passage that is not current is indexed but never served."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage id with an engine's score, rounded to six decimals."""

    id: str
    score: float


@dataclass(frozen=True, slots=True)
class Held:
    """What an engine says about a point it holds, for comparison with the documents."""

    tenant: str
    stamp: str
    """`stamp_of` the entry that was written."""


class Index(Protocol):
    """An engine that holds points and answers within a scope. There is no way to ask it without one."""

    def upsert(self, entries: Sequence[Entry], dense: NDArray[np.float32], sparse: Sequence[SparseVector]) -> None:
        """Add or replace entries; row i of `dense` (float32 [n, 384]) and `sparse[i]` belong to `entries[i]`."""
        ...

    def dense(self, scope: Scope, vector: NDArray[np.float32], limit: int) -> list[Hit]:
        """The nearest `limit` passages by cosine, exact, best first."""
        ...

    def sparse(self, scope: Scope, vector: SparseVector, limit: int) -> list[Hit]:
        """The best `limit` passages by BM25 with each tenant's own statistics; only those that share a term."""
        ...

    def delete(self, tenant: str, ids: Sequence[str]) -> None:
        """Forget points of this tenant. An id that is absent, or another tenant's, changes nothing."""
        ...

    def count(self) -> int:
        """Points held, all tenants together: for checking an ingestion, not for serving."""
        ...

    def held(self) -> Mapping[str, Held]:
        """Every point held by id, all tenants together: for reconciliation, not for serving."""
        ...

    def close(self) -> None:
        """Release the engine. A closed index cannot be asked again."""
        ...


def payload_of(entry: Entry) -> dict[str, str | int | list[str]]:
    """What a filter can see of an entry. Texts stay outside the engine."""
    document = entry.passage.document
    return {
        "tenant": document.tenant,
        "level": level_of(document.classification),
        "allow": sorted(document.allow_groups),
        "deny": sorted(document.deny_groups),
        # A word, not a boolean: qdrant-edge 0.9.0 turns MatchValue(True) into a number, which matches no boolean.
        "status": entry.status,
        "stamp": stamp_of(entry),
    }


def stamp_of(entry: Entry) -> str:
    """16 hexadecimal digits that change with anything that a point is made of, access rules and words included."""
    passage, document = entry.passage, entry.passage.document
    content = [
        document.tenant,
        level_of(document.classification),
        sorted(document.allow_groups),
        sorted(document.deny_groups),
        entry.status,
        document.title,
        passage.heading,
        passage.text,
    ]
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()[:16]


def best_of(scope: Scope, fetch: Callable[[Scope, int], list[Hit]], limit: int) -> list[Hit]:
    """The best `limit` hits of a scope: each of its tenants is asked alone, with `fetch(scope, n)` as in `settle`."""
    hits = [hit for one in scope.each() for hit in settle(partial(fetch, one), limit)]
    return sorted(hits, key=_best_first)[:limit]


def settle(fetch: Callable[[int], list[Hit]], limit: int) -> list[Hit]:
    """The best `limit` hits in an order that does not depend on how the engine was built.

    `fetch(n)` gives the engine's best n with raw scores. Scores are rounded, ties broken by id; more is fetched until
    no hit beyond the last one fetched could tie with the hit at the cut-off.
    """
    size = limit + _MARGIN
    while True:
        fetched = fetch(size)
        hits = sorted((Hit(hit.id, round(hit.score, DECIMALS)) for hit in fetched), key=_best_first)
        if len(hits) < size or hits[-1].score < hits[limit - 1].score:
            return hits[:limit]
        size *= 2


def _best_first(hit: Hit) -> tuple[float, str]:
    return (-hit.score, hit.id)
