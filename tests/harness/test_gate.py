"""The decision: every row of the table in `harness.gate`, at its edges."""

from types import ModuleType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.domain.checks import EXIT_CODES, Check, Fault, Ledger, Rule
from harness.domain.scores import Interval, Metric
from harness.errors import EvidenceError
from harness.gate import decide

BETTER_FIRST = ("PASSED", "INCONCLUSIVE", "FAILED", "INVALID")


def bounds(low: float | None, high: float | None) -> Interval:
    """An interval at the usual confidence."""
    return Interval(low, high, 0.95, "gaffke")


def check_of(core: ModuleType, rule: Rule, metric: Metric | None) -> Check:
    """The one check of a gate with one rule."""
    metrics = [] if metric is None else [metric]
    verdict = decide(core.gate(core.suite([rule])), metrics, [], [], "r", "now")
    (check,) = verdict.checks
    return check


FLOOR: dict[str, Any] = {"threshold": 0.6}
CEILING: dict[str, Any] = {
    "metric": "latency_ms",
    "bound": "ceiling",
    "aggregate": "quantile",
    "quantile": 0.95,
    "threshold": 250.0,
}
OVER: dict[str, Any] = {
    "metric": "latency_ms",
    "bound": "ceiling",
    "aggregate": "share_over",
    "cap": 100.0,
    "threshold": 0.1,
}


@pytest.mark.parametrize(
    ("changes", "status", "reason"),
    [
        pytest.param({"interval": bounds(0.61, 0.9)}, "PASSED", "SHOWN", id="low bound above"),
        pytest.param({"interval": bounds(0.6, 0.9)}, "PASSED", "SHOWN", id="low bound at the threshold"),
        pytest.param({"interval": bounds(0.59, 0.9)}, "INCONCLUSIVE", "NOT_SHOWN", id="interval spans it"),
        pytest.param({"interval": bounds(0.1, 0.6)}, "INCONCLUSIVE", "NOT_SHOWN", id="high bound at the threshold"),
        pytest.param({"interval": bounds(0.1, 0.59)}, "FAILED", "BELOW_FLOOR", id="high bound below"),
        pytest.param(
            {"interval": bounds(0.1, 0.59), "missing": 3}, "FAILED", "BELOW_FLOOR", id="below although some are missing"
        ),
        pytest.param({"missing": 1}, "INCONCLUSIVE", "MISSING_VALUES", id="one case without a value"),
        pytest.param(
            {"missing": 2, "errored": 1}, "INCONCLUSIVE", "ERRORED_PROBES", id="one of the missing failed to answer"
        ),
        pytest.param(
            {"missing": 2, "reason": "void: no control"}, "INCONCLUSIVE", "VOID_PROBES", id="a void case is missing"
        ),
        pytest.param({"errored": 4}, "PASSED", "SHOWN", id="failures that count as worst are in the bound already"),
        pytest.param({"interval": None}, "INCONCLUSIVE", "TOO_FEW_CASES", id="no interval"),
        pytest.param({"interval": bounds(None, 0.9)}, "INCONCLUSIVE", "TOO_FEW_CASES", id="no low bound"),
        pytest.param({"n": 0, "missing": 0}, "INCONCLUSIVE", "NO_EVIDENCE", id="nothing planned"),
        pytest.param(
            {"n": 0, "missing": 5, "value": None, "interval": None}, "INCONCLUSIVE", "MISSING_VALUES", id="none valued"
        ),
        pytest.param({"value": None}, "INCONCLUSIVE", "MISSING_VALUES", id="no value beside a good bound"),
        pytest.param({"value": float("nan")}, "INCONCLUSIVE", "MISSING_VALUES", id="NaN beside a good bound"),
        pytest.param(
            {"interval": bounds(float("nan"), float("nan"))}, "INCONCLUSIVE", "TOO_FEW_CASES", id="bounds are NaN"
        ),
        pytest.param(
            {"interval": bounds(float("inf"), float("inf"))}, "INCONCLUSIVE", "TOO_FEW_CASES", id="bounds are infinite"
        ),
    ],
)
def test_a_floor_is_decided_by_the_bounds(core: ModuleType, changes: Any, status: str, reason: str) -> None:
    metric = core.metric(**{"interval": bounds(0.7, 0.9), **changes})

    check = check_of(core, core.rule(**FLOOR), metric)

    assert (check.status, check.reason) == (status, reason)


@pytest.mark.parametrize(
    ("changes", "status", "reason"),
    [
        pytest.param({"interval": bounds(100, 249)}, "PASSED", "SHOWN", id="high bound below"),
        pytest.param({"interval": bounds(100, 250)}, "PASSED", "SHOWN", id="high bound at the threshold"),
        pytest.param({"interval": bounds(250, 300)}, "INCONCLUSIVE", "NOT_SHOWN", id="low bound at the threshold"),
        pytest.param({"interval": bounds(251, 300)}, "FAILED", "ABOVE_CEILING", id="low bound above"),
        pytest.param({"interval": bounds(251, None)}, "FAILED", "ABOVE_CEILING", id="low bound above, no high bound"),
        pytest.param({"interval": bounds(100, None)}, "INCONCLUSIVE", "TOO_FEW_CASES", id="no high bound"),
        pytest.param(
            {"interval": bounds(100, None), "value": None, "errored": 4},
            "INCONCLUSIVE",
            "ERRORED_PROBES",
            id="the quantile itself fell on failed asks",
        ),
        pytest.param({"interval": bounds(100, 200), "missing": 1}, "INCONCLUSIVE", "MISSING_VALUES", id="one missing"),
    ],
)
def test_a_quantile_under_a_ceiling_is_decided_by_the_bounds(
    core: ModuleType, changes: Any, status: str, reason: str
) -> None:
    metric = core.metric(name="latency_ms", aggregate="quantile(0.95)", **{"value": 150.0, **changes})

    check = check_of(core, core.rule(**CEILING), metric)

    assert (check.status, check.reason) == (status, reason)


@pytest.mark.parametrize(
    ("low", "high", "status"),
    [
        pytest.param(0.0, 0.1, "PASSED", id="at the ceiling"),
        pytest.param(0.0, 0.11, "INCONCLUSIVE", id="spans it"),
        pytest.param(0.2, 0.4, "FAILED", id="wholly above"),
    ],
)
def test_a_share_over_a_cap_is_decided_by_the_bounds(core: ModuleType, low: float, high: float, status: str) -> None:
    metric = core.metric(name="latency_ms", aggregate="share_over(100)", value=0.05, interval=bounds(low, high))

    check = check_of(core, core.rule(**OVER), metric)

    assert check.status == status


@pytest.mark.parametrize(
    ("changes", "status", "reason"),
    [
        pytest.param({}, "PASSED", "NO_HITS", id="clean and large enough"),
        pytest.param({"interval": bounds(0, 0.6)}, "PASSED", "NO_HITS", id="the bound at the highest rate"),
        pytest.param({"hits": 1}, "FAILED", "ZERO_TOLERANCE_HIT", id="one hit"),
        pytest.param(
            {"hits": 1, "missing": 5, "errored": 5}, "FAILED", "ZERO_TOLERANCE_HIT", id="a hit among failures"
        ),
        pytest.param({"hits": 1, "n": 0, "missing": 9}, "FAILED", "ZERO_TOLERANCE_HIT", id="a hit in a missing case"),
        pytest.param({"errored": 1}, "INCONCLUSIVE", "ERRORED_PROBES", id="a failed ask is no clean reply"),
        pytest.param({"errored": 10}, "INCONCLUSIVE", "ERRORED_PROBES", id="every ask failed"),
        pytest.param({"missing": 1}, "INCONCLUSIVE", "MISSING_VALUES", id="a case without a value"),
        pytest.param({"missing": 1, "reason": "void: control"}, "INCONCLUSIVE", "VOID_PROBES", id="a void case"),
        pytest.param({"interval": bounds(0, 0.61)}, "INCONCLUSIVE", "TOO_FEW_CASES", id="too much left possible"),
        pytest.param({"interval": None}, "INCONCLUSIVE", "TOO_FEW_CASES", id="no interval"),
        pytest.param({"interval": bounds(0, float("nan"))}, "INCONCLUSIVE", "TOO_FEW_CASES", id="a bound that is NaN"),
        pytest.param({"value": None}, "INCONCLUSIVE", "MISSING_VALUES", id="no value beside a good bound"),
        pytest.param({"n": 0}, "INCONCLUSIVE", "NO_EVIDENCE", id="nothing planned"),
    ],
)
def test_zero_tolerance_passes_only_whole_and_clean_evidence(
    core: ModuleType, changes: Any, status: str, reason: str
) -> None:
    clean = {"name": "leak", "aggregate": "count", "value": 0.0, "interval": bounds(0.0, 0.3)}

    check = check_of(core, core.zero_tolerance("leak"), core.metric(**{**clean, **changes}))

    assert (check.status, check.reason) == (status, reason)


def test_zero_tolerance_without_a_highest_rate_never_passes(core: ModuleType) -> None:
    metric = core.metric(name="leak", aggregate="count", value=0.0, interval=bounds(0.0, 0.3))

    check = check_of(core, core.zero_tolerance("leak", max_rate=None), metric)

    assert check.reason == "TOO_FEW_CASES"


@pytest.mark.parametrize("bound", ["mean", "count"])
def test_fewer_cases_than_the_rule_asks_for_never_pass(core: ModuleType, bound: str) -> None:
    rule = core.rule(min_n=11) if bound == "mean" else core.zero_tolerance("answered", min_n=11)
    metric = core.metric(aggregate=bound, interval=bounds(0.9, 1.0) if bound == "mean" else bounds(0.0, 0.1))

    check = check_of(core, rule, metric)

    assert check.reason == "TOO_FEW_CASES"


def test_a_metric_that_nobody_measured_is_no_evidence(core: ModuleType) -> None:
    check = check_of(core, core.rule("mrr"), core.metric(name="map"))

    assert (check.status, check.reason, check.metric) == ("INCONCLUSIVE", "NO_EVIDENCE", None)


@pytest.mark.parametrize(
    "other",
    [
        pytest.param({"suite": "other"}, id="suite"),
        pytest.param({"route": "other"}, id="route"),
        pytest.param({"slice": "tag=easy"}, id="slice"),
        pytest.param({"aggregate": "mean at 0.6"}, id="confidence"),
        pytest.param({"aggregate": "mean by cluster"}, id="clusters"),
    ],
)
def test_a_metric_of_another_place_does_not_stand_in(core: ModuleType, other: Any) -> None:
    check = check_of(core, core.rule(), core.metric(**other))

    assert check.reason == "NO_EVIDENCE"


def outcome_of(core: ModuleType, *metrics: tuple[Metric, str], **given: Any) -> str:
    """The outcome of a gate with one floor at 0.6 for each metric, of the given severity."""
    names = [f"m{number}" for number in range(len(metrics))]
    rules = [
        core.rule(name, id=name, threshold=0.6, severity=severity)
        for name, (_, severity) in zip(names, metrics, strict=True)
    ]
    placed = [
        core.metric(name=name, interval=metric.interval) for name, (metric, _) in zip(names, metrics, strict=True)
    ]
    faults, ledgers = given.get("faults", []), given.get("ledgers", [])
    return decide(core.gate(core.suite(rules)), placed, ledgers, faults, "r", "now").outcome


def test_the_worst_of_the_blocking_checks_is_the_verdict(core: ModuleType) -> None:
    good, open_, bad = (core.metric(interval=bounds(*ends)) for ends in ((0.7, 1.0), (0.5, 1.0), (0.1, 0.2)))

    assert outcome_of(core, (good, "blocker")) == "PASSED"
    assert outcome_of(core, (good, "blocker"), (open_, "blocker")) == "INCONCLUSIVE"
    assert outcome_of(core, (open_, "blocker"), (bad, "blocker")) == "FAILED"


def test_an_advisory_check_never_blocks_and_is_still_told(core: ModuleType) -> None:
    good, bad = core.metric(interval=bounds(0.7, 1.0)), core.metric(interval=bounds(0.1, 0.2))

    assert outcome_of(core, (good, "blocker"), (bad, "advisory")) == "PASSED"


def test_an_advisory_hit_does_not_block(core: ModuleType) -> None:
    rules = [core.rule(), core.zero_tolerance("leak", severity="advisory")]
    hit = core.metric(name="leak", aggregate="count", hits=3)

    verdict = decide(core.gate(core.suite(rules)), [core.metric(), hit], [], [], "r", "now")

    assert verdict.outcome == "PASSED"
    assert [check.status for check in verdict.checks] == ["PASSED", "FAILED"]


def test_a_gate_with_nothing_that_blocks_decides_nothing(core: ModuleType) -> None:
    with pytest.raises(EvidenceError, match="decides nothing"):
        outcome_of(core, (core.metric(), "advisory"))


def test_a_fault_of_the_evidence_is_invalid_whatever_the_checks_say(core: ModuleType) -> None:
    good, bad = core.metric(interval=bounds(0.7, 1.0)), core.metric(interval=bounds(0.1, 0.2))
    faults = [Fault("RELEASE_CHANGED", "another release")]

    assert outcome_of(core, (good, "blocker"), faults=faults) == "INVALID"
    assert outcome_of(core, (bad, "blocker"), faults=faults) == "INVALID"


def test_an_ask_that_was_never_made_is_invalid(core: ModuleType) -> None:
    ledger = Ledger("suite", "", planned=10, answered=9, errored=0, unasked=1)

    assert outcome_of(core, (core.metric(), "blocker"), ledgers=[ledger]) == "INVALID"


def test_a_hit_fails_whatever_else_happened(core: ModuleType) -> None:
    hit = core.metric(name="leak", aggregate="count", hits=1)
    ledger = Ledger("suite", "", planned=10, answered=1, errored=0, unasked=9)

    verdict = decide(
        core.gate(core.suite([core.zero_tolerance("leak")])),
        [hit],
        [ledger],
        [Fault("UNPLANNED_EVIDENCE", "a stranger")],
        "r",
        "now",
    )

    assert (verdict.outcome, verdict.exit_code) == ("FAILED", 1)


def test_every_route_has_its_own_check_and_a_rule_can_name_its_routes(core: ModuleType) -> None:
    rules = [core.rule(), core.rule("mrr", id="ranked", routes=("slow",))]

    verdict = decide(core.gate(core.suite(rules, routes=("fast", "slow"))), [], [], [], "r", "now")

    assert [check.id for check in verdict.checks] == ["suite.rule[fast]", "suite.rule[slow]", "suite.ranked[slow]"]


def test_only_a_passed_verdict_has_the_exit_code_zero() -> None:
    assert [outcome for outcome, code in EXIT_CODES.items() if code == 0] == ["PASSED"]
    assert set(EXIT_CODES.values()).isdisjoint({2, 5})


anything = st.one_of(st.none(), st.floats(), st.sampled_from([0.0, 0.5, 0.6, 1.0]))
any_metric = st.fixed_dictionaries(
    {
        "value": anything,
        "n": st.integers(0, 50),
        "errored": st.integers(0, 50),
        "missing": st.integers(0, 50),
        "hits": st.integers(0, 3),
        "interval": st.one_of(st.none(), st.builds(bounds, anything, anything)),
        "reason": st.sampled_from(["", "void: no control", "no reply"]),
    }
)


@settings(max_examples=300)
@given(fields=any_metric, kind=st.sampled_from(["floor", "ceiling", "over", "zero"]))
def test_a_metric_passes_only_with_a_finite_value_a_finite_bound_and_every_case(
    core: ModuleType, fields: dict[str, Any], kind: str
) -> None:
    rule, aggregate = {
        "floor": (core.rule(**FLOOR), "mean"),
        "ceiling": (core.rule(**CEILING), "quantile(0.95)"),
        "over": (core.rule(**OVER), "share_over(100)"),
        "zero": (core.zero_tolerance("answered"), "count"),
    }[kind]

    check = check_of(core, rule, core.metric(name=rule.metric, aggregate=aggregate, **fields))

    if check.status == "PASSED":
        assert fields["missing"] == 0
        assert fields["n"] > 0
        assert fields["value"] is not None
        assert abs(fields["value"]) < float("inf")
        assert fields["interval"] is not None
        assert kind != "zero" or (fields["hits"] == 0 and fields["errored"] == 0)


@settings(max_examples=200)
@given(fields=any_metric, one=st.floats(0, 1), two=st.floats(0, 1))
def test_a_stricter_threshold_never_improves_a_check(
    core: ModuleType, fields: dict[str, Any], one: float, two: float
) -> None:
    lax, strict = sorted([one, two])

    floors = [check_of(core, core.rule(threshold=at), core.metric(**fields)).status for at in (lax, strict)]
    over = core.metric(name="latency_ms", aggregate="share_over(100)", **fields)
    ceilings = [check_of(core, core.rule(**{**OVER, "threshold": at}), over).status for at in (strict, lax)]

    assert BETTER_FIRST.index(floors[0]) <= BETTER_FIRST.index(floors[1])
    assert BETTER_FIRST.index(ceilings[0]) <= BETTER_FIRST.index(ceilings[1])
