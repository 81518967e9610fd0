"""What a tenant may spend in a day."""

import datetime as dt
import threading
from types import ModuleType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from system_under_test.routing.budget import Ledger
from system_under_test.routing.clock import Clock
from system_under_test.routing.errors import BudgetSpentError


def test_a_call_is_paid_at_the_estimate_and_settled_at_the_cost(fakes: ModuleType) -> None:
    ledger = Ledger(fakes.Hands().clock)

    reservation = ledger.reserve("acme", "hosted", 0.4, 1.0)
    reserved = ledger.spent("acme", "hosted")
    ledger.settle(reservation, 0.1)

    assert (reserved, ledger.spent("acme", "hosted")) == (0.4, pytest.approx(0.1))


def test_a_cost_that_nobody_knows_counts_as_estimated(fakes: ModuleType) -> None:
    ledger = Ledger(fakes.Hands().clock)

    ledger.settle(ledger.reserve("acme", "hosted", 0.4, 1.0), None)

    assert ledger.spent("acme", "hosted") == 0.4


def test_what_is_set_aside_cannot_be_set_aside_again(fakes: ModuleType) -> None:
    ledger = Ledger(fakes.Hands().clock)
    ledger.reserve("acme", "hosted", 0.6, 1.0)

    with pytest.raises(BudgetSpentError):
        ledger.reserve("acme", "hosted", 0.6, 1.0)

    assert ledger.spent("acme", "hosted") == 0.6
    assert ledger.reserve("acme", "hosted", 0.4, 1.0).usd == 0.4


def test_a_tenant_does_not_pay_for_another_nor_a_route_for_another(fakes: ModuleType) -> None:
    ledger = Ledger(fakes.Hands().clock)
    ledger.reserve("acme", "hosted", 1.0, 1.0)

    ledger.reserve("globex", "hosted", 1.0, 1.0)
    ledger.reserve("acme", "other", 1.0, 1.0)

    assert ledger.spent("globex", "hosted") == ledger.spent("acme", "other") == 1.0


def test_a_new_day_has_a_new_budget_and_no_part_of_the_old_one(fakes: ModuleType) -> None:
    hands = fakes.Hands()
    ledger = Ledger(hands.clock)
    late = ledger.reserve("acme", "hosted", 1.0, 1.0)

    hands.day += dt.timedelta(days=1)
    ledger.settle(late, 0.2)

    assert ledger.spent("acme", "hosted") == 0.0
    assert ledger.reserve("acme", "hosted", 1.0, 1.0).day == hands.day


@settings(max_examples=50)
@given(st.lists(st.tuples(st.floats(0, 0.5), st.none() | st.floats(0, 1)), max_size=30))
def test_nothing_is_set_aside_beyond_the_budget(calls: list[tuple[float, float | None]]) -> None:
    ledger = Ledger(Clock(today=lambda: dt.date(2026, 11, 22)))

    for estimate, cost in calls:
        before = ledger.spent("acme", "hosted")
        try:
            reservation = ledger.reserve("acme", "hosted", estimate, 1.0)
        except BudgetSpentError:
            assert before + estimate > 1.0
            continue
        assert ledger.spent("acme", "hosted") <= 1.0
        ledger.settle(reservation, None if cost is None else cost * estimate)
        assert ledger.spent("acme", "hosted") >= 0


def test_threads_that_pay_at_once_do_not_pay_too_much() -> None:
    ledger, paid = Ledger(Clock(today=lambda: dt.date(2026, 11, 22))), []

    def pay() -> None:
        for _ in range(50):
            try:
                paid.append(ledger.reserve("acme", "hosted", 1.0, 100.0))
            except BudgetSpentError:
                return

    threads = [threading.Thread(target=pay) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(paid) == 100
