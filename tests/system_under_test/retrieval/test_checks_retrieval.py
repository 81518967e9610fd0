"""Acceptance checks 11 and 12: the scope on every query that is emitted, and the decision of the oracle."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import combinations, product
from pathlib import Path
from random import Random
from types import ModuleType
from typing import Any

import pytest
from qdrant_client import QdrantClient, models
from qdrant_client.http.models import QueryResponse
from qdrant_edge import Query, QueryRequest, SearchParams

from system_under_test.errors import ScopeError
from system_under_test.nouns import CLASSIFICATIONS, Principal
from system_under_test.retrieval import edge, server
from system_under_test.retrieval.access import Scope, allowed, scope_of
from system_under_test.retrieval.edge import EdgeIndex
from system_under_test.retrieval.index import DENSE, SPARSE, Hit, Index
from system_under_test.retrieval.retriever import Retriever
from system_under_test.retrieval.server import ServerIndex
from system_under_test.retrieval.sparse import SparseVector

pytestmark = pytest.mark.filterwarnings("ignore:Local mode performs exact:UserWarning")

LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789-"
ODD = ('a" OR tenant:"other', "*", "grüße", "\u200b", " ", "другие", "'; DROP", "everyone")
WORDS = ("leave", "days", "pay", "pension", "night", "claim", "limit", "manager", "rota", "travel")

Must = list[tuple[str, object]]
"""The conditions of a filter's `must` on the tenant: field and the one value that is asked for."""


class RecordingShard:
    """Stands in the place of every shard of the embedded index, notes each query, and finds nothing."""

    def __init__(self) -> None:
        self.asked: list[QueryRequest] = []
        self.opened: list[str] = []
        """Whose shard was asked."""

    @contextmanager
    def of(self, tenant: str) -> Iterator["RecordingShard"]:
        self.opened.append(tenant)
        yield self

    def query(self, request: QueryRequest) -> list[object]:
        self.asked.append(request)
        return []

    def close(self) -> None:
        """Nothing to release."""


class RecordingClient(QdrantClient):
    """A client that notes every query and finds nothing."""

    def __init__(self) -> None:
        super().__init__(":memory:")
        self.asked: list[dict[str, Any]] = []

    def query_points(self, collection_name: str, **query: Any) -> QueryResponse:  # type: ignore[override]
        self.asked.append(query)
        return QueryResponse(points=[])


def edge_filters(request: QueryRequest) -> list[Any]:
    """Every filter of a query: its own, that of the statistics of a sparse one, those of its fused legs."""
    corpus = [request.params.idf.corpus] if request.params is not None and request.params.idf is not None else []
    sparse = [None] if not corpus and leg_of(request) == SPARSE else []
    return [request.filter, *corpus, *sparse, *(leg.filter for leg in request.prefetches or [])]


def leg_of(request: QueryRequest) -> str:
    """Which vector a query is about; the engine's objects show it in no other way."""
    return SPARSE if f'using="{SPARSE}"' in repr(request.query) else DENSE


def client_filters(query: dict[str, Any]) -> list[Any]:
    """The same of a query to a client."""
    idf = query["search_params"].idf
    sparse = [idf.corpus if idf is not None else None] if query["using"] == SPARSE else []
    return [query["query_filter"], *sparse, *(leg.filter for leg in query.get("prefetch") or [])]


def faults(found: Sequence[Any], tenant: str) -> list[str]:
    """What is wrong with filters that should each have one equality with the tenant in `must`, and nothing looser."""
    wrong = []
    for one in found:
        if getattr(one, "must", None) is None:
            wrong.append("a query without a filter")
            continue
        named = [condition.match for condition in one.must if condition.key == "tenant"]
        if [getattr(match, "value", None) for match in named] != [tenant]:
            wrong.append("not exactly one equality with the tenant")
        if one.should:
            wrong.append("an alternative to the tenant")
    return wrong


@pytest.fixture
def recorded_edge(make_edge: Callable[[], EdgeIndex]) -> tuple[EdgeIndex, RecordingShard]:
    """The embedded index, with a recorder in the engine's place."""
    index, shard = make_edge(), RecordingShard()
    index._shards.close()
    index._shards = shard  # type: ignore[assignment]
    return index, shard


def random_principals(seed: int, count: int) -> Iterator[Principal]:
    """Principals of random tenants, with random groups, some of them hostile."""
    random = Random(seed)
    for number in range(count):
        tenant = "".join(random.choices(LETTERS, k=random.randint(2, 63)))
        names = [random.choice(ODD), "".join(random.choices(LETTERS, k=8)), f"group-{number}"]
        groups = frozenset(random.sample(names, random.randint(1, 3)))
        yield Principal(tenant, "someone", groups, random.choice(CLASSIFICATIONS), "token", 0)


@pytest.mark.parametrize("principals", [300, pytest.param(10_000, marks=pytest.mark.slow)])
def test_check_11_each_query_of_random_principals_has_exactly_its_tenant_in_must(
    fakes: ModuleType, recorded_edge: tuple[EdgeIndex, RecordingShard], principals: int
) -> None:
    embedded, shard = recorded_edge
    client = RecordingClient()
    remote = ServerIndex(client, "passages")
    vector = fakes.WordEmbedder().query("annual leave")
    terms = SparseVector((1, 2), (1.0, 1.0))
    wrong: list[str] = []

    for principal in random_principals(11, principals):
        for index in (embedded, remote):
            index.dense(scope_of(principal), vector, 10)
            index.sparse(scope_of(principal), terms, 10)
        for request in shard.asked:
            wrong += faults(edge_filters(request), principal.tenant)
        for query in client.asked:
            wrong += faults(client_filters(query), principal.tenant)
        assert (len(shard.asked), len(client.asked)) == (2, 2)
        assert shard.opened == [principal.tenant] * 2
        shard.asked.clear()
        shard.opened.clear()
        client.asked.clear()

    assert wrong == []


def test_check_11_a_search_asks_nothing_but_its_two_scoped_legs(
    fakes: ModuleType, recorded_edge: tuple[EdgeIndex, RecordingShard]
) -> None:
    index, shard = recorded_edge
    engine = fakes.make_engine([fakes.make_document()], fakes.FixedIndex(["one"] * 9))
    retriever = Retriever(replace(engine, index=index), {})

    retriever.search(fakes.make_principal("acme"), "annual leave", 5)

    assert [leg_of(request) for request in shard.asked] == [DENSE, SPARSE]
    assert [faults(edge_filters(request), "acme") for request in shard.asked] == [[], []]


class UnscopedLeg(EdgeIndex):
    """The embedded engine with one fault: the sparse leg has no filter."""

    def sparse(self, scope: Scope, vector: SparseVector, limit: int) -> list[Hit]:
        query = Query.Nearest([1.0], using=SPARSE)
        request = QueryRequest(limit=limit, query=query, params=SearchParams(exact=True))
        with self._shards.of(scope.tenant) as shard:
            return [Hit(str(point.id), point.score) for point in shard.query(request)] if shard is not None else []


def test_check_11_one_leg_without_a_filter_is_seen(tmp_path: Path) -> None:
    index, shard = UnscopedLeg(tmp_path), RecordingShard()
    index._shards.close()
    index._shards = shard  # type: ignore[assignment]

    index.sparse(Scope(frozenset({"acme"}), frozenset({"g"}), "public"), SparseVector((1,), (1.0,)), 5)

    assert faults(edge_filters(shard.asked[0]), "acme") == ["a query without a filter"] * 2


@pytest.mark.parametrize("build", [edge.scope_filter, server.scope_filter, edge.corpus_filter, server.corpus_filter])
def test_check_11_another_tenant_or_an_alternative_would_be_seen(build: Callable[[Scope], Any]) -> None:
    right = build(Scope(frozenset({"acme"}), frozenset({"g"}), "public"))
    anyone = models.FieldCondition(key="tenant", match=models.MatchAny(any=["acme", "other"]))

    assert faults([right], "acme") == []
    assert faults([right], "other") == ["not exactly one equality with the tenant"]
    assert faults([models.Filter(must=[anyone])], "acme") == ["not exactly one equality with the tenant"]
    assert faults([models.Filter(should=[], must=None), None], "acme") == ["a query without a filter"] * 2


def test_check_11_several_tenants_are_asked_for_one_at_a_time(
    fakes: ModuleType, recorded_edge: tuple[EdgeIndex, RecordingShard]
) -> None:
    (embedded, shard), client = recorded_edge, RecordingClient()
    leaky = Scope(frozenset({"acme", "other"}), frozenset({"g"}), "public")

    for index in (embedded, ServerIndex(client, "passages")):
        fakes.ask_both(index, leaky, "annual leave", 10)

    asked = ["acme", "other"] * 2
    assert shard.opened == asked
    assert [faults(edge_filters(one), tenant) for one, tenant in zip(shard.asked, asked, strict=True)] == [[]] * 4
    assert [faults(client_filters(one), tenant) for one, tenant in zip(client.asked, asked, strict=True)] == [[]] * 4


@pytest.mark.parametrize("build", [edge.scope_filter, server.scope_filter, edge.corpus_filter, server.corpus_filter])
@pytest.mark.parametrize("tenant", ["", None, 7, ["acme"], ("acme",), {"acme": 1}, True], ids=repr)
def test_check_11_no_filter_can_be_built_for_a_tenant_that_is_not_one_text(
    build: Callable[[Scope], Any], fakes: ModuleType, tenant: object
) -> None:
    principal = fakes.make_principal(tenant)

    with pytest.raises(ScopeError):
        build(scope_of(principal))


@pytest.mark.parametrize("build", [edge.scope_filter, server.scope_filter, edge.corpus_filter, server.corpus_filter])
@pytest.mark.parametrize("scope", [None, (), frozenset({"acme"}), {}], ids=repr)
def test_check_11_no_filter_can_be_built_without_a_scope(build: Callable[[Any], Any], scope: object) -> None:
    with pytest.raises(AttributeError):
        build(scope)
    with pytest.raises(ScopeError):
        build(Scope(frozenset({"acme"}), frozenset(), "public"))
    with pytest.raises(ScopeError):
        build(Scope(frozenset(), frozenset({"g"}), "public"))
    with pytest.raises(ScopeError):
        build(Scope(frozenset({"acme", "other"}), frozenset({"g"}), "public"))


GROUPS = ("g1", "g2", "g3")


def test_check_12_every_combination_of_a_small_world_gets_what_the_oracle_allows(
    fakes: ModuleType, make_index: Callable[[], Index]
) -> None:
    """Three groups, each allowed, denied, both or neither; two classes and an unknown one; every set of groups.

    A token carries memberships of memberships as one flat set, so every way of nesting three groups is among the seven.
    """
    index = make_index()
    documents = [
        fakes.make_document(
            f"acme/{number}",
            tenant=tenant,
            classification=level,
            allow_groups=frozenset(g for g, rule in zip(GROUPS, rules, strict=True) if rule in ("allow", "both")),
            deny_groups=frozenset(g for g, rule in zip(GROUPS, rules, strict=True) if rule in ("deny", "both")),
        )
        for number, (tenant, level, rules) in enumerate(
            product(
                ("acme", "other"),
                ("public", "internal", "unheard-of"),
                product(("none", "allow", "deny", "both"), repeat=3),
            )
        )
    ]
    entries = fakes.entries_of(documents)
    fakes.fill_index(index, entries)
    sets = [frozenset(chosen) for size in (1, 2, 3) for chosen in combinations(GROUPS, size)]

    for tenant, groups, clearance in product(("acme", "other"), sets, ("public", "restricted")):
        scope = scope_of(fakes.make_principal(tenant, groups, clearance))
        expected = {entry.passage.id for entry in entries if allowed(scope, entry.passage.document)}

        legs = fakes.ask_both(index, scope, "annual leave", len(entries))

        assert [{hit.id for hit in leg} for leg in legs] == [expected, expected]


def test_check_12_the_oracle_denies_without_permission_and_where_deny_meets_allow(fakes: ModuleType) -> None:
    groups = frozenset({"g1", "g2"})
    scope, highest = (
        Scope(frozenset({"acme"}), groups, "confidential"),
        Scope(frozenset({"acme"}), groups, "restricted"),
    )
    open_to_g1 = fakes.make_document(allow_groups=frozenset({"g1"}))

    assert allowed(scope, open_to_g1)
    assert not allowed(scope, replace(open_to_g1, deny_groups=frozenset({"g2"})))
    assert not allowed(highest, replace(open_to_g1, allow_groups=frozenset()))
    assert not allowed(scope, replace(open_to_g1, classification="unheard-of"))
    assert allowed(highest, replace(open_to_g1, classification="unheard-of"))
