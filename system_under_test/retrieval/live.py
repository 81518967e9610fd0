"""A corpus that changes while it is served: one tenant's document at a time, and never half.

A search holds the index and the library of one state from its first look to its last. A change is durable first, then
it is taken out of what is served, then the index learns of it, and only then is the new state served: where the index
fails, the passages concerned are served by nobody until it has caught up.
"""

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from system_under_test.errors import DocumentRefused, IndexFault, StoreError
from system_under_test.nouns import Document, Principal
from system_under_test.retrieval.access import Scope, allowed
from system_under_test.retrieval.catch_up import CatchUp
from system_under_test.retrieval.document_form import document_of, members_of
from system_under_test.retrieval.documents import leads_back
from system_under_test.retrieval.embed import Embedder, Uncached
from system_under_test.retrieval.index import Index
from system_under_test.retrieval.lexicon import Lexicon
from system_under_test.retrieval.library import EMPTY, Arrival, Library, Shelf, corpus_texts, prepared, rearranged
from system_under_test.retrieval.reconcile import Difference, difference, entries_of, repair, write
from system_under_test.retrieval.shared_lock import SharedLock
from system_under_test.retrieval.sparse import SparseEncoder
from system_under_test.retrieval.store import Store
from system_under_test.retrieval.validity import utc_today

Put = Literal["created", "replaced"]
_NOT_THE_BODYS = frozenset({"id", "tenant"})


@dataclass(frozen=True, slots=True)
class Engine:
    """The parts that a retriever puts together; all of them may be used from several threads."""

    index: Index
    embedder: Embedder
    encoder: SparseEncoder
    lexicon: Lexicon
    library: Library


@dataclass(frozen=True, slots=True)
class State:
    """What is served at one moment."""

    library: Library
    unsettled: frozenset[str]
    """Passage ids that the index may still return and that nobody is served: a change of theirs did not reach it."""


class LiveCorpus:
    """The served state and its changes. Callable from several threads at once."""

    def __init__(
        self,
        engine: Engine,
        store: Store | None = None,
        clock: Callable[[], date] = utc_today,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        """Serve the engine's library; without a store, it cannot be changed.

        `clock` gives the day in UTC, `now` the seconds by which attempts to let the index catch up are spaced.
        """
        self._engine = engine
        self._store = store
        self._clock = clock
        self._lock = SharedLock()
        self._writer = threading.Lock()
        self._unsettled: dict[str, frozenset[str]] = {}
        self._turn = _first_turn(engine.library)
        self._catching_up = CatchUp(self._catch_up, now)

    @property
    def engine(self) -> Engine:
        """The parts, with the library that is served now."""
        return self._engine

    @property
    def settled(self) -> bool:
        """Whether the index has learnt of every change."""
        return not self._unsettled

    def index_size(self) -> int:
        """Points in the index, all tenants together.

        Whoever asks this lets an index catch up that has missed a change, as `CatchUp` allows: asked often, a service
        comes back by itself. Raises IndexFault where a change has still not reached the index.
        """
        if not self.settled:
            self._catching_up.try_again()
        if not self.settled:
            raise IndexFault("the index has not learnt of every change")
        return self._engine.index.count()

    @contextmanager
    def reading(self) -> Iterator[State]:
        """One state that the index agrees with for as long as this is held. Not to be nested."""
        self._keep_the_date()
        with self._lock.shared():
            yield State(self._engine.library, frozenset[str]().union(*self._unsettled.values()))

    def document(self, scope: Scope, document_id: str) -> Document | None:
        """The current document of this id if the scope admits it. Absent, foreign and forbidden look the same."""
        self._keep_the_date()
        for shelf in self._engine.library.of(scope.tenants):
            holding = shelf.holdings.get(document_id)
            if holding is not None and holding.status == "current" and allowed(scope, holding.document):
                return holding.document
        return None

    def put(self, principal: Principal, document_id: str, members: Mapping[str, object]) -> Put:
        """Add a document to the principal's tenant, or replace that tenant's document of the same id.

        `members` are those of a line of documents.jsonl but for `id` and `tenant`, which are never the document's to
        say. Raises DocumentRefused, StoreError (nothing has changed) or IndexFault (kept, but not found until the index
        has caught up).
        """
        if _NOT_THE_BODYS & members.keys():
            raise DocumentRefused(None, "id and tenant are not the document's to say")
        document = document_of({**members, "id": document_id, "tenant": principal.tenant})
        arrival = self._prepared(document)
        with self._writer:
            shelf = self._shelf(document.tenant)
            _refuse_circle(shelf, document, document_id)
            self._forget(shelf, document_id, document)
            self._kept().put(document)
            self._apply(self._engine.library.changed(document.tenant, rearranged(shelf, (), [arrival], self._clock())))
        return "replaced" if document_id in shelf.holdings else "created"

    def remove(self, principal: Principal, document_id: str) -> bool:
        """Delete a document of the principal's tenant; False if the tenant has none of this id.

        What is left is as if the document had never been there: an older version that it had replaced is served again.
        Raises StoreError (nothing has changed) or IndexFault (deleted, and only the index does not know it).
        """
        with self._writer:
            shelf = self._shelf(principal.tenant)
            if document_id not in shelf.holdings:
                return False
            self._forget(shelf, document_id, None)
            self._kept().remove(principal.tenant, document_id)
            self._apply(
                self._engine.library.changed(principal.tenant, rearranged(shelf, {document_id}, (), self._clock()))
            )
            return True

    def move(self, principal: Principal, document_id: str, new_id: str) -> bool:
        """Give a document of the principal's tenant another id, in one step; False if the tenant has none of this id.

        Raises DocumentRefused if the tenant uses the new id already, and whatever `put` raises.
        """
        with self._writer:
            shelf = self._shelf(principal.tenant)
            if document_id not in shelf.holdings:
                return False
            if new_id in shelf.holdings:
                raise DocumentRefused("id", "the new id is in use")
            document = document_of({**members_of(shelf.holdings[document_id].document), "id": new_id})
            _refuse_circle(shelf, document, document_id)
            arrival = self._prepared(document)
            self._kept().move(document, document_id)
            moved = rearranged(shelf, {document_id}, [arrival], self._clock())
            self._apply(self._engine.library.changed(principal.tenant, moved))
            return True

    def difference(self) -> Difference:
        """The index against the documents as the store has them, chunked anew. Raises StoreError."""
        self._keep_the_date()
        with self._writer:
            return difference(entries_of(self._kept().documents(), self._clock()), self._engine.index)

    def repair(self) -> Difference:
        """Let the index catch up with every change, and undo what nobody asked it to hold; what had differed."""
        with self._writer, self._lock.exclusive():
            found = difference(self._engine.library.entries(), self._engine.index)
            repair(self._engine.index, self._engine.library.records, found)
            self._unsettled = {}
            return found

    def _catch_up(self) -> None:
        """What the next change would do for the changes before it. Raises IndexFault."""
        with self._writer:
            if self._unsettled:
                self._apply(self._engine.library)

    def close(self) -> None:
        """Release the index. A closed corpus cannot be asked again."""
        self._engine.index.close()

    def _shelf(self, tenant: str) -> Shelf:
        return self._engine.library.shelves.get(tenant, EMPTY)

    def _kept(self) -> Store:
        if self._store is None:
            raise StoreError("there is no store, so nothing can be changed")
        return self._store

    def _prepared(self, document: Document) -> Arrival:
        engine = self._engine
        return prepared([document], Uncached(engine.embedder), engine.encoder, engine.lexicon)[0]

    def _forget(self, shelf: Shelf, document_id: str, new: Document | None) -> None:
        """Drop the kept vectors of what a document says no more. Done first: if it fails, nothing has changed."""
        holding = shelf.holdings.get(document_id)
        if holding is not None:
            gone = _texts_of(holding.document) - (_texts_of(new) if new is not None else set())
            self._engine.embedder.forget(sorted(gone))

    def _keep_the_date(self) -> None:
        """On a new day, let documents begin and end."""
        today = self._clock()
        if self._turn is None or today < self._turn:
            return
        with self._writer:
            due = {
                tenant: rearranged(shelf, (), (), today)
                for tenant, shelf in self._engine.library.shelves.items()
                if shelf.turn is not None and shelf.turn <= today
            }
            # Where the index fails, nobody is served what has ended, nor yet what begins: the question goes on.
            if due:
                with suppress(IndexFault):
                    self._apply(Library({**self._engine.library.shelves, **due}))

    def _apply(self, library: Library) -> None:
        """Serve another library, without the passages that change until the index has taken them in."""
        touched = dict(self._unsettled)
        for tenant, shelf in library.shelves.items():
            if changed := _changed(self._shelf(tenant), shelf):
                touched[tenant] = touched.get(tenant, frozenset()) | changed
        with self._lock.exclusive():
            self._engine = replace(self._engine, library=library)
            self._turn = _first_turn(library)
            self._unsettled = touched
            try:
                for tenant, ids in touched.items():
                    records = library.shelves[tenant].records
                    self._engine.index.delete(tenant, sorted(ids - records.keys()))
                    write(self._engine.index, [records[name] for name in sorted(ids & records.keys())])
            except Exception as fault:
                raise IndexFault("the index did not take a change in; what it concerns is not found") from fault
            self._unsettled = {}


def _texts_of(document: Document) -> set[str]:
    """What is embedded of a document."""
    _, passages, sentences = corpus_texts([document])
    return {*passages, *sentences}


def _refuse_circle(shelf: Shelf, document: Document, old_id: str) -> None:
    others = {name: holding.document for name, holding in shelf.holdings.items() if name != old_id}
    if leads_back(document, {**others, document.id: document}):
        raise DocumentRefused("supersedes", "supersedes leads back to the document itself")


def _changed(old: Shelf, new: Shelf) -> frozenset[str]:
    """The ids of passages whose record is another one, or is there on one side only."""
    if old is new:
        return frozenset()
    names = old.records.keys() | new.records.keys()
    return frozenset(name for name in names if old.records.get(name) is not new.records.get(name))


def _first_turn(library: Library) -> date | None:
    return min((shelf.turn for shelf in library.shelves.values() if shelf.turn is not None), default=None)
