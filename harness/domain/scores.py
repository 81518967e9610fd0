"""Scores, and what they add up to. A value that is not there is None with a reason, never NaN, never 0 or 1."""

from dataclasses import dataclass
from typing import Literal

Aggregate = Literal["mean", "quantile", "share_over", "count"]


@dataclass(frozen=True, slots=True)
class Score:
    """One scorer's judgement of one observation."""

    suite: str
    route: str
    case_id: str
    attempt: int
    metric: str
    value: float | None
    reason: str
    """Why this value, in words that a person can check; never foreign text."""
    errored: bool
    """True where the ask failed: the value is then the worst that the metric knows."""
    scorer_version: str


@dataclass(frozen=True, slots=True)
class Interval:
    """Two one-sided bounds, each at `confidence`. None where the data cannot give that bound."""

    low: float | None
    high: float | None
    confidence: float
    method: str


@dataclass(frozen=True, slots=True)
class Metric:
    """A score aggregated over a suite and a route, or over a slice of them."""

    suite: str
    route: str
    name: str
    """The metric, such as `ndcg@10`."""
    aggregate: str
    """How it was aggregated, such as `mean`, `quantile(0.95)`, `share_over(0.01)`, `count`."""
    slice: str
    """`all`, or `tag=number`, `tenant=aldermoor`."""
    value: float | None
    n: int
    """Units that have a value: cases, after averaging attempts."""
    errored: int
    """Units whose ask failed: in `n` with the worst value where the metric has one, else among the missing."""
    missing: int
    """Applicable units without a value; `n + missing` is what was planned."""
    hits: int
    """Units at the metric's worst value without an error; what zero tolerance counts."""
    clusters: int
    """Independent groups among the units."""
    interval: Interval | None
    reason: str = ""
    """Why there is no value or no interval."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A metric's paired difference between two runs on the cases that both have: second minus first."""

    suite: str
    route: str
    name: str
    value: float | None
    n: int
    interval: Interval | None
    worse: tuple[str, ...]
    """Ids of the cases that lost, worst first."""
    better: tuple[str, ...]
    reason: str = ""
    missing: int = 0
    """Cases of either side that have no value on one of them; with any, there are no bounds."""
