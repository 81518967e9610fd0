"""What both engines must do alike: the scope on every leg, one order, statistics of one tenant."""

from collections.abc import Callable, Iterator
from itertools import combinations, count, product
from pathlib import Path
from random import Random
from types import ModuleType

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from qdrant_client import QdrantClient
from qdrant_edge import Query, QueryRequest, SearchParams
from qdrant_edge import SparseVector as EdgeSparseVector

from system_under_test.nouns import CLASSIFICATIONS, Classification, Document
from system_under_test.retrieval.access import Scope, allowed
from system_under_test.retrieval.edge import EdgeIndex
from system_under_test.retrieval.index import SPARSE, Hit, Index, settle
from system_under_test.retrieval.server import ServerIndex
from system_under_test.retrieval.sparse import SparseEncoder

pytestmark = pytest.mark.filterwarnings("ignore:Local mode performs exact:UserWarning")

GROUPS = ("g1", "g2", "g3")
WORDS = ("leave", "days", "pay", "pension", "night", "claim", "limit", "manager")


def subsets(names: tuple[str, ...]) -> list[frozenset[str]]:
    """Every subset, the empty one included."""
    return [frozenset(chosen) for size in range(len(names) + 1) for chosen in combinations(names, size)]


def random_texts(seed: int, count: int) -> list[str]:
    """Texts of a few shared words."""
    random = Random(seed)
    return [f"leave {' '.join(random.choices(WORDS, k=12))}." for _ in range(count)]


def test_every_scope_of_a_small_world_gets_exactly_what_is_allowed(
    fakes: ModuleType, make_index: Callable[[], Index]
) -> None:
    index = make_index()
    two = ("g1", "g2")
    worlds = product(("acme", "other"), (*CLASSIFICATIONS, "secret"), subsets(two), subsets(two))
    documents = [
        fakes.make_document(f"{tenant}/{number}", classification=level, allow_groups=allow, deny_groups=deny)
        for number, (tenant, level, allow, deny) in enumerate(worlds)
    ]
    entries = fakes.entries_of(documents, {document.id: "superseded" for document in documents[::7]})
    fakes.fill_index(index, entries)

    for tenant, groups, clearance in product(("acme", "nobody"), subsets(two)[1:], CLASSIFICATIONS):
        scope = Scope(frozenset({tenant}), groups, clearance)
        expected = {
            entry.passage.id
            for entry in entries
            if entry.status == "current" and allowed(scope, entry.passage.document)
        }

        legs = fakes.ask_both(index, scope, "annual leave", len(entries))

        assert [{hit.id for hit in leg} for leg in legs] == [expected, expected]


@pytest.fixture(scope="module")
def engines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Index, Index]]:
    """One index of each engine, shared by all examples of a property: every example has tenants of its own."""
    pair = EdgeIndex(tmp_path_factory.mktemp("edge")), ServerIndex(QdrantClient(":memory:"), "passages")
    yield pair
    for index in pair:
        index.close()


EXAMPLE = count()
GROUP_SETS = st.frozensets(st.sampled_from(GROUPS), max_size=3)
LEVELS = st.sampled_from((*CLASSIFICATIONS, "unheard-of"))
SHAPES = st.tuples(st.sampled_from(("acme", "other")), LEVELS, GROUP_SETS, GROUP_SETS, st.integers(0, 999))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    shapes=st.lists(SHAPES, min_size=1, max_size=12),
    groups=st.frozensets(st.sampled_from(GROUPS), min_size=1),
    clearance=st.sampled_from(CLASSIFICATIONS),
)
def test_random_principals_get_what_is_allowed_and_engines_agree(
    fakes: ModuleType,
    engines: tuple[Index, Index],
    shapes: list[tuple[str, str, frozenset[str], frozenset[str], int]],
    groups: frozenset[str],
    clearance: Classification,
) -> None:
    example = next(EXAMPLE)
    documents = [
        fakes.make_document(
            f"{tenant}-{example}/{number}",
            classification=level,
            allow_groups=allow,
            deny_groups=deny,
            text=random_texts(seed, 1)[0],
        )
        for number, (tenant, level, allow, deny, seed) in enumerate(shapes)
    ]
    scope = Scope(frozenset({f"acme-{example}"}), groups, clearance)
    entries = fakes.entries_of(documents)
    expected = {entry.passage.id for entry in entries if allowed(scope, entry.passage.document)}
    for engine in engines:
        fakes.fill_index(engine, entries)

    embedded, client = (fakes.ask_both(engine, scope, "pension leave", len(entries)) for engine in engines)

    assert [{hit.id for hit in leg} for leg in embedded] == [expected, expected]
    for ours, theirs in zip(embedded, client, strict=True):
        assert {hit.id: hit.score for hit in ours} == pytest.approx({hit.id: hit.score for hit in theirs}, abs=2e-6)


def crowded(fakes: ModuleType) -> tuple[list[Document], list[Document]]:
    """Documents of acme, and many of another tenant that are about the same words."""
    own = [fakes.make_document(f"acme/{n}", text=text) for n, text in enumerate(random_texts(1, 30))]
    foreign = [fakes.make_document(f"other/{n}", text=text) for n, text in enumerate(random_texts(2, 150))]
    copies = [fakes.make_document(f"third/{n}", text=document.text) for n, document in enumerate(own)]
    return own, foreign + copies


QUESTIONS = ["leave days", "pension claim limit", "night manager", "pay"]


def test_another_tenants_documents_change_neither_ids_nor_order_nor_scores(
    fakes: ModuleType, make_index: Callable[[], Index]
) -> None:
    own, foreign = crowded(fakes)
    alone, together = make_index(), make_index()
    fakes.fill_index(alone, fakes.entries_of(own))
    mixed = fakes.entries_of([*own, *foreign])
    Random(3).shuffle(mixed)
    fakes.fill_index(together, mixed)

    for question in QUESTIONS:
        expected = fakes.ask_both(alone, fakes.make_scope(), question, 10)

        assert fakes.ask_both(together, fakes.make_scope(), question, 10) == expected
        assert all(len(leg) == 10 for leg in expected)


class Unfiltered(EdgeIndex):
    """The embedded engine with one fault: no filter, on neither leg nor its statistics."""

    def _ask(self, query: Query, scope: Scope, params: SearchParams, size: int) -> list[Hit]:
        request = QueryRequest(limit=size, query=query, params=SearchParams(exact=True))
        with self._shards.of(scope.tenant) as shard:
            return [Hit(str(point.id), point.score) for point in shard.query(request)] if shard is not None else []


def global_sparse(index: EdgeIndex, question: str) -> list[Hit]:
    """The sparse leg with one fault: term statistics of whatever is in the shard."""
    terms = SparseEncoder().question(question)
    query = Query.Nearest(EdgeSparseVector(list(terms.terms), list(terms.weights)), using=SPARSE)
    scope = Scope(frozenset({"acme"}), frozenset({"everyone"}), "restricted")
    return settle(lambda size: index._ask(query, scope, SearchParams(exact=True), size), 10)


def test_the_comparison_with_and_without_other_tenants_sees_shared_statistics_where_a_shard_is_shared(
    fakes: ModuleType, tmp_path: Path
) -> None:
    own, foreign = crowded(fakes)
    alone, together, apart = (
        fakes.OneShardIndex(tmp_path / "a"),
        fakes.OneShardIndex(tmp_path / "b"),
        EdgeIndex(tmp_path),
    )
    fakes.fill_index(alone, fakes.entries_of(own))
    for index in (together, apart):
        fakes.fill_index(index, fakes.entries_of([*own, *foreign]))

    expected = [global_sparse(alone, question) for question in QUESTIONS]

    assert all(global_sparse(together, question) != was for question, was in zip(QUESTIONS, expected, strict=True))
    assert [global_sparse(apart, question) for question in QUESTIONS] == expected


@pytest.mark.parametrize("fault", ["one-shard", "no-filter"])
def test_filter_and_shard_each_keep_tenants_apart_without_the_other(
    fakes: ModuleType, tmp_path: Path, fault: str
) -> None:
    own, foreign = crowded(fakes)
    right = EdgeIndex(tmp_path / "right")
    broken = fakes.OneShardIndex(tmp_path / "broken") if fault == "one-shard" else Unfiltered(tmp_path / "broken")
    for index in (right, broken):
        fakes.fill_index(index, fakes.entries_of([*own, *foreign]))

    for question in QUESTIONS:
        expected = fakes.ask_both(right, fakes.make_scope(), question, 10)

        assert fakes.ask_both(broken, fakes.make_scope(), question, 10) == expected


def test_the_order_of_ingestion_does_not_matter_even_among_equals(
    fakes: ModuleType, make_index: Callable[[], Index]
) -> None:
    documents = [fakes.make_document(f"acme/{n}", text=f"leave {WORDS[n % 3]}.") for n in range(60)]
    entries = fakes.entries_of(documents)
    shuffled = list(entries)
    Random(4).shuffle(shuffled)
    first, second = make_index(), make_index()
    fakes.fill_index(first, entries)
    fakes.fill_index(second, shuffled)

    for question in QUESTIONS:
        expected = fakes.ask_both(first, fakes.make_scope(), question, 7)

        assert fakes.ask_both(second, fakes.make_scope(), question, 7) == expected


def test_writing_the_same_entries_twice_keeps_one_of_each(fakes: ModuleType, make_index: Callable[[], Index]) -> None:
    index = make_index()
    entries = fakes.entries_of([fakes.make_document("acme/a"), fakes.make_document("other/a")])

    fakes.fill_index(index, entries)
    fakes.fill_index(index, entries)

    assert index.count() == 2


def test_a_question_without_a_known_term_finds_nothing_sparse(
    fakes: ModuleType, make_index: Callable[[], Index]
) -> None:
    index = make_index()
    fakes.fill_index(index, fakes.entries_of([fakes.make_document()]))

    _, sparse = fakes.ask_both(index, fakes.make_scope(), "zebra", 10)

    assert sparse == []


def test_several_tenants_in_one_scope_are_all_seen(fakes: ModuleType, make_index: Callable[[], Index]) -> None:
    index = make_index()
    entries = fakes.entries_of([fakes.make_document(f"{tenant}/leave") for tenant in ("acme", "other", "third")])
    fakes.fill_index(index, entries)
    leaky = Scope(frozenset({"acme", "other"}), frozenset({"everyone"}), "public")

    dense, sparse = fakes.ask_both(index, leaky, "annual leave", 10)

    assert {hit.id for hit in dense} == {hit.id for hit in sparse} == {entry.passage.id for entry in entries[:2]}


def test_settling_fetches_until_no_tie_can_be_outside() -> None:
    scores = [3.0, 2.0, *[1.0 + tiny * 1e-9 for tiny in range(200)], 0.5]
    hits = [Hit(f"{number:03}", score) for number, score in enumerate(scores)]
    random = Random(5)
    asked: list[int] = []

    def fetch(size: int) -> list[Hit]:
        asked.append(size)
        ties = hits[2:202]
        random.shuffle(ties)
        return [*hits[:2], *ties, hits[202]][:size]

    settled = settle(fetch, 5)

    assert [hit.id for hit in settled] == ["000", "001", "002", "003", "004"]
    assert asked == [37, 74, 148, 296]


def test_a_scope_cannot_be_left_out(make_index: Callable[[], Index]) -> None:
    index = make_index()

    with pytest.raises(AttributeError):
        index.dense(None, np.ones(384, np.float32), 1)  # type: ignore[arg-type]


def test_closing_the_embedded_index_removes_its_folder(tmp_path: Path) -> None:
    index = EdgeIndex(tmp_path / "work")
    assert list((tmp_path / "work").iterdir())

    index.close()

    assert list((tmp_path / "work").iterdir()) == []


def test_the_vectors_of_a_deleted_point_are_gone_from_the_files_of_the_embedded_engine(
    fakes: ModuleType, tmp_path: Path
) -> None:
    index = EdgeIndex(tmp_path / "work")
    entries = fakes.entries_of([fakes.make_document("acme/a", text="Alpha."), fakes.make_document("acme/b")])
    fakes.fill_index(index, entries)
    kept, gone = (fakes.WordEmbedder().passages([entry.passage.text])[0].tobytes() for entry in reversed(entries))

    def held() -> tuple[bool, bool]:
        with index._shards.of("acme") as shard:
            assert shard is not None
            shard.flush()
        content = b"".join(path.read_bytes() for path in (tmp_path / "work").rglob("*") if path.is_file())
        return kept in content, gone in content

    before = held()
    index.delete("acme", [entries[0].passage.id])
    after = held()
    index.close()

    assert (before, after) == ((True, True), (True, False))
