"""How a verdict, a check and a ledger are put into words. The same words stand on every surface."""

from harness.domain.checks import Check, Ledger, Outcome, Rule, Status, Verdict
from harness.domain.runs import Record
from harness.domain.scores import Interval, Metric

WORST_FIRST: tuple[Status, ...] = ("FAILED", "INVALID", "INCONCLUSIVE", "PASSED")
"""The order of checks on every surface."""

DIGEST_SHOWN = 12
"""Characters of a digest where it only has to be told from others; the provenance table holds all 64."""

_MEANING: dict[Outcome, str] = {
    "PASSED": "may be promoted",
    "FAILED": "must not be promoted",
    "INCONCLUSIVE": "must not be promoted: the evidence does not decide",
    "INVALID": "must not be promoted: the evidence is not fit to decide",
}


def meaning(record: Record) -> str:
    """What the verdict means, such as `release 3f2a... of target reference may be promoted`."""
    verdict = record.verdict
    return f"release {short(verdict.release)} of target {record.run.target} {_MEANING[verdict.outcome]}"


def short(digest: str) -> str:
    """The beginning of a digest."""
    return digest[:DIGEST_SHOWN] or "(not named)"


def worst_first(verdict: Verdict) -> list[Check]:
    """The checks, gravest first: by status, then blockers, then hits where none is tolerated, else as in the gate."""
    return sorted(
        verdict.checks,
        key=lambda check: (
            WORST_FIRST.index(check.status),
            check.rule.severity != "blocker",
            check.reason != "ZERO_TOLERANCE_HIT",
        ),
    )


def tally(verdict: Verdict) -> str:
    """How many checks have which status, such as `1 FAILED, 11 PASSED`."""
    counts = {status: sum(1 for check in verdict.checks if check.status == status) for status in WORST_FIRST}
    return ", ".join(f"{count} {status}" for status, count in counts.items() if count) or "no checks"


def place(suite: str, route: str) -> str:
    """Suite and route as a heading."""
    return f"{suite} over route {route}" if route else suite


def ledger_line(ledger: Ledger | None) -> str:
    """The closed account in one line."""
    if ledger is None:
        return "no ledger"
    return (
        f"{ledger.planned} planned = {ledger.answered} answered + {ledger.errored} errored + {ledger.unasked} unasked"
    )


def demand(rule: Rule) -> str:
    """What the rule asks for, such as `>= 0.8000` or `no hit, rate <= 0.0100`."""
    if rule.bound == "zero_tolerance":
        return "no hit" if rule.max_rate is None else f"no hit, rate <= {figure(rule.max_rate)}"
    sign = ">=" if rule.bound == "floor" else "<="
    limit = "(none)" if rule.threshold is None else figure(rule.threshold)
    over = f" over {figure(rule.cap)}" if rule.cap is not None else ""
    return f"{sign} {limit}{_unit(rule)}{over}{unit_of(rule.metric) if over else ''}"


def estimate(check: Check) -> str:
    """What was measured, with its bounds, such as `0.8712 [0.8401, 0.8970]` or `0 of 360, rate <= 0.0083`."""
    metric, rule = check.metric, check.rule
    if metric is None:
        return "not measured"
    if rule.bound == "zero_tolerance":
        return _hits(metric, rule)
    return f"{measured(metric, rule.threshold)}{_unit(rule)}"


def measured(metric: Metric, limit: float | None = None) -> str:
    """Value and bounds; bounds that the data cannot give are `none`."""
    if metric.value is None:
        return "no value" if metric.interval is None else f"no value {_bounds(metric.interval, limit)}"
    shown = figure(metric.value, limit)
    return shown if metric.interval is None else f"{shown} {_bounds(metric.interval, limit)}"


def quantity(metric: Metric) -> str:
    """Value, bounds and unit of a metric without a rule; a share and a count have no unit."""
    plain = metric.aggregate.startswith(("share_over", "count"))
    return measured(metric) + ("" if plain else unit_of(metric.name))


def sample(metric: Metric | None) -> str:
    """Units with a value, and of how many where some are missing."""
    if metric is None:
        return "0"
    return str(metric.n) if not metric.missing else f"{metric.n} of {metric.n + metric.missing}"


def _unit(rule: Rule) -> str:
    """The unit of the rule's aggregate, with a space before it; a share has none."""
    return "" if rule.aggregate in {"share_over", "count"} else unit_of(rule.metric)


def unit_of(metric: str) -> str:
    """The unit of a metric by its name, with a space before it, or the empty string."""
    if metric.startswith("latency_ms"):
        return " ms"
    return " USD" if metric == "cost_usd" else ""


def figure(value: float, limit: float | None = None) -> str:
    """At least four significant digits; every digit where it would else read as equal to a limit that it is not."""
    shown = _rounded(value)
    return repr(value) if limit is not None and value != limit and shown == _rounded(limit) else shown


def _rounded(value: float) -> str:
    size = abs(value)
    if size >= 1000:
        return f"{value:.0f}"
    return f"{value:.4f}" if 0.1 <= size < 10 or not size else f"{value:.4g}"


def _bounds(interval: Interval, limit: float | None) -> str:
    low, high = ("none" if bound is None else figure(bound, limit) for bound in (interval.low, interval.high))
    return f"[{low}, {high}]"


def _hits(metric: Metric, rule: Rule) -> str:
    high = metric.interval.high if metric.interval else None
    rate = "no bound" if high is None else f"rate <= {figure(high, rule.max_rate)}"
    return f"{metric.hits} of {metric.n + metric.missing}, {rate}"
