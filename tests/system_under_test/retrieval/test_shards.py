"""One shard for each tenant: made and removed with its points, closed and opened again unnoticed, named by nobody."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from types import ModuleType

import pytest
from qdrant_edge import CountRequest

from system_under_test.errors import IndexFault
from system_under_test.nouns import Document
from system_under_test.retrieval.edge import EdgeIndex
from system_under_test.retrieval.shards import INDEXED_FROM

TENANTS = tuple(f"tenant-{number}" for number in range(6))


@pytest.fixture
def few(tmp_path: Path) -> Iterator[EdgeIndex]:
    """An index that has at most two shards open."""
    with closing(EdgeIndex(tmp_path / "work", most_open=2)) as index:
        yield index


def documents_of(fakes: ModuleType, tenant: str, many: int = 3) -> list[Document]:
    """Documents that differ from tenant to tenant and among themselves."""
    return [fakes.make_document(f"{tenant}/{n}", text=f"Leave of {tenant} is {'long ' * n}days.") for n in range(many)]


def folders(index: EdgeIndex) -> list[str]:
    """The names of the folders that shards are in."""
    return names_in(index._shards._folder)


def names_in(folder: Path) -> list[str]:
    """What is in a folder."""
    return sorted(path.name for path in folder.iterdir())


def test_a_shard_that_was_closed_to_make_room_answers_as_if_it_had_stayed_open(
    fakes: ModuleType, few: EdgeIndex, tmp_path: Path
) -> None:
    with closing(EdgeIndex(tmp_path / "wide")) as wide:
        for index in (few, wide):
            for tenant in TENANTS:
                fakes.fill_index(index, fakes.entries_of(documents_of(fakes, tenant)))
                index.delete(tenant, [fakes.entries_of(documents_of(fakes, tenant))[0].passage.id])

        told = [[fakes.ask_both(i, fakes.make_scope(t), "long leave", 5) for t in TENANTS] for i in (few, wide)]

        assert told[0] == told[1]
        assert all(len(dense) == 2 for dense, _ in told[0])
        assert len(few._shards._open) == 2
        assert few.count() == wide.count() == 12
        assert few.held() == wide.held()


def test_questions_of_many_tenants_from_several_threads_meet_no_closed_shard(fakes: ModuleType, few: EdgeIndex) -> None:
    for tenant in TENANTS:
        fakes.fill_index(few, fakes.entries_of(documents_of(fakes, tenant)))
    expected = {tenant: fakes.ask_both(few, fakes.make_scope(tenant), "leave", 5) for tenant in TENANTS}
    ready = threading.Barrier(4)

    def ask(turn: int) -> bool:
        ready.wait()
        mine = TENANTS[turn:] + TENANTS[:turn]
        return all(fakes.ask_both(few, fakes.make_scope(one), "leave", 5) == expected[one] for one in mine)

    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(ask, range(4)))


@pytest.mark.parametrize("tenant", ["../../escape", "/absolute", "a\x00b", "x" * 300, "grüße", "\ud800", "con", "."])
def test_a_tenants_name_never_reaches_the_file_system(
    fakes: ModuleType, few: EdgeIndex, tmp_path: Path, tenant: str
) -> None:
    before = names_in(tmp_path)

    fakes.fill_index(few, fakes.entries_of([fakes.make_document("acme/a", tenant="acme")]))
    with few._shards.writing(tenant, 0) as shard:
        assert shard.count(CountRequest()) == 0

    assert folders(few) == ["1", "2"]
    assert names_in(tmp_path) == before


def test_a_tenant_without_points_is_the_same_as_one_never_heard_of(fakes: ModuleType, few: EdgeIndex) -> None:
    entries = fakes.entries_of(documents_of(fakes, "acme"))
    fakes.fill_index(few, entries)
    fakes.fill_index(few, fakes.entries_of(documents_of(fakes, "other")))

    few.delete("acme", [entry.passage.id for entry in entries])

    asked = [fakes.ask_both(few, fakes.make_scope(tenant), "leave", 5) for tenant in ("acme", "unheard-of")]
    assert asked == [([], []), ([], [])]
    assert few._shards.tenants() == ["other"]
    assert folders(few) == ["2"]


def test_a_tenant_that_comes_back_has_only_its_new_points(fakes: ModuleType, few: EdgeIndex) -> None:
    old, new = fakes.entries_of(documents_of(fakes, "acme", 2))
    fakes.fill_index(few, [old])
    few.delete("acme", [old.passage.id])

    fakes.fill_index(few, [new])

    dense, sparse = fakes.ask_both(few, fakes.make_scope(), "leave", 5)
    assert [hit.id for hit in dense] == [hit.id for hit in sparse] == [new.passage.id]


def test_fields_are_indexed_once_a_shard_is_worth_it_and_nothing_shows(fakes: ModuleType, few: EdgeIndex) -> None:
    entries = fakes.entries_of(documents_of(fakes, "acme", INDEXED_FROM + 5))
    fakes.fill_index(few, entries[: INDEXED_FROM - 1])
    below, hits = indexed_fields(few), fakes.ask_both(few, fakes.make_scope(), "leave", INDEXED_FROM - 1)

    fakes.fill_index(few, entries[INDEXED_FROM - 1 :])
    few.delete("acme", [entry.passage.id for entry in entries[INDEXED_FROM - 1 :]])

    assert below == set()
    assert indexed_fields(few) == {"tenant", "status", "allow", "deny", "level"}
    assert fakes.ask_both(few, fakes.make_scope(), "leave", INDEXED_FROM - 1) == hits


def test_a_shard_with_indexed_fields_takes_the_room_of_four(fakes: ModuleType, tmp_path: Path) -> None:
    with closing(EdgeIndex(tmp_path, most_open=5)) as index:
        fakes.fill_index(index, fakes.entries_of(documents_of(fakes, "acme", INDEXED_FROM)))
        for tenant in TENANTS:
            fakes.fill_index(index, fakes.entries_of(documents_of(fakes, tenant)))
        small = list(index._shards._open)

        fakes.ask_both(index, fakes.make_scope("acme"), "leave", 5)

        assert small == list(TENANTS[1:])
        assert list(index._shards._open) == [TENANTS[-1], "acme"]


def indexed_fields(index: EdgeIndex) -> set[str]:
    """The payload fields that the shard of acme has an index of."""
    with index._shards.of("acme") as shard:
        assert shard is not None
        return set(shard.info().payload_schema)


def test_a_closed_index_says_so_for_whatever_tenant_and_can_be_closed_again(fakes: ModuleType, tmp_path: Path) -> None:
    index = EdgeIndex(tmp_path)
    fakes.fill_index(index, fakes.entries_of(documents_of(fakes, "acme")))

    index.close()
    index.close()

    for tenant in ("acme", "unheard-of"):
        with pytest.raises(IndexFault):
            fakes.ask_both(index, fakes.make_scope(tenant), "leave", 5)
    with pytest.raises(IndexFault):
        index.count()
