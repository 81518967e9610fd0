"""Acceptance checks 16, 19 and 20: what is withdrawn is denied at once and for good, ids are a tenant's own business,
and the index holds what the store holds."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from random import Random
from types import ModuleType

import pytest

from system_under_test.nouns import Document, Passage, Principal, Retrieved
from system_under_test.retrieval.access import allowed, scope_of
from system_under_test.retrieval.chunk import chunks_of
from system_under_test.retrieval.edge import EdgeIndex
from system_under_test.retrieval.index import Entry, Index
from system_under_test.retrieval.retriever import Retriever
from system_under_test.retrieval.store import Store

pytestmark = pytest.mark.filterwarnings("ignore:Local mode performs exact:UserWarning")

QUESTION = "how many days of annual leave"
REQUESTS = 50
STAFF = frozenset({"staff"})

Serve = Callable[..., Retriever]


@pytest.fixture
def live(fakes: ModuleType, make_edge: Callable[[], EdgeIndex], tmp_path: Path) -> Serve:
    """Starts retrievers whose documents can be changed."""

    def start(documents: Sequence[Document]) -> Retriever:
        retriever: Retriever = fakes.make_live(documents, make_edge(), tmp_path / "store")
        return retriever

    return start


@pytest.fixture
def world(fakes: ModuleType) -> list[Document]:
    """The document that will be withdrawn, others of its tenant, and another tenant's of the same id."""
    own = [fakes.make_document(f"acme/{name}", allow_groups=STAFF) for name in ("leave", "sick", "pay")]
    return [*own, fakes.make_document("acme/leave", tenant="other", allow_groups=STAFF)]


def surfaces(retriever: Retriever, principal: Principal, document_id: str) -> dict[str, bool]:
    """On which surfaces a principal meets a document now: search, open, and the sentences that may be cited."""
    found = [ranked.passage for ranked in retriever.search(principal, QUESTION, 100).passages]
    own = [passage for passage in found if passage.document.id == document_id]
    return {
        "search": bool(own),
        "open": retriever.document(principal, document_id) is not None,
        "cite": bool(retriever.sentences(own)),
    }


EVERYWHERE = {"search": True, "open": True, "cite": True}
NOWHERE = dict.fromkeys(EVERYWHERE, False)


def denials(retriever: Retriever, principal: Principal, document_id: str) -> list[dict[str, bool]]:
    """What each of fifty requests in a row meets; one entry if they all agree."""
    met = [surfaces(retriever, principal, document_id) for _ in range(REQUESTS)]
    return [first for number, first in enumerate(met) if first not in met[:number]]


def put(fakes: ModuleType, retriever: Retriever, document: Document, **changes: object) -> None:
    """Hand a changed document in, as its own tenant."""
    members = fakes.as_members(replace(document, sha256="", **changes))  # type: ignore[arg-type]
    del members["sha256"]
    retriever.put(fakes.make_principal(document.tenant), document.id, members)


WITHDRAWALS: dict[str, Callable[[ModuleType, Retriever, Document], object]] = {
    "allowed-group-taken": lambda fakes, r, d: put(fakes, r, d, allow_groups=frozenset({"board"})),
    "nobody-allowed": lambda fakes, r, d: put(fakes, r, d, allow_groups=frozenset()),
    "group-denied": lambda fakes, r, d: put(fakes, r, d, deny_groups=STAFF),
    "class-raised": lambda fakes, r, d: put(fakes, r, d, classification="restricted"),
    "class-unknown": lambda fakes, r, d: put(fakes, r, d, classification="cosmic"),
    "ended": lambda fakes, r, d: put(fakes, r, d, valid_until="2026-05-31"),
    "not-begun": lambda fakes, r, d: put(fakes, r, d, valid_from="2026-06-02"),
    "deleted": lambda fakes, r, d: r.remove(fakes.make_principal(d.tenant), d.id),
    "moved": lambda fakes, r, d: r.corpus.move(fakes.make_principal(d.tenant), d.id, "acme/elsewhere"),
    "replaced-by-another": lambda fakes, r, d: put(fakes, r, replace(d, id="acme/leave-2"), supersedes=d.id),
}


@pytest.mark.parametrize("withdraw", WITHDRAWALS.values(), ids=WITHDRAWALS.keys())
def test_check_16_what_is_withdrawn_is_denied_from_the_next_request_on_fifty_times(
    fakes: ModuleType,
    live: Serve,
    world: list[Document],
    withdraw: Callable[[ModuleType, Retriever, Document], object],
) -> None:
    retriever, document = live(world), world[0]
    principal = fakes.make_principal("acme", STAFF, "confidential")
    before = [surfaces(retriever, principal, one.id) for one in world[:3]]

    withdraw(fakes, retriever, document)

    assert before == [EVERYWHERE] * 3
    assert denials(retriever, principal, document.id) == [NOWHERE]
    assert surfaces(retriever, principal, "acme/sick") == EVERYWHERE
    assert surfaces(retriever, fakes.make_principal("other", STAFF), document.id) == EVERYWHERE
    assert not retriever.corpus.difference()


def test_check_16_a_principal_that_left_the_group_is_denied_and_its_twin_is_not(
    fakes: ModuleType, live: Serve, world: list[Document]
) -> None:
    retriever = live(world)
    member = fakes.make_principal("acme", STAFF | {"everyone"})

    left = replace(member, groups=member.groups - STAFF)

    assert denials(retriever, left, "acme/leave") == [NOWHERE]
    assert denials(retriever, member, "acme/leave") == [EVERYWHERE]


def test_check_16_no_request_that_begins_after_a_deletion_meets_the_document(
    fakes: ModuleType, live: Serve, world: list[Document]
) -> None:
    retriever, principal = live(world), fakes.make_principal("acme", STAFF)
    deleted = threading.Event()
    began_after: list[dict[str, bool]] = []
    before: list[dict[str, bool]] = []

    def ask(_: int) -> None:
        target = began_after if deleted.is_set() else before
        target.append(surfaces(retriever, principal, "acme/leave"))

    with ThreadPoolExecutor(4) as pool:
        asked = [pool.submit(ask, number) for number in range(40)]
        retriever.remove(fakes.make_principal("acme"), "acme/leave")
        deleted.set()
        asked += [pool.submit(ask, number) for number in range(REQUESTS)]
        for one in asked:
            one.result()

    assert len(began_after) >= REQUESTS
    assert all(met == NOWHERE for met in began_after)


class Remembering(Retriever):
    """A retriever with one fault: it answers from memory what it has answered before."""

    remembered: dict[tuple[str, str], Retrieved]

    def search(self, principal: Principal, question: str, top_k: int, *, vector: object = None) -> Retrieved:
        """The passages as they were the first time."""
        key = principal.tenant, question
        if key not in self.remembered:
            self.remembered[key] = super().search(principal, question, top_k)
        return self.remembered[key]


def test_check_16_a_memory_of_old_permissions_is_seen(
    fakes: ModuleType, make_edge: Callable[[], EdgeIndex], world: list[Document], tmp_path: Path
) -> None:
    store = Store(tmp_path / "documents.sqlite", world)
    stale = Remembering(fakes.make_engine(world, make_edge()), {}, store=store, clock=lambda: fakes.TODAY)
    stale.remembered = {}
    principal = fakes.make_principal("acme", STAFF)
    surfaces(stale, principal, "acme/leave")

    stale.remove(fakes.make_principal("acme"), "acme/leave")

    assert denials(stale, principal, "acme/leave") == [{"search": True, "open": False, "cite": True}]


def told(retriever: Retriever, principal: Principal) -> list[tuple[str, str, float]]:
    """Passages with their versions and scores."""
    found = retriever.search(principal, QUESTION, 100).passages
    return [(one.passage.id, one.passage.document.sha256, one.score) for one in found]


def test_check_19_the_name_id_and_words_of_anothers_document_change_nothing_there_and_tell_nothing_here(
    fakes: ModuleType, live: Serve, world: list[Document]
) -> None:
    retriever = live(world)
    theirs, intruder = fakes.make_principal("acme", STAFF), fakes.make_principal("third", STAFF)
    before, opened = told(retriever, theirs), retriever.document(theirs, "acme/leave")
    members = fakes.as_members(world[0])

    seen = retriever.document(intruder, "acme/leave"), retriever.document(intruder, "acme/absent")
    removed = retriever.remove(intruder, "acme/leave"), retriever.remove(intruder, "acme/absent")
    moved = retriever.corpus.move(intruder, "acme/leave", "x"), retriever.corpus.move(intruder, "acme/absent", "x")
    created = [retriever.put(intruder, name, members) for name in ("acme/leave", "acme/absent")]
    replacing = retriever.put(intruder, "acme/newer", {**members, "supersedes": "acme/sick"})

    assert (seen, removed, moved) == ((None, None), (False, False), (False, False))
    assert (created, replacing) == (["created", "created"], "created")
    assert told(retriever, theirs) == before
    assert retriever.document(theirs, "acme/leave") == opened
    own = {one.passage.id for one in retriever.search(intruder, QUESTION, 100).passages}
    assert len(own) == 3
    assert own.isdisjoint(name for name, _, _ in before)


def test_check_19_deleting_ones_own_copy_leaves_anothers(fakes: ModuleType, live: Serve, world: list[Document]) -> None:
    retriever = live(world)
    other, acme = (fakes.make_principal(tenant, STAFF) for tenant in ("other", "acme"))
    before = told(retriever, acme)

    assert retriever.remove(other, "acme/leave")

    assert told(retriever, acme) == before
    assert told(retriever, other) == []


class KeyedById(Store):
    """A store with one fault: it forgets whose document an id is."""

    def remove(self, tenant: str, document_id: str) -> None:
        """Forget the id of every tenant."""
        with self._connection() as connection, connection:
            connection.execute("DELETE FROM documents WHERE id = ?", (document_id,))


def test_check_19_a_store_that_knows_documents_by_id_alone_is_seen(
    fakes: ModuleType, make_edge: Callable[[], EdgeIndex], world: list[Document], tmp_path: Path
) -> None:
    store = KeyedById(tmp_path / "documents.sqlite", world)
    faulty = Retriever(fakes.make_engine(world, make_edge()), {}, store=store, clock=lambda: fakes.TODAY)

    faulty.remove(fakes.make_principal("other"), "acme/leave")

    assert faulty.corpus.difference().counts() == {"missing": 0, "stale": 0, "extra": 1}


def test_check_20_after_many_changes_index_and_store_agree_and_citations_are_of_what_is_allowed(
    fakes: ModuleType, make_index: Callable[[], Index], tmp_path: Path
) -> None:
    random = Random(20)
    documents = [fakes.make_document(f"acme/{number}") for number in range(12)]
    retriever: Retriever = fakes.make_live([*documents, fakes.make_document("other/1")], make_index(), tmp_path)
    principal = fakes.make_principal("acme")
    for number in range(40):
        name = f"acme/{random.randrange(16)}"
        text = f"# Leave\n\n{'Annual leave is long. ' * random.randint(1, 60)}"
        groups = random.choice((frozenset({"everyone"}), frozenset({"board"})))
        change = random.choice(("put", "put", "remove", "move"))
        if change == "put":
            document = fakes.make_document(name, text=text, allow_groups=groups)
            retriever.put(principal, name, fakes.as_members(document))
        elif change == "remove":
            retriever.remove(principal, name)
        else:
            retriever.corpus.move(principal, name, f"acme/moved-{number}")

    found = [one.passage for one in retriever.search(principal, QUESTION, 100).passages]

    assert found
    assert not retriever.corpus.difference()
    assert {sentence.passage_id for sentence in retriever.sentences(found)} <= {passage.id for passage in found}
    assert all(allowed(scope_of(principal), passage.document) for passage in found)


def test_check_20_a_point_that_should_not_be_there_or_is_not_or_is_old_is_named_and_repaired(
    fakes: ModuleType, make_index: Callable[[], Index], world: list[Document], tmp_path: Path
) -> None:
    index = make_index()
    retriever: Retriever = fakes.make_live(world, index, tmp_path)
    acme, other = (fakes.make_principal(tenant, STAFF) for tenant in ("acme", "other"))
    before = told(retriever, acme), told(retriever, other)
    ghost, altered = fakes.make_document("other/ghost"), replace(world[1], allow_groups=frozenset({"everyone"}))
    missing = passage_of(world[0])
    index.delete("acme", [missing.id])
    fakes.fill_index(index, fakes.entries_of([ghost, altered]))

    found = retriever.corpus.difference()
    repaired = retriever.corpus.repair()

    assert found.missing == {"acme": {missing.id}}
    assert found.stale == {"acme": {passage_of(altered).id}}
    assert found.extra == {"other": {passage_of(ghost).id}}
    assert found.counts() == {"missing": 1, "stale": 1, "extra": 1}
    assert repaired == found
    assert not retriever.corpus.difference()
    assert (told(retriever, acme), told(retriever, other)) == before


def test_check_20_a_deletion_reaches_no_other_tenants_point(
    fakes: ModuleType, make_index: Callable[[], Index], world: list[Document]
) -> None:
    index = make_index()
    fakes.fill_index(index, [Entry(passage_of(document), "current") for document in world])
    held = index.held()

    index.delete("other", [passage_of(world[0]).id, passage_of(world[3]).id])
    index.delete("acme", [])

    assert held.keys() - index.held().keys() == {passage_of(world[3]).id}


def passage_of(document: Document) -> Passage:
    """The only passage of a short document."""
    return chunks_of(document)[0].passage
