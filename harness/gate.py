"""The decision: a pure function of metrics, rules, ledgers, faults and the clock.

For each rule, the first that holds:

    nothing planned or nothing scored                        INCONCLUSIVE  NO_EVIDENCE
    zero tolerance: a hit                                    FAILED        ZERO_TOLERANCE_HIT
    the bound lies wholly on the wrong side                  FAILED        BELOW_FLOOR | ABOVE_CEILING
    a planned case has no value                              INCONCLUSIVE  ERRORED_PROBES | VOID_PROBES | MISSING_VALUES
    zero tolerance: an ask failed                            INCONCLUSIVE  ERRORED_PROBES
    the metric has no value                                  INCONCLUSIVE  ERRORED_PROBES | MISSING_VALUES
    the sample is too small for the bound                    INCONCLUSIVE  TOO_FEW_CASES
    the bound lies wholly on the right side                  PASSED        SHOWN | NO_HITS
    else                                                     INCONCLUSIVE  NOT_SHOWN

The verdict is the worst of the blocking checks. A fault of the evidence makes it INVALID, unless zero tolerance was
hit: a hit is FAILED whatever else happened.
"""

from collections.abc import Sequence
from math import isfinite

from harness.domain.checks import Check, Fault, Ledger, Outcome, Reason, Rule, Status, Verdict
from harness.domain.scores import Metric
from harness.domain.suites import Gate
from harness.errors import EvidenceError
from harness.measure.aggregate import metric_of_rule

_WORST_FIRST: tuple[Outcome, ...] = ("INVALID", "FAILED", "INCONCLUSIVE", "PASSED")


def decide(
    gate: Gate,
    metrics: Sequence[Metric],
    ledgers: Sequence[Ledger],
    faults: Sequence[Fault],
    release: str,
    decided_at: str,
) -> Verdict:
    """The verdict. Raises EvidenceError for a gate without a blocker, which the loader refuses already."""
    checks = tuple(
        _check(rule, suite.name, route, metric_of_rule(rule, suite.name, route, metrics))
        for suite in gate.suites
        for rule in suite.rules
        for route in suite.routes
        if not rule.routes or route in rule.routes
    )
    return Verdict(
        outcome=_outcome(checks, ledgers, faults),
        checks=checks,
        ledgers=tuple(ledgers),
        faults=tuple(faults),
        metrics=tuple(metrics),
        release=release,
        decided_at=decided_at,
    )


def _outcome(checks: Sequence[Check], ledgers: Sequence[Ledger], faults: Sequence[Fault]) -> Outcome:
    blocking = [check for check in checks if check.rule.severity == "blocker"]
    if not blocking:
        raise EvidenceError("a gate without a blocking check decides nothing")
    if any(check.reason == "ZERO_TOLERANCE_HIT" for check in blocking):
        return "FAILED"
    if faults or any(ledger.unasked for ledger in ledgers):
        return "INVALID"
    found = {check.status for check in blocking}
    return next(outcome for outcome in _WORST_FIRST if outcome in found)


def _check(rule: Rule, suite: str, route: str, metric: Metric | None) -> Check:
    status, reason, message = _judged(rule, metric)
    return Check(rule, suite, route, status, reason, message, metric)


def _judged(rule: Rule, metric: Metric | None) -> tuple[Status, Reason, str]:
    if metric is None or metric.n + metric.missing == 0:
        return "INCONCLUSIVE", "NO_EVIDENCE", f"{rule.metric}: no case of this kind was planned"
    if rule.bound == "zero_tolerance":
        return _zero_tolerance(rule, metric)
    return _bounded(rule, metric)


def _zero_tolerance(rule: Rule, metric: Metric) -> tuple[Status, Reason, str]:
    if metric.hits:
        return "FAILED", "ZERO_TOLERANCE_HIT", f"{metric.hits} of {metric.n + metric.missing} cases hit; none may"
    incomplete = _incomplete(metric, clean_replies=True)
    if incomplete:
        return incomplete
    high = _sound(metric.interval.high if metric.interval else None)
    if rule.max_rate is None or high is None or high > rule.max_rate or metric.n < rule.min_n:
        bound = "no bound" if high is None else f"a rate of {high:.4g} is still possible"
        allowed = "the rule names no rate" if rule.max_rate is None else f"at most {rule.max_rate:g} may be"
        return (
            "INCONCLUSIVE",
            "TOO_FEW_CASES",
            f"0 hits in {metric.n} cases ({metric.clusters} clusters): {bound}, {allowed}",
        )
    shown = f"0 hits in {metric.n} cases ({metric.clusters} clusters): the rate is at most {high:.4g}"
    return "PASSED", "NO_HITS", shown


def _bounded(rule: Rule, metric: Metric) -> tuple[Status, Reason, str]:
    threshold = rule.threshold if rule.threshold is not None else float("nan")
    floor = rule.bound == "floor"
    interval = metric.interval
    low, high = (_sound(interval.low), _sound(interval.high)) if interval else (None, None)
    near, far = (low, high) if floor else (high, low)
    demand = f"{'at least' if floor else 'at most'} {threshold:g} is asked"
    seen = f"{_figure(metric.value)} on {metric.n} cases"
    if far is not None and (far < threshold if floor else far > threshold):
        reason: Reason = "BELOW_FLOOR" if floor else "ABOVE_CEILING"
        side = "at most" if floor else "at least"
        return "FAILED", reason, f"{seen}: {side} {_figure(far)} is shown, {demand}"
    incomplete = _incomplete(metric, clean_replies=False)
    if incomplete:
        return incomplete
    if near is None or metric.n < rule.min_n:
        needed = f" (the rule asks for {rule.min_n} cases)" if metric.n < rule.min_n else ""
        return "INCONCLUSIVE", "TOO_FEW_CASES", f"{seen}: too few cases for the bound{needed}"
    if near >= threshold if floor else near <= threshold:
        side = "at least" if floor else "at most"
        return "PASSED", "SHOWN", f"{seen}: {side} {_figure(near)} is shown, {demand}"
    return "INCONCLUSIVE", "NOT_SHOWN", f"{seen}: between {_figure(low)} and {_figure(high)}, {demand}"


def _incomplete(metric: Metric, *, clean_replies: bool) -> tuple[Status, Reason, str] | None:
    """Why the check may not pass whatever its bound: a case without a value, or none where clean replies are counted.

    A failed ask has the metric's worst value and so is no hit; where nothing but hits is counted it would look clean.
    """
    planned = metric.n + metric.missing
    cause = f": {metric.reason}" if metric.reason else ""
    valued = _sound(metric.value) is not None
    if metric.errored and (metric.missing or clean_replies or not valued):
        return "INCONCLUSIVE", "ERRORED_PROBES", f"{metric.errored} of {planned} cases failed to answer{cause}"
    if metric.missing and metric.reason.startswith("void: "):
        return "INCONCLUSIVE", "VOID_PROBES", f"{metric.missing} of {planned} cases are void{cause}"
    if metric.missing:
        return "INCONCLUSIVE", "MISSING_VALUES", f"{metric.missing} of {planned} cases have no value{cause}"
    return None if valued else ("INCONCLUSIVE", "MISSING_VALUES", f"no value on {planned} cases{cause}")


def _sound(figure: float | None) -> float | None:
    """The figure, or None where it is not a finite number: every comparison with NaN is false, and so decides."""
    return figure if figure is not None and isfinite(figure) else None


def _figure(value: float | None) -> str:
    return "no value" if value is None else f"{value:.4f}" if abs(value) < 10 else f"{value:.1f}"
