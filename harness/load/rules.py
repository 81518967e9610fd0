"""Rules of suite files: what each may say, and why one cannot mean what it says."""

from typing import Protocol

from pydantic import Field

from harness.domain.checks import Bound, Severity
from harness.domain.scores import Aggregate
from harness.domain.suites import JUDGED
from harness.load.strict import Declared

NAME = r"^[a-z0-9][a-z0-9._-]{0,62}$"


class MetricFacts(Protocol):
    """What a rule must know of a metric to be checked: its range and its good end."""

    @property
    def lowest(self) -> float:
        """The least value there is."""

    @property
    def highest(self) -> float | None:
        """The greatest value there is, or None."""

    @property
    def higher_is_better(self) -> bool:
        """Which end is good."""


class RuleFile(Declared):
    """One rule of a suite file."""

    id: str = Field(pattern=NAME)
    metric: str
    aggregate: Aggregate = "mean"
    bound: Bound
    threshold: float | None = None
    confidence: float = Field(default=0.95, ge=0.8, lt=1)
    quantile: float | None = Field(default=None, gt=0, lt=1)
    cap: float | None = None
    max_rate: float | None = Field(default=None, gt=0, lt=1)
    min_n: int = Field(default=1, ge=1)
    by_cluster: bool = False
    slice_tag: str | None = None
    routes: list[str] = []
    severity: Severity = "blocker"
    why: str = Field(min_length=12)


def complaint_about(rule: RuleFile, facts: MetricFacts) -> str:
    """Why the rule cannot mean what it says, or the empty string."""
    if rule.metric.startswith(JUDGED) and rule.severity != "advisory":
        return (
            f"{rule.metric} is the word of an LLM judge without a certificate of its agreement with people; it may "
            "inform and not decide: write `severity: advisory`"
        )
    if rule.bound == "zero_tolerance":
        return _zero_tolerance_complaint(rule, facts)
    if rule.threshold is None:
        return f"a {rule.bound} needs a `threshold`"
    if rule.max_rate is not None:
        return "`max_rate` belongs to zero_tolerance alone"
    if rule.aggregate == "count":
        return "`aggregate: count` belongs to zero_tolerance alone"
    return _aggregate_complaint(rule, facts) or _range_complaint(rule, facts)


def _zero_tolerance_complaint(rule: RuleFile, facts: MetricFacts) -> str:
    if rule.aggregate != "count":
        return "zero_tolerance counts; write `aggregate: count`"
    if rule.threshold is not None:
        return "zero_tolerance has no threshold: any hit fails"
    if rule.max_rate is None:
        return "zero_tolerance needs `max_rate`, the highest rate that a clean run may leave possible"
    if facts.highest is None and not facts.higher_is_better:
        return f"{rule.metric} has no worst value that could be a hit; use `quantile` or `share_over`"
    return ""


def _aggregate_complaint(rule: RuleFile, facts: MetricFacts) -> str:
    if (rule.aggregate == "quantile") != (rule.quantile is not None):
        return "`quantile` and `aggregate: quantile` go together"
    if (rule.aggregate == "share_over") != (rule.cap is not None):
        return "`cap` and `aggregate: share_over` go together"
    if rule.aggregate == "share_over" and facts.higher_is_better:
        return f"for {rule.metric} higher is better, so a share over a cap would punish what is good"
    if rule.by_cluster and rule.aggregate in {"quantile", "share_over"}:
        return f"`by_cluster` has no bound for `aggregate: {rule.aggregate}`; take it out"
    if rule.aggregate == "mean" and facts.highest is None:
        return f"the mean of {rule.metric} has no bound that needs no assumption; use `quantile` or `share_over`"
    return ""


def _range_complaint(rule: RuleFile, facts: MetricFacts) -> str:
    threshold = rule.threshold if rule.threshold is not None else 0.0
    if rule.aggregate == "share_over":
        return (
            ""
            if rule.bound == "ceiling" and 0 < threshold < 1
            else "a share over a cap needs a ceiling between 0 and 1"
        )
    if (rule.bound == "floor") != facts.higher_is_better:
        good = "higher" if facts.higher_is_better else "lower"
        return f"for {rule.metric} {good} is better; a {rule.bound} points the wrong way"
    highest = facts.highest if facts.highest is not None else float("inf")
    if not facts.lowest < threshold < highest and not (rule.bound == "ceiling" and threshold == highest):
        return f"the threshold {threshold} is outside the open range {facts.lowest} to {highest} of {rule.metric}"
    return ""
