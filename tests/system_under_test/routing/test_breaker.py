"""The circuit of a route."""

import threading
from types import ModuleType
from typing import Any

import pytest

from system_under_test.routing.breaker import Breaker
from system_under_test.routing.errors import TREATMENTS, FaultKind, RouteFailedError
from system_under_test.routing.routes import Circuit

BLAMED = sorted(kind for kind, treatment in TREATMENTS.items() if treatment.blames_route)
NOT_BLAMED = sorted(set(TREATMENTS) - set(BLAMED))


def told(breaker: Breaker, kind: FaultKind | None) -> None:
    admission = breaker.admit()
    assert admission is not None
    breaker.ended(admission, None if kind is None else RouteFailedError("x", kind))


@pytest.fixture
def hands(fakes: ModuleType) -> Any:
    return fakes.Hands()


@pytest.fixture
def breaker(hands: Any) -> Breaker:
    return Breaker(Circuit(failures=3, open_s=10.0), hands.clock)


@pytest.mark.parametrize("kind", BLAMED)
def test_faults_in_a_row_that_blame_the_route_open_the_circuit(breaker: Breaker, kind: FaultKind) -> None:
    for _ in range(3):
        assert not breaker.is_open()
        told(breaker, kind)

    assert breaker.is_open()
    assert breaker.admit() is None


@pytest.mark.parametrize("kind", NOT_BLAMED)
def test_what_a_question_can_bring_about_never_opens_the_circuit(breaker: Breaker, kind: FaultKind) -> None:
    for _ in range(20):
        told(breaker, kind)

    assert not breaker.is_open()


def test_a_success_in_between_starts_the_count_again(breaker: Breaker) -> None:
    for kind in ("timeout", "timeout", None, "timeout", "timeout"):
        told(breaker, kind)

    assert not breaker.is_open()


def test_after_its_rest_one_call_at_a_time_tries(breaker: Breaker, hands: Any) -> None:
    for _ in range(3):
        told(breaker, "timeout")
    hands.now_s += 9.9
    early = breaker.admit()
    hands.now_s += 0.2

    trial = breaker.admit()
    second = breaker.admit()

    assert early is None
    assert trial is not None
    assert trial.trial
    assert second is None
    breaker.ended(trial, None)
    assert not breaker.is_open()
    assert breaker.admit() is not None


def test_a_trial_that_fails_opens_the_circuit_for_another_rest(breaker: Breaker, hands: Any) -> None:
    for _ in range(3):
        told(breaker, "timeout")
    hands.now_s += 10.1

    told(breaker, "timeout")

    assert breaker.is_open()
    hands.now_s += 9.9
    assert breaker.is_open()
    hands.now_s += 0.2
    assert not breaker.is_open()


@pytest.mark.parametrize("kind", sorted(kind for kind, treatment in TREATMENTS.items() if treatment.tells_nothing))
def test_what_tells_nothing_neither_closes_the_circuit_nor_starts_the_count_again(
    breaker: Breaker, hands: Any, kind: FaultKind
) -> None:
    for each in ("timeout", "timeout", kind, "timeout"):
        told(breaker, each)
    opened = breaker.is_open()
    hands.now_s += 10.1

    told(breaker, kind)
    again = breaker.admit()
    second = breaker.admit()

    assert opened
    assert again is not None
    assert again.trial
    assert second is None


def test_a_call_from_before_says_nothing_about_an_open_circuit(breaker: Breaker) -> None:
    late = breaker.admit()
    assert late is not None
    for _ in range(3):
        told(breaker, "timeout")

    breaker.ended(late, None)

    assert breaker.is_open()


def test_a_slow_call_does_not_hold_up_another(breaker: Breaker) -> None:
    admitted = threading.Barrier(4, timeout=5)

    def call() -> None:
        admission = breaker.admit()
        assert admission is not None
        admitted.wait()  # reached by all only if all are under way at once
        breaker.ended(admission, None)

    threads = [threading.Thread(target=call) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert not admitted.broken
