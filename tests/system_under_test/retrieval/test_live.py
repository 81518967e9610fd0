"""A corpus that changes while it is served."""

import hashlib
import os
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from numpy.typing import NDArray

from system_under_test.errors import DocumentRefused, IndexFault, StoreError
from system_under_test.nouns import Document, Principal
from system_under_test.retrieval.access import Scope
from system_under_test.retrieval.edge import EdgeIndex
from system_under_test.retrieval.embed import Embedder
from system_under_test.retrieval.index import Entry, Hit
from system_under_test.retrieval.retriever import Retriever
from system_under_test.retrieval.sparse import SparseVector
from system_under_test.retrieval.store import Store

QUESTION = "how many days of annual leave"
PATIENCE = 30.0
GOOD = hashlib.sha256(b"Pay is good.").hexdigest()


def found(fakes: ModuleType, retriever: Retriever, tenant: str = "acme") -> dict[str, str]:
    """The documents that a search brings back, with their versions."""
    passages = retriever.search(fakes.make_principal(tenant), QUESTION, 100).passages
    return {one.passage.document.id: one.passage.document.version for one in passages}


class FailingEdge(EdgeIndex):
    """The embedded engine, which can be told to take nothing in."""

    failing = False

    def upsert(self, entries: Sequence[Entry], dense: NDArray[np.float32], sparse: Sequence[SparseVector]) -> None:
        """Fail if told so."""
        if self.failing:
            raise OSError("no space left")
        super().upsert(entries, dense, sparse)

    def delete(self, tenant: str, ids: Sequence[str]) -> None:
        """Fail if told so."""
        if self.failing:
            raise OSError("no space left")
        super().delete(tenant, ids)


class WaitingEdge(EdgeIndex):
    """The embedded engine, which holds a search up between its legs."""

    def __init__(self, work_folder: Path) -> None:
        super().__init__(work_folder)
        self.searching, self.go_on = threading.Event(), threading.Event()
        self.go_on.set()

    def sparse(self, scope: Scope, vector: SparseVector, limit: int) -> list[Hit]:
        """Wait before the second leg."""
        self.searching.set()
        self.go_on.wait(PATIENCE)
        return super().sparse(scope, vector, limit)


@pytest.fixture
def world(fakes: ModuleType) -> list[Document]:
    """Three documents, one of them another tenant's."""
    return [fakes.make_document(name) for name in ("acme/a", "acme/b", "other/a")]


def test_a_document_is_added_replaced_moved_and_deleted(
    fakes: ModuleType, world: list[Document], make_edge: Callable[[], EdgeIndex], tmp_path: Path
) -> None:
    retriever = fakes.make_live(world, make_edge(), tmp_path)
    acme, members = fakes.make_principal("acme"), fakes.as_members(world[0])

    seen = [found(fakes, retriever)]
    outcomes = [retriever.put(acme, "acme/new", members), retriever.put(acme, "acme/a", {**members, "version": "2"})]
    seen.append(found(fakes, retriever))
    moved = retriever.corpus.move(acme, "acme/new", "acme/moved"), retriever.corpus.move(acme, "acme/new", "acme/x")
    seen.append(found(fakes, retriever))
    removed = retriever.remove(acme, "acme/a"), retriever.remove(acme, "acme/a")
    seen.append(found(fakes, retriever))

    assert (outcomes, moved, removed) == (["created", "replaced"], (True, False), (True, False))
    assert seen == [
        {"acme/a": "1", "acme/b": "1"},
        {"acme/a": "2", "acme/b": "1", "acme/new": "1"},
        {"acme/a": "2", "acme/b": "1", "acme/moved": "1"},
        {"acme/b": "1", "acme/moved": "1"},
    ]
    assert found(fakes, retriever, "other") == {"other/a": "1"}


def test_a_restart_serves_what_was_served(
    fakes: ModuleType, world: list[Document], make_edge: Callable[[], EdgeIndex], tmp_path: Path
) -> None:
    first = fakes.make_live(world, make_edge(), tmp_path)
    acme = fakes.make_principal("acme")
    first.put(acme, "acme/new", fakes.as_members(fakes.make_document(text="Annual leave, days of it.")))
    first.remove(acme, "acme/a")
    told = [(one.passage.id, one.score) for one in first.search(acme, QUESTION, 9).passages]

    second = fakes.make_live(world, make_edge(), tmp_path)

    assert [(one.passage.id, one.score) for one in second.search(acme, QUESTION, 9).passages] == told
    assert found(fakes, second) == {"acme/b": "1", "acme/new": "1"}


@pytest.mark.parametrize("name", ["id", "tenant"])
def test_a_document_cannot_say_whose_it_is_nor_what_it_is_called(
    fakes: ModuleType, world: list[Document], make_edge: Callable[[], EdgeIndex], tmp_path: Path, name: str
) -> None:
    retriever = fakes.make_live(world, make_edge(), tmp_path)
    acme, members = fakes.make_principal("acme"), fakes.as_members(world[0])

    with pytest.raises(DocumentRefused):
        retriever.put(acme, "acme/new", {**members, name: "other"})

    assert retriever.put(acme, "acme/new", members) == "created"
    assert found(fakes, retriever, "other") == {"other/a": "1"}


@pytest.mark.parametrize(
    ("changes", "member"),
    [
        pytest.param({"supersedes": "acme/a"}, "supersedes", id="a-circle-of-one"),
        pytest.param({"supersedes": "acme/b"}, "supersedes", id="a-circle-of-two"),
        pytest.param({"valid_until": "tomorrow"}, "valid_until", id="no-date"),
        pytest.param({"allow_groups": "everyone"}, "allow_groups", id="no-list"),
        pytest.param({"acl": []}, None, id="unknown-member"),
        pytest.param({"sha256": "0" * 64}, "sha256", id="another-digest"),
    ],
)
def test_what_is_refused_changes_nothing(
    fakes: ModuleType,
    world: list[Document],
    make_edge: Callable[[], EdgeIndex],
    tmp_path: Path,
    changes: dict[str, object],
    member: str | None,
) -> None:
    retriever = fakes.make_live([world[0], replace(world[1], supersedes="acme/a"), world[2]], make_edge(), tmp_path)
    before = found(fakes, retriever)

    with pytest.raises(DocumentRefused) as caught:
        retriever.put(fakes.make_principal("acme"), "acme/a", {**fakes.as_members(world[0]), **changes})

    assert caught.value.member == member
    assert found(fakes, retriever) == before == {"acme/b": "1"}
    assert not retriever.corpus.difference()


def test_an_id_in_use_is_not_moved_onto(
    fakes: ModuleType, world: list[Document], make_edge: Callable[[], EdgeIndex], tmp_path: Path
) -> None:
    retriever = fakes.make_live(world, make_edge(), tmp_path)
    acme = fakes.make_principal("acme")

    with pytest.raises(DocumentRefused):
        retriever.corpus.move(acme, "acme/a", "acme/b")

    assert found(fakes, retriever) == {"acme/a": "1", "acme/b": "1"}
    assert retriever.corpus.move(acme, "acme/a", "other/a")


def test_without_a_store_nothing_can_be_changed(
    fakes: ModuleType, world: list[Document], make_edge: Callable[[], EdgeIndex]
) -> None:
    retriever = fakes.make_retriever(world, make_edge())
    acme = fakes.make_principal("acme")

    with pytest.raises(StoreError):
        retriever.put(acme, "acme/new", fakes.as_members(world[0]))
    with pytest.raises(StoreError):
        retriever.remove(acme, "acme/a")

    assert found(fakes, retriever) == {"acme/a": "1", "acme/b": "1"}


class CountingEmbedder:
    """The word embedder, which counts the texts that it is asked for, one way or the other."""

    def __init__(self, real: Embedder) -> None:
        self.real, self.texts = real, 0
        self.forgotten: list[str] = []

    def passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Count, and embed."""
        self.texts += len(texts)
        return self.real.passages(texts)

    def query(self, text: str) -> NDArray[np.float32]:
        """Count, and embed."""
        self.texts += 1
        return self.real.query(text)

    def forget(self, texts: Sequence[str]) -> None:
        """Note them."""
        self.forgotten += texts

    def words(self) -> frozenset[str]:
        """The common words."""
        return self.real.words()


class CountingEdge(EdgeIndex):
    """The embedded engine, which counts the points that it writes and forgets."""

    written = forgotten = 0

    def upsert(self, entries: Sequence[Entry], dense: NDArray[np.float32], sparse: Sequence[SparseVector]) -> None:
        """Count, and write."""
        self.written += len(entries)
        super().upsert(entries, dense, sparse)

    def delete(self, tenant: str, ids: Sequence[str]) -> None:
        """Count, and forget."""
        self.forgotten += len(ids)
        super().delete(tenant, ids)


def test_a_change_costs_what_its_document_costs_however_large_the_corpus(fakes: ModuleType, tmp_path: Path) -> None:
    documents = [fakes.make_document(f"{tenant}/{number}") for tenant in ("acme", "other") for number in range(40)]
    index = CountingEdge(tmp_path / "index")
    engine = fakes.make_engine(documents, index)
    embedder = CountingEmbedder(engine.embedder)
    store = Store(tmp_path / "documents.sqlite", documents)
    retriever = Retriever(replace(engine, embedder=embedder), {}, store=store, clock=lambda: fakes.TODAY)
    index.written = 0

    retriever.put(fakes.make_principal("acme"), "acme/1", fakes.as_members(fakes.make_document(text="One. Two.")))

    assert (embedder.texts, index.written, index.forgotten) == (3, 1, 1)
    assert retriever.corpus.engine.library.shelves["other"] is engine.library.shelves["other"]
    retriever.close()


def test_the_vectors_of_words_that_are_gone_are_forgotten_and_no_others(
    fakes: ModuleType, make_edge: Callable[[], EdgeIndex], tmp_path: Path
) -> None:
    document = fakes.make_document(title="Pay", text="Pay is good. Pay is late.")
    store = Store(tmp_path / "documents.sqlite", [document])
    engine = fakes.make_engine([document], make_edge())
    embedder = CountingEmbedder(engine.embedder)
    retriever = Retriever(replace(engine, embedder=embedder), {}, store=store, clock=lambda: fakes.TODAY)
    acme, members = fakes.make_principal("acme"), fakes.as_members(document)
    retriever.put(acme, document.id, members)
    untouched = list(embedder.forgotten)
    retriever.put(acme, document.id, {**members, "text": "Pay is good.", "sha256": GOOD})
    reworded = list(embedder.forgotten)
    retriever.remove(acme, document.id)

    assert untouched == []
    assert reworded == ["Pay is late.", "Pay. Pay is good. Pay is late."]
    assert embedder.forgotten[2:] == ["Pay is good.", "Pay. Pay is good."]


def test_every_search_names_the_state_of_its_own_tenants_documents(
    fakes: ModuleType, world: list[Document], make_edge: Callable[[], EdgeIndex], tmp_path: Path
) -> None:
    retriever = fakes.make_live(world, make_edge(), tmp_path)
    acme, other = fakes.make_principal("acme"), fakes.make_principal("other")

    def state(principal: Principal) -> str | None:
        named: str | None = retriever.search(principal, QUESTION, 1).corpus
        return named

    before, theirs = state(acme), state(other)
    retriever.put(acme, "acme/new", fakes.as_members(world[0]))
    during = state(acme)
    retriever.remove(acme, "acme/new")

    assert (state(acme), state(other)) == (before, theirs)
    assert during != before
    assert before is not None


def test_on_a_new_day_documents_begin_and_end_by_themselves(
    fakes: ModuleType, make_edge: Callable[[], EdgeIndex], tmp_path: Path
) -> None:
    today = [date(2026, 6, 1)]
    documents = [
        fakes.make_document("acme/old", valid_until="2026-06-30"),
        fakes.make_document("acme/new", supersedes="acme/old", valid_from="2026-06-10"),
        fakes.make_document("acme/short", valid_until="2026-06-01"),
    ]
    retriever = fakes.make_live(documents, make_edge(), tmp_path, lambda: today[0])
    acme, seen = fakes.make_principal("acme"), []

    for day in (1, 2, 9, 10):
        today[0] = date(2026, 6, day)
        opened = {one.id for one in documents if retriever.document(acme, one.id) is not None}
        seen.append((set(found(fakes, retriever)), opened))

    expected = [{"acme/old", "acme/short"}, {"acme/old"}, {"acme/old"}, {"acme/new"}]
    assert seen == [(names, names) for names in expected]
    assert not retriever.corpus.difference()
    assert retriever.corpus.engine.library.shelves["acme"].statistics.passages == 1


def test_words_of_a_document_that_has_not_begun_are_not_suggested(
    fakes: ModuleType, make_edge: Callable[[], EdgeIndex], tmp_path: Path
) -> None:
    today = [date(2026, 6, 1)]
    secret = fakes.make_document("acme/merger", text="Zephyrine joins.", valid_from="2026-06-02")
    retriever = fakes.make_live([secret], make_edge(), tmp_path, lambda: today[0])
    acme = fakes.make_principal("acme")

    before = retriever.corrected(acme, "zephirine")
    today[0] = date(2026, 6, 2)
    retriever.search(acme, QUESTION, 1)

    assert (before, retriever.corrected(acme, "zephirine")) == ("zephirine", "zephyrine")


def test_a_search_under_way_sees_one_state_and_its_passages_can_still_be_cited(
    fakes: ModuleType, world: list[Document], tmp_path: Path
) -> None:
    index = WaitingEdge(tmp_path / "index")
    retriever = fakes.make_live(world, index, tmp_path)
    acme = fakes.make_principal("acme")
    expected = retriever.search(acme, QUESTION, 9).passages
    cited = [(one.text, one.vector.tobytes()) for one in retriever.sentences([one.passage for one in expected])]
    results = []

    def change() -> None:
        retriever.put(acme, "acme/new", fakes.as_members(world[0]))
        retriever.remove(acme, "acme/a")

    index.go_on.clear()
    index.searching.clear()
    searching = threading.Thread(target=lambda: results.append(retriever.search(acme, QUESTION, 9).passages))
    searching.start()
    index.searching.wait(PATIENCE)
    changing = threading.Thread(target=change)
    changing.start()
    while changing.is_alive() and not retriever.corpus._lock._waiting:
        os.sched_yield()
    index.go_on.set()
    searching.join(PATIENCE)
    changing.join(PATIENCE)

    after = retriever.sentences([one.passage for one in results[0]])

    assert results == [expected]
    assert [(one.text, one.vector.tobytes()) for one in after] == cited
    assert found(fakes, retriever) == {"acme/b": "1", "acme/new": "1"}
    retriever.close()


def test_what_the_index_did_not_learn_is_served_to_nobody_until_it_has(
    fakes: ModuleType, world: list[Document], tmp_path: Path
) -> None:
    index = FailingEdge(tmp_path / "index")
    retriever = fakes.make_live(world, index, tmp_path)
    acme, members = fakes.make_principal("acme"), fakes.as_members(world[0])
    index.failing = True
    with pytest.raises(IndexFault):
        retriever.remove(acme, "acme/a")
    for name, body in (("acme/new", members), ("acme/b", {**members, "allow_groups": ["board"]})):
        with pytest.raises(IndexFault):
            retriever.put(acme, name, body)
    with pytest.raises(IndexFault, match="has not learnt"):
        retriever.corpus.index_size()
    during = found(fakes, retriever), found(fakes, retriever, "other"), retriever.corpus.settled
    opened = [retriever.document(acme, name) for name in ("acme/a", "acme/b")]
    wrong = retriever.corpus.difference().counts()
    index.failing = False
    retriever.corpus.repair()

    assert during == ({}, {"other/a": "1"}, False)
    assert opened == [None, None]
    assert wrong == {"missing": 1, "stale": 1, "extra": 1}
    assert (found(fakes, retriever), retriever.corpus.settled) == ({"acme/new": "1"}, True)
    assert not retriever.corpus.difference()
    retriever.close()


def test_the_next_change_brings_an_index_up_to_date_that_had_failed(
    fakes: ModuleType, world: list[Document], tmp_path: Path
) -> None:
    index = FailingEdge(tmp_path / "index")
    retriever = fakes.make_live(world, index, tmp_path)
    acme, members = fakes.make_principal("acme"), fakes.as_members(world[0])
    index.failing = True
    with pytest.raises(IndexFault):
        retriever.remove(acme, "acme/a")
    index.failing = False

    retriever.put(acme, "acme/new", members)

    assert found(fakes, retriever) == {"acme/b": "1", "acme/new": "1"}
    assert not retriever.corpus.difference()
    retriever.close()
