"""An index that failed comes back by itself: whoever asks whether the service is ready lets it catch up."""

import itertools
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from numpy.typing import NDArray

from system_under_test.errors import IndexFault
from system_under_test.retrieval.catch_up import FIRST_PAUSE_S, LONGEST_PAUSE_S, CatchUp
from system_under_test.retrieval.edge import EdgeIndex
from system_under_test.retrieval.index import Entry
from system_under_test.retrieval.live import LiveCorpus
from system_under_test.retrieval.sparse import SparseVector
from system_under_test.retrieval.store import Store

PATIENCE = 30.0


class Clock:
    """Seconds that pass when told so."""

    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


class FullDisk(EdgeIndex):
    """The embedded engine, which takes nothing in while its disk is full, and counts what it was asked."""

    full = False
    asked = 0

    def upsert(self, entries: Sequence[Entry], dense: NDArray[np.float32], sparse: Sequence[SparseVector]) -> None:
        """Fail while the disk is full."""
        self._ask()
        super().upsert(entries, dense, sparse)

    def delete(self, tenant: str, ids: Sequence[str]) -> None:
        """Fail while the disk is full."""
        self._ask()
        super().delete(tenant, ids)

    def _ask(self) -> None:
        self.asked += 1
        if self.full:
            raise OSError("no space left")


@pytest.fixture
def index(tmp_path: Path) -> FullDisk:
    return FullDisk(tmp_path / "index")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def missed(fakes: ModuleType, index: FullDisk, clock: Clock, tmp_path: Path) -> Iterator[LiveCorpus]:
    """A corpus of two documents, of which one was deleted while the disk was full."""
    documents = [fakes.make_document(name) for name in ("acme/a", "acme/b")]
    engine = fakes.make_live(documents, index, tmp_path).corpus.engine
    corpus = LiveCorpus(engine, Store(tmp_path / "documents.sqlite", documents), now=clock)
    index.full = True
    with pytest.raises(IndexFault):
        corpus.remove(fakes.make_principal("acme"), "acme/a")
    index.asked = 0
    yield corpus
    corpus.close()


def test_asking_whether_the_index_works_brings_it_up_to_date(missed: LiveCorpus, index: FullDisk) -> None:
    index.full = False

    size = missed.index_size()

    assert (size, missed.settled) == (1, True)
    assert not missed.difference()


def test_while_it_fails_it_is_left_alone_between_attempts(missed: LiveCorpus, index: FullDisk, clock: Clock) -> None:
    for _ in range(5):
        with pytest.raises(IndexFault, match="has not learnt"):
            missed.index_size()
    attempts = index.asked
    index.full = False
    with pytest.raises(IndexFault, match="has not learnt"):
        missed.index_size()
    clock.seconds += FIRST_PAUSE_S

    size = missed.index_size()

    assert (attempts, size) == (1, 1)


def attempts_within(seconds: int, fails: Callable[[], None]) -> list[float]:
    clock, made = Clock(), []

    def attempt() -> None:
        made.append(clock.seconds - 100)
        fails()

    catching_up = CatchUp(attempt, clock)
    for _ in range(seconds):
        catching_up.try_again()
        clock.seconds += 1
    return made


def always() -> None:
    raise IndexFault("still down")


def test_the_pauses_double_up_to_the_longest() -> None:
    made = attempts_within(400, always)

    assert [later - earlier for earlier, later in itertools.pairwise(made)][:9] == [
        1, 2, 4, 8, 16, 32, LONGEST_PAUSE_S, LONGEST_PAUSE_S, LONGEST_PAUSE_S,
    ]  # fmt: skip


def test_after_a_success_the_pauses_begin_anew() -> None:
    outcomes = iter([True, True, False, True, True])

    def fails_as_told() -> None:
        if next(outcomes):
            always()

    made = attempts_within(6, fails_as_told)

    assert made == [0, 1, 3, 4, 5]


def test_one_caller_tries_and_the_others_do_not_wait_for_it() -> None:
    begun, go_on, made = threading.Event(), threading.Event(), []

    def attempt() -> None:
        made.append(1)
        begun.set()
        go_on.wait(PATIENCE)

    catching_up = CatchUp(attempt)
    first = threading.Thread(target=catching_up.try_again)
    first.start()
    begun.wait(PATIENCE)

    catching_up.try_again()
    go_on.set()
    first.join(PATIENCE)

    assert made == [1]
