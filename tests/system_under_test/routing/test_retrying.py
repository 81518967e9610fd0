"""Asking the same route again, on a clock that is turned by hand."""

from types import ModuleType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from system_under_test.routing.errors import TREATMENTS, FaultKind, RouteFailedError
from system_under_test.routing.retrying import back_off_s, retried
from system_under_test.routing.routes import Retries

RETRIES = Retries(attempts=4, first_wait_s=1.0, longest_wait_s=3.0)
AGAIN = sorted(kind for kind, treatment in TREATMENTS.items() if treatment.again)


def tried(hands: Any, *faults: RouteFailedError, within_s: float = 60.0) -> tuple[str | RouteFailedError, int]:
    """How it ended after these faults, and how often the route was asked."""
    left, calls = list(faults), []

    def call() -> str:
        calls.append(hands.now_s)
        if left:
            raise left.pop(0)
        return "answer"

    try:
        return retried(call, RETRIES, "key", hands.now_s + within_s, hands.clock), len(calls)
    except RouteFailedError as fault:
        return fault, len(calls)


@pytest.mark.parametrize("kind", AGAIN)
def test_a_fault_that_may_pass_is_tried_again(fakes: ModuleType, kind: FaultKind) -> None:
    hands = fakes.Hands()

    assert tried(hands, fakes.failing(kind), fakes.failing(kind)) == ("answer", 3)
    assert len(hands.slept) == 2


@pytest.mark.parametrize("kind", sorted(set(TREATMENTS) - set(AGAIN)))
def test_a_fault_that_stays_is_not_tried_again(fakes: ModuleType, kind: FaultKind) -> None:
    hands, fault = fakes.Hands(), fakes.failing(kind)

    assert tried(hands, fault) == (fault, 1)
    assert hands.slept == []


def test_attempts_are_bounded_and_the_last_fault_is_raised(fakes: ModuleType) -> None:
    faults = [fakes.failing() for _ in range(9)]

    assert tried(fakes.Hands(), *faults) == (faults[3], 4)


def test_a_wait_that_the_provider_asks_for_is_kept(fakes: ModuleType) -> None:
    hands = fakes.Hands()

    assert tried(hands, fakes.failing("rate_limited", retry_after_s=3.0)) == ("answer", 2)
    assert hands.slept == [3.0]


def test_a_wait_longer_than_the_longest_is_not_waited_though_there_is_time(fakes: ModuleType) -> None:
    hands, fault = fakes.Hands(), fakes.failing("rate_limited", retry_after_s=3.1)

    assert tried(hands, fault) == (fault, 1)
    assert hands.slept == []


def test_a_wait_beyond_the_deadline_is_not_begun(fakes: ModuleType) -> None:
    hands, fault = fakes.Hands(), fakes.failing("rate_limited", retry_after_s=2.0)

    assert tried(hands, fault, within_s=2.0) == (fault, 1)
    assert hands.slept == []


@given(st.integers(1, 2_000), st.text(max_size=5))
def test_waits_grow_to_a_bound_and_hang_on_the_key_alone(attempt: int, key: str) -> None:
    wait = back_off_s(attempt, RETRIES, key)

    whole = min(3.0, 2.0 ** min(attempt - 1, 10))
    assert whole / 2 <= wait <= whole
    assert wait == back_off_s(attempt, RETRIES, key)


def test_requests_that_fail_together_do_not_come_back_together() -> None:
    waits = {back_off_s(1, RETRIES, str(number)) for number in range(100)}

    assert len(waits) > 50
