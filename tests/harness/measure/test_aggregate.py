"""Scores -> metrics: nothing leaves the denominator, attempts are averaged first, equal evidence has equal bytes."""

import random
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.domain.scores import Metric
from harness.measure.aggregate import metric_of_rule

HOW = ("good", "refused", "errored", "denied", "unreadable", "absent")


def observed(core: ModuleType, ask: Any, how: str) -> Any:
    """One ask, gone as told; None where it was not made."""
    if how == "absent":
        return None
    if how == "errored":
        return core.lost(ask)
    if how in {"denied", "unreadable"}:
        return core.replied(ask, 403) if how == "denied" else core.replied(ask, 200, "{")
    return core.answered(ask, refused=how == "refused")


def measured(core: ModuleType, rules: list[Any], cases: list[Any], hows: list[str], repeats: int = 1) -> list[Metric]:
    """The metrics of one suite over cases; `hows` are cycled over its asks."""
    suite = core.suite(rules, repeats=repeats)
    gate, asks = core.gate(suite), core.asks_of(suite, cases)
    seen = [observed(core, ask, hows[at % len(hows)]) for at, ask in enumerate(asks)]
    return list(core.judged(gate, asks, [item for item in seen if item is not None]).metrics)


def of_rule(core: ModuleType, rule: Any, cases: list[Any], hows: list[str], repeats: int = 1) -> Metric:
    """The metric that the rule is about."""
    found = metric_of_rule(rule, "suite", "", measured(core, [rule], cases, hows, repeats))
    assert found is not None
    return found


METRICS: dict[str, dict[str, Any]] = {
    "mean": {"metric": "answered"},
    "by-cluster": {"metric": "answered", "by_cluster": True},
    "count": {
        "metric": "answered",
        "aggregate": "count",
        "bound": "zero_tolerance",
        "threshold": None,
        "max_rate": 0.5,
    },
    "quantile": {"metric": "latency_ms", "aggregate": "quantile", "quantile": 0.9, "bound": "ceiling"},
    "share": {"metric": "latency_ms", "aggregate": "share_over", "cap": 5.0, "bound": "ceiling"},
    "cost": {"metric": "cost_usd", "aggregate": "quantile", "quantile": 0.5, "bound": "ceiling"},
}


@settings(max_examples=150, deadline=None)
@given(
    kind=st.sampled_from(sorted(METRICS)),
    cases=st.integers(0, 9),
    others=st.integers(0, 3),
    hows=st.lists(st.sampled_from(HOW), min_size=1, max_size=20),
    repeats=st.integers(1, 3),
)
def test_values_and_missing_ones_add_up_to_the_applicable_cases(
    core: ModuleType, kind: str, cases: int, others: int, hows: list[str], repeats: int
) -> None:
    applicable = [core.case(f"a{number}", tags=("odd",) if number % 2 else ()) for number in range(cases)]
    beside = [core.case(f"b{number}", "bad_credential", credential="no-token") for number in range(others)]

    for metric in measured(core, [core.rule(**METRICS[kind])], applicable + beside, hows, repeats):
        expected = sum(1 for item in applicable if metric.slice != "tag=odd" or item.tags)
        assert metric.n + metric.missing == expected
        assert metric.errored <= expected
        assert (metric.value is None) or metric.n > 0


def test_a_case_that_flips_counts_once_with_the_mean_of_its_attempts(core: ModuleType) -> None:
    cases = [core.case("a"), core.case("b")]

    metric = of_rule(core, core.rule(), cases, ["good", "refused", "good", "good"], repeats=2)

    assert (metric.n, metric.value) == (2, 0.75)


def test_attempts_are_averaged_before_cases_are(core: ModuleType) -> None:
    cases = [core.case("a"), core.case("b")]

    metric = of_rule(core, core.rule(), cases, ["refused"] * 3 + ["good"], repeats=2)

    assert metric.value == 0.25


def test_one_attempt_without_a_value_leaves_the_case_without_one(core: ModuleType) -> None:
    metric = of_rule(core, core.rule(), [core.case("a"), core.case("b")], ["good", "absent", "good", "good"], repeats=2)

    assert (metric.n, metric.missing, metric.value) == (1, 1, 1.0)


def test_a_failed_ask_pulls_a_mean_down_and_stays_in_it(core: ModuleType) -> None:
    cases = [core.case(f"c{number}") for number in range(4)]

    metric = of_rule(core, core.rule(), cases, ["good", "good", "good", "errored"])

    assert (metric.n, metric.errored, metric.missing, metric.value) == (4, 1, 0, 0.75)


def test_a_failed_ask_is_no_hit_and_an_attempt_that_hits_is_one(core: ModuleType) -> None:
    cases = [core.case("a"), core.case("b"), core.case("c")]

    metric = of_rule(
        core, core.rule(**METRICS["count"]), cases, ["good", "refused", "errored", "good", "good", "good"], 2
    )

    assert (metric.hits, metric.errored, metric.value) == (1, 1, 1.0)


def test_a_leak_in_one_of_several_attempts_is_a_hit(core: ModuleType) -> None:
    suite = core.suite([core.zero_tolerance("leak")], repeats=3)
    asks = core.asks_of(suite, list(core.probe_pair("p")))
    marker = {"answer": core.CANARY.marker}
    seen = [core.answered(ask, **(marker if ask.case.kind == "twin" or ask.attempt == 2 else {})) for ask in asks]

    verdict = core.judged(core.gate(suite), asks, seen)

    assert (verdict.checks[0].reason, verdict.checks[0].metric.hits) == ("ZERO_TOLERANCE_HIT", 1)


def test_void_probes_are_missing_and_say_so(core: ModuleType) -> None:
    suite = core.suite([core.zero_tolerance("leak")])
    asks = core.asks_of(suite, [item for name in ("p", "q") for item in core.probe_pair(name)])

    verdict = core.judged(core.gate(suite), asks, [core.answered(ask) for ask in asks])

    (check,) = verdict.checks
    assert (check.status, check.reason, check.metric.missing) == ("INCONCLUSIVE", "VOID_PROBES", 2)


def test_a_failed_ask_exceeds_every_latency(core: ModuleType) -> None:
    cases = [core.case(f"c{number}") for number in range(10)]

    quantile = of_rule(core, core.rule(**METRICS["quantile"]), cases, ["good"] * 8 + ["errored"] * 2)
    share = of_rule(core, core.rule(**{**METRICS["share"], "cap": 50.0}), cases, ["good"] * 8 + ["errored"] * 2)

    assert (quantile.n, quantile.errored, quantile.value) == (10, 2, None)
    assert share.value == 0.2


def test_failed_asks_count_as_over_a_cap_even_where_their_value_is_the_lowest(core: ModuleType) -> None:
    rule = core.rule("answered", aggregate="share_over", cap=0.5, bound="ceiling", threshold=0.5)

    metric = of_rule(core, rule, [core.case(f"c{number}") for number in range(4)], ["errored"])

    assert metric.value == 1.0


def test_when_every_ask_fails_a_mean_is_the_worst_and_a_quantile_is_none(core: ModuleType) -> None:
    cases = [core.case(f"c{number}") for number in range(5)]

    assert of_rule(core, core.rule(), cases, ["errored"]).value == 0.0
    assert of_rule(core, core.rule(**METRICS["quantile"]), cases, ["errored"]).value is None


def test_a_price_that_a_target_does_not_tell_is_missing_and_not_zero(core: ModuleType) -> None:
    metric = of_rule(core, core.rule(**METRICS["cost"]), [core.case("a")], ["good"])

    assert (metric.value, metric.n, metric.missing) == (None, 0, 1)


def test_clusters_are_what_a_rate_by_cluster_counts(core: ModuleType) -> None:
    rule = core.zero_tolerance("answered", by_cluster=True)
    cases = [core.case(f"c{number}", cluster=f"cluster-{number % 3}") for number in range(12)]

    metric = of_rule(core, rule, cases, ["good"])

    assert metric.clusters == 3
    assert metric.interval is not None
    assert metric.interval.high == pytest.approx(1 - 0.05 ** (1 / 3))


def test_two_caps_that_look_alike_in_six_digits_stay_two_metrics(core: ModuleType) -> None:
    rules = [
        core.rule(**{**METRICS["share"], "cap": cap, "id": name})
        for name, cap in (("low", 1_000_000.25), ("high", 1_000_000.75))
    ]
    suite = core.suite(rules)
    asks = core.asks_of(suite, [core.case("a")])

    low, high = core.judged(core.gate(suite), asks, [core.answered(asks[0], latency_ms=1_000_000.5)]).checks

    assert (low.metric.value, high.metric.value) == (1.0, 0.0)


def test_slices_hold_only_their_own_cases(core: ModuleType) -> None:
    rule = core.rule(slice_tag="hard")
    cases = [core.case("a", tags=("hard",)), core.case("b"), core.case("c", tags=("hard", "long"))]

    metric = of_rule(core, rule, cases, ["refused", "good", "good"])

    assert (metric.slice, metric.n, metric.value) == ("tag=hard", 2, 0.5)


def test_a_slice_without_a_case_is_no_evidence(core: ModuleType) -> None:
    metric = of_rule(core, core.rule(slice_tag="nothing-has-this"), [core.case("a")], ["good"])

    assert (metric.n, metric.missing, metric.value, metric.interval) == (0, 0, None, None)


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10_000), hows=st.lists(st.sampled_from(HOW), min_size=3, max_size=12))
def test_the_order_of_observations_moves_nothing(core: ModuleType, seed: int, hows: list[str]) -> None:
    rules = [core.rule(**METRICS[kind], id=kind) for kind in ("mean", "count", "quantile")]
    suite = core.suite(rules, repeats=2)
    asks = core.asks_of(suite, [core.case(f"c{number}") for number in range(8)])
    seen = [observed(core, ask, hows[at % len(hows)]) for at, ask in enumerate(asks)]
    there = [item for item in seen if item is not None]
    shuffled = random.Random(seed).sample(there, len(there))

    assert core.judged(core.gate(suite), asks, there) == core.judged(core.gate(suite), asks, shuffled)


def test_the_bounds_follow_the_gate_and_not_the_day(core: ModuleType) -> None:
    suite = core.suite([core.rule("ndcg@10")])
    cases = [core.case(f"c{number}") for number in range(12)]
    asks = core.asks_of(suite, cases)
    second = [core.passage("north/x"), core.passage(rank=2)]
    ranks = [core.answered(ask, passages=second if at % 3 else [core.passage()]) for at, ask in enumerate(asks)]

    first, again = core.judged(core.gate(suite), asks, ranks), core.judged(core.gate(suite), asks, ranks)
    other = core.judged(core.gate(suite, digest="9" * 64), asks, ranks)

    assert first == again
    assert first.checks[0].metric.value == other.checks[0].metric.value
    assert first.checks[0].metric.interval != other.checks[0].metric.interval
