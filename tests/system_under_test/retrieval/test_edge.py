"""Check 17: what a filter leaves of the dense leg, against every allowed passage looked at."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from numpy.typing import NDArray
from qdrant_edge import Query, QueryRequest, SearchParams

from system_under_test.retrieval.access import Scope, allowed
from system_under_test.retrieval.edge import EdgeIndex, scope_filter
from system_under_test.retrieval.index import DENSE, Entry, Hit, Index
from system_under_test.retrieval.sparse import SparseVector

pytestmark = pytest.mark.filterwarnings("ignore:Local mode performs exact:UserWarning")

PASSAGES, QUESTIONS, LIMIT, FLOOR = 1000, 3, 10, 0.99
FOREIGN = 300
BANDS = {"all": 1000, "tenth": 100, "hundredth": 10, "thousandth": 1}
"""A group and how many of the thousand passages it may see."""

Vectors = NDArray[np.float32]
Dense = Callable[[Scope, Vectors, int], list[Hit]]


@dataclass(frozen=True, slots=True)
class World:
    """passages of one tenant in clusters, some of another's among them, and questions near the clusters."""

    entries: Sequence[Entry]
    vectors: Vectors
    questions: Vectors


@pytest.fixture(scope="module")
def world(fakes: ModuleType) -> World:
    """A thousand passages of acme; each group sees the first of them in one random order."""
    random = np.random.default_rng(17)
    centres = random.standard_normal((20, 384))
    order = random.permutation(PASSAGES)
    own = [
        fakes.make_document(f"acme/{row}", allow_groups=frozenset(name for name, many in BANDS.items() if place < many))
        for row, place in enumerate(order.tolist())
    ]
    foreign = [fakes.make_document(f"other/{row}", allow_groups=frozenset(BANDS)) for row in range(FOREIGN)]
    rows = centres[random.integers(20, size=PASSAGES + FOREIGN + QUESTIONS)]
    vectors = rows + random.standard_normal(rows.shape)
    vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    return World(fakes.entries_of([*own, *foreign]), vectors[:-QUESTIONS], vectors[-QUESTIONS:])


def fill(index: Index, world: World) -> None:
    """Put a world into an index."""
    index.upsert(world.entries, world.vectors, [SparseVector((1,), (1.0,))] * len(world.entries))


def recalls_and_strangers(world: World, dense: Dense, limit: int = LIMIT) -> tuple[Mapping[str, float], int]:
    """Recall of the dense leg for each group, and how many hits lay outside its scope."""
    recalls, strangers = {}, 0
    for group in BANDS:
        scope = Scope(frozenset({"acme"}), frozenset({group}), "restricted")
        rows = [row for row, entry in enumerate(world.entries) if allowed(scope, entry.passage.document)]
        ids = [world.entries[row].passage.id for row in rows]
        shares = []
        for vector in world.questions:
            best = {ids[place] for place in np.argsort(-(world.vectors[rows] @ vector))[:limit]}
            found = {hit.id for hit in dense(scope, vector, limit)}
            shares.append(len(best & found) / len(best))
            strangers += len(found - set(ids))
        recalls[group] = sum(shares) / len(shares)
    return recalls, strangers


def test_check_17_recall_stays_above_the_floor_in_every_band_and_nothing_is_fetched_outside_it(
    world: World, make_index: Callable[[], Index]
) -> None:
    index = make_index()
    fill(index, world)

    recalls, strangers = recalls_and_strangers(world, index.dense)

    assert min(recalls.values()) >= FLOOR
    assert strangers == 0


def filtered_afterwards(index: EdgeIndex, scope: Scope, vector: Vectors, limit: int) -> list[Hit]:
    """The dense leg with one fault: it searches everything there is and then drops what the scope does not admit."""
    admitted = {hit.id for hit in index.dense(scope, vector, PASSAGES)}
    request = QueryRequest(
        limit=limit, query=Query.Nearest(vector.tolist(), using=DENSE), params=SearchParams(exact=True)
    )
    with index._shards.of("acme") as shard:
        points = shard.query(request) if shard is not None else []
    return [Hit(str(point.id), point.score) for point in points if str(point.id) in admitted]


class FiltersTenantOnly(EdgeIndex):
    """The embedded engine with one fault: the groups are not looked at."""

    def dense(self, scope: Scope, vector: Vectors, limit: int) -> list[Hit]:
        """The nearest passages of the tenant."""
        return super().dense(Scope(scope.tenants, frozenset(BANDS), scope.clearance), vector, limit)


def test_check_17_a_filter_applied_after_the_search_falls_below_the_floor(
    fakes: ModuleType, world: World, tmp_path: Path
) -> None:
    together, apart = fakes.OneShardIndex(tmp_path / "together"), EdgeIndex(tmp_path / "apart")
    for index in (together, apart):
        fill(index, world)

    crowded = recalls_and_strangers(world, partial(filtered_afterwards, together))
    alone = recalls_and_strangers(world, partial(filtered_afterwards, apart))

    assert all(recall < FLOOR for recall in crowded[0].values())
    assert [group for group, recall in alone[0].items() if recall < FLOOR] == ["tenth", "hundredth", "thousandth"]
    assert crowded[1] == alone[1] == 0


def test_check_17_a_leg_without_the_groups_is_seen_to_fetch_outside_them(world: World, tmp_path: Path) -> None:
    index = FiltersTenantOnly(tmp_path)
    fill(index, world)

    recalls, strangers = recalls_and_strangers(world, index.dense)

    assert recalls["all"] >= FLOOR > recalls["thousandth"]
    assert strangers > 0


def test_check_17_the_engines_graph_keeps_to_the_scope_as_well(world: World, tmp_path: Path) -> None:
    index = EdgeIndex(tmp_path)
    fill(index, world)
    with index._shards.of("acme") as shard:
        assert shard is not None
        shard.optimize()
    scope = Scope(frozenset({"acme"}), frozenset({"hundredth"}), "restricted")
    own = {entry.passage.id for entry in world.entries if allowed(scope, entry.passage.document)}

    for vector in world.questions:
        query = Query.Nearest(vector.tolist(), using=DENSE)
        request = QueryRequest(limit=50, query=query, filter=scope_filter(scope), params=SearchParams(exact=False))

        with index._shards.of("acme") as shard:
            assert shard is not None
            assert {str(point.id) for point in shard.query(request)} == own
