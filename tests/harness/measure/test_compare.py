"""Two sides are compared case by case, on the cases that both have, and never across golden sets."""

from dataclasses import replace
from types import ModuleType
from typing import Any

import pytest

from harness.domain.runs import Record, Run
from harness.domain.scores import Difference
from harness.errors import InvalidInput
from harness.measure.compare import Side, compare

RUN = Run(
    id="run-1", gate="gate", gate_version="1", gate_digest="6" * 64, golden_set="golden 1.0.0",
    golden_set_digest="d" * 64, corpus_digest="c" * 64, target="small", release={}, release_digest="7" * 64,
    started_at="2026-01-01T00:00:00Z", scorer_versions={}, probe_versions={}, environment={}, planned=0,
    plan_digest="8" * 64,
)  # fmt: skip


def record(
    core: ModuleType, metric: str, replies: dict[str, Any], routes: tuple[str, ...] = ("",), **run: Any
) -> Record:
    """A record of one suite whose cases were answered as told: refused or not, with a latency, or not at all."""
    suite = core.suite([core.rule(metric)], routes=routes)
    gate = core.gate(suite)
    asks = core.asks_of(suite, [core.case(name) for name in replies])
    seen = {}
    for ask in asks:
        how = replies[ask.case.id]
        how = how[ask.route] if isinstance(how, dict) else how
        if how is not None:
            seen[ask.key] = core.lost(ask) if how == "lost" else core.answered(ask, how[1], refused=how[0])
    scores = core.score_all(gate, asks, seen, core.scorer_of)
    return Record(replace(RUN, **run), gate, core.judged(gate, asks, list(seen.values())), asks, (), scores)


def difference(core: ModuleType, metric: str, first: dict[str, Any], second: dict[str, Any]) -> Difference:
    """The one difference between two records."""
    one, two = (Side(record(core, metric, replies), None) for replies in (first, second))
    (found,) = compare(one, two, core.scorer_of)
    return found


GOOD, BAD = (False, 10.0), (True, 10.0)


def test_a_difference_is_second_minus_first_and_names_who_lost_and_won(core: ModuleType) -> None:
    found = difference(
        core, "answered", {"a": GOOD, "b": BAD, "c": GOOD, "d": GOOD}, {"a": BAD, "b": GOOD, "c": BAD, "d": GOOD}
    )

    assert (found.value, found.n) == (-0.25, 4)
    assert (found.worse, found.better) == (("a", "c"), ("b",))
    assert found.interval is not None
    assert found.interval.low is not None
    assert found.interval.low <= -0.25


def test_a_longer_latency_is_a_loss_and_has_no_bound(core: ModuleType) -> None:
    found = difference(
        core, "latency_ms", {"a": (False, 10.0), "b": (False, 10.0)}, {"a": (False, 30.0), "b": (False, 5.0)}
    )

    assert (found.value, found.worse, found.better, found.interval) == (7.5, ("a",), ("b",), None)
    assert found.reason


def test_cases_without_a_value_on_one_side_leave_the_pairs_and_the_count(core: ModuleType) -> None:
    found = difference(core, "answered", {"a": GOOD, "b": None}, {"a": GOOD, "b": GOOD})

    assert (found.n, found.value) == (1, 0.0)


def test_a_failed_ask_is_a_loss(core: ModuleType) -> None:
    assert difference(core, "answered", {"a": GOOD}, {"a": "lost"}).worse == ("a",)


def test_no_case_on_both_sides_is_no_difference(core: ModuleType) -> None:
    found = difference(core, "answered", {"a": GOOD}, {"b": GOOD})

    assert (found.value, found.n, found.interval) == (None, 0, None)
    assert found.reason


def test_two_routes_of_one_run_are_compared(core: ModuleType) -> None:
    both = record(
        core, "answered", {"a": {"fast": BAD, "slow": GOOD}, "b": {"fast": GOOD, "slow": GOOD}}, ("fast", "slow")
    )

    (found,) = compare(Side(both, "fast"), Side(both, "slow"), core.scorer_of)

    assert (found.value, found.better) == (0.5, ("a",))


def test_routes_that_are_not_there_have_nothing_in_common(core: ModuleType) -> None:
    one = record(core, "answered", {"a": GOOD})

    with pytest.raises(InvalidInput, match="no suite, route and metric in common"):
        compare(Side(one, "fast"), Side(one, "slow"), core.scorer_of)


def test_two_golden_sets_are_not_compared(core: ModuleType) -> None:
    one = record(core, "answered", {"a": GOOD})
    other = record(core, "answered", {"a": GOOD}, golden_set_digest="e" * 64)

    with pytest.raises(InvalidInput, match="different golden sets"):
        compare(Side(one, None), Side(other, None), core.scorer_of)


def test_the_same_pair_has_the_same_bounds_each_time(core: ModuleType) -> None:
    first = {f"c{number}": GOOD for number in range(8)}
    second = {f"c{number}": GOOD if number % 3 else BAD for number in range(8)}

    assert difference(core, "answered", first, second) == difference(core, "answered", first, second)
