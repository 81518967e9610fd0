"""Scores -> units: one case over one route, its attempts averaged before anything else is counted."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from harness.domain.cases import Case
from harness.domain.scores import Score


@dataclass(frozen=True, slots=True)
class Unit:
    """One case over one route."""

    case: Case
    value: float | None
    """The mean of the attempts; None where an attempt has no value."""
    errored: bool
    """Whether an attempt failed."""
    hit: bool
    """Whether an attempt has the metric's worst value without having failed."""
    reason: str


def units_of(scores: Sequence[Score], cases: Mapping[str, Case], worst: float | None) -> tuple[Unit, ...]:
    """The units of one metric over one route, in order of case id."""
    by_case: dict[str, list[Score]] = defaultdict(list)
    for score in scores:
        by_case[score.case_id].append(score)
    return tuple(_unit(cases[case_id], by_case[case_id], worst) for case_id in sorted(by_case))


def _unit(case: Case, attempts: Sequence[Score], worst: float | None) -> Unit:
    values = [score.value for score in attempts if score.value is not None]
    complete = len(values) == len(attempts)
    return Unit(
        case=case,
        value=sum(values) / len(values) if complete else None,
        errored=any(score.errored for score in attempts),
        hit=any(score.value is not None and score.value == worst and not score.errored for score in attempts),
        reason=next((score.reason for score in attempts if score.value is None), ""),
    )
