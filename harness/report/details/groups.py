"""The verdict by suite and route."""

from collections.abc import Sequence
from dataclasses import dataclass

from harness.domain.checks import Check, Ledger
from harness.domain.runs import Record
from harness.domain.scores import Metric
from harness.report.words import WORST_FIRST


@dataclass(frozen=True, slots=True)
class Group:
    """One suite over one route: its account, its checks, its metrics."""

    suite: str
    route: str
    ledger: Ledger | None
    checks: tuple[Check, ...]
    """The ones that did not pass first."""
    metrics: tuple[Metric, ...]
    """Over all cases."""
    slices: tuple[Metric, ...]


def groups(record: Record) -> tuple[Group, ...]:
    """Every suite and route that the verdict speaks of, in the order of its ledgers."""
    verdict = record.verdict
    parts: Sequence[Ledger | Check | Metric] = (*verdict.ledgers, *verdict.checks, *verdict.metrics)
    places = dict.fromkeys((part.suite, part.route) for part in parts)
    ledgers = {(ledger.suite, ledger.route): ledger for ledger in verdict.ledgers}
    found: list[Group] = []
    for suite, route in places:
        checks = [check for check in verdict.checks if (check.suite, check.route) == (suite, route)]
        metrics = [metric for metric in verdict.metrics if (metric.suite, metric.route) == (suite, route)]
        found.append(
            Group(
                suite=suite,
                route=route,
                ledger=ledgers.get((suite, route)),
                checks=tuple(sorted(checks, key=lambda check: WORST_FIRST.index(check.status))),
                metrics=tuple(metric for metric in metrics if metric.slice == "all"),
                slices=tuple(metric for metric in metrics if metric.slice != "all"),
            )
        )
    return tuple(found)
