"""Durations by suite and route, the budgets that rules set on them, and the stages that the target timed."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from harness.domain.observations import Observation
from harness.domain.runs import Record
from harness.domain.scores import Score
from harness.report.details.keys import key_of, observations_by_key
from harness.statistics.quantiles import quantile

LATENCY = "latency_ms"
"""The metric of an ask's duration as the client saw it."""
STAGES = ("auth", "retrieve", "rerank", "generate", "total")
"""The stages of the contract that a target times by itself; others are not shown."""


@dataclass(frozen=True, slots=True)
class Budget:
    """A limit on latency: `limit_ms` at a quantile, or for all but a share of the asks."""

    limit_ms: float
    label: str
    level: float


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage as the target timed it, in milliseconds."""

    name: str
    median: float
    p95: float
    n: int


@dataclass(frozen=True, slots=True)
class Latencies:
    """Durations of one suite and route in milliseconds, shortest first; asks without an answer have none."""

    suite: str
    route: str
    values: tuple[float, ...]
    unanswered: int
    budgets: tuple[Budget, ...]
    stages: tuple[Stage, ...]


def latencies(record: Record) -> tuple[Latencies, ...]:
    """Of each suite and route that scores latency."""
    placed: dict[tuple[str, str], list[Score]] = defaultdict(list)
    for score in record.scores:
        if score.metric == LATENCY:
            placed[(score.suite, score.route)].append(score)
    seen = observations_by_key(record)
    return tuple(
        Latencies(
            suite=suite,
            route=route,
            values=tuple(sorted(score.value for score in scores if score.value is not None)),
            unanswered=sum(1 for score in scores if score.value is None),
            budgets=tuple(_budgets(record, suite, route)),
            stages=_stages([seen[key_of(score)] for score in scores if key_of(score) in seen]),
        )
        for (suite, route), scores in placed.items()
    )


def _budgets(record: Record, suite: str, route: str) -> Iterator[Budget]:
    """The limits that the rules of a suite set on latency."""
    for check in record.verdict.checks:
        rule = check.rule
        if (check.suite, check.route, rule.metric) != (suite, route, LATENCY) or rule.threshold is None:
            continue
        if rule.quantile is not None:
            yield Budget(rule.threshold, f"p{rule.quantile * 100:g}", rule.quantile)
        elif rule.cap is not None:
            yield Budget(rule.cap, f"all but {100 * rule.threshold:g} %", 1 - rule.threshold)


def _stages(observations: Sequence[Observation]) -> tuple[Stage, ...]:
    """Median and p95 of each stage that the target timed."""
    timings = [observation.answer.timings_ms for observation in observations if observation.answer]
    found: list[Stage] = []
    for name in STAGES:
        values = [timing[name] for timing in timings if name in timing]
        median, p95 = (quantile(values, 0, q) if values else None for q in (0.5, 0.95))
        if median is not None and p95 is not None:
            found.append(Stage(name, median, p95, len(values)))
    return tuple(found)
