"""Two runs, or two routes of one, side by side: paired differences on the cases that both have."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from harness.domain.digest import digest_of
from harness.domain.runs import Record
from harness.domain.scores import Difference
from harness.errors import InvalidInput
from harness.scorers.scorer import Scorer
from harness.statistics.paired import paired_mean

CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True)
class Side:
    """One side of a comparison: a run, and within it a route; None takes each route beside its namesake."""

    record: Record
    route: str | None

    @property
    def label(self) -> str:
        """As a reader would name it."""
        return self.record.run.id + (f":{self.route}" if self.route is not None else "")


def compare(first: Side, second: Side, scorer_of: Callable[[str], Scorer]) -> tuple[Difference, ...]:
    """Second minus first for every metric that both sides have. Raises InvalidInput where they share no case."""
    if first.record.run.golden_set_digest != second.record.run.golden_set_digest:
        raise InvalidInput(
            f"the runs asked different golden sets ({first.record.run.golden_set}, {second.record.run.golden_set})",
            next_step="compare two runs of the same frozen version",
        )
    before, after = _values(first), _values(second)
    found = tuple(_difference(place, before[place], after[place], scorer_of) for place in sorted(before.keys() & after))
    if not found:
        raise InvalidInput(f"{first.label} and {second.label} have no suite, route and metric in common",
                           next_step="name routes, as in RUN:fast RUN:better")  # fmt: skip
    return found


_Place = tuple[str, str, str]


def _values(side: Side) -> dict[_Place, dict[str, list[float | None]]]:
    """Suite, route and metric -> case -> the values of its attempts. A chosen route is compared under no name."""
    found: dict[_Place, dict[str, list[float | None]]] = defaultdict(lambda: defaultdict(list))
    for score in side.record.scores:
        if side.route is None or score.route == side.route:
            route = score.route if side.route is None else ""
            found[score.suite, route, score.metric][score.case_id].append(score.value)
    return found


def _difference(
    place: _Place,
    before: dict[str, list[float | None]],
    after: dict[str, list[float | None]],
    scorer_of: Callable[[str], Scorer],
) -> Difference:
    suite, route, name = place
    scorer = scorer_of(name)
    paired = dict(_paired(before, after))
    missing = len(before.keys() | after.keys()) - len(paired)
    if not paired:
        return Difference(suite, route, name, None, 0, None, (), (), "no case has a value on both sides", missing)
    ordered = sorted(paired, key=lambda case: (paired[case], case))
    if not scorer.higher_is_better:
        ordered.reverse()
    lost = tuple(case for case in ordered if (paired[case] < 0) == scorer.higher_is_better and paired[case] != 0)
    won = tuple(
        case for case in reversed(ordered) if (paired[case] > 0) == scorer.higher_is_better and paired[case] != 0
    )
    differences = [paired[case] for case in sorted(paired)]
    seed = int(digest_of([*place, *sorted(paired)])[:12], 16)
    interval = (
        paired_mean(differences, scorer.lowest, scorer.highest, CONFIDENCE, seed)
        if scorer.highest is not None and not missing
        else None
    )
    reason = "" if interval else _why_unbounded(missing)
    mean = sum(differences) / len(differences)
    return Difference(suite, route, name, mean, len(paired), interval, lost, won, reason, missing)


def _why_unbounded(missing: int) -> str:
    if missing:
        return f"{missing} cases have no value on one side, and which they are is no accident"
    return "no bound without an assumption on how large a value can be"


def _paired(before: dict[str, list[float | None]], after: dict[str, list[float | None]]) -> Iterator[tuple[str, float]]:
    """The cases that have a value in every attempt on both sides, with the difference of their means."""
    for case in before.keys() & after.keys():
        one = [value for value in before[case] if value is not None]
        two = [value for value in after[case] if value is not None]
        if len(one) == len(before[case]) and len(two) == len(after[case]):
            yield case, sum(two) / len(two) - sum(one) / len(one)
