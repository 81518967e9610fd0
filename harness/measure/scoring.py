"""Observations -> scores: one score for each applicable pair of ask and scorer, whatever the target did."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from harness.domain.cases import Ask
from harness.domain.checks import Ledger
from harness.domain.observations import Observation
from harness.domain.scores import Score
from harness.domain.suites import Gate
from harness.scorers.probes import control_fired, withheld
from harness.scorers.scorer import Scorer

Key = tuple[str, str, str, int]
Scorers = Callable[[str], Scorer]
"""The scorer of a name."""


def score_all(
    gate: Gate, asks: Sequence[Ask], observations: Mapping[Key, Observation], scorer_of: Scorers
) -> tuple[Score, ...]:
    """Every score of the run, in order of suite, scorer and ask."""
    planned = {ask.key: ask for ask in asks}
    scores: list[Score] = []
    for suite in gate.suites:
        own = [ask for ask in asks if ask.suite == suite.name]
        for scorer in (scorer_of(name) for name in suite.scorers):
            scores.extend(_score(scorer, ask, observations, planned) for ask in own if scorer.applies(ask.case))
    return tuple(scores)


def ledgers(gate: Gate, asks: Sequence[Ask], observations: Mapping[Key, Observation]) -> tuple[Ledger, ...]:
    """The closed account of every suite and route: planned = answered + errored + unasked."""
    found: list[Ledger] = []
    for suite in gate.suites:
        for route in suite.routes:
            own = [ask for ask in asks if ask.suite == suite.name and ask.route == route]
            seen = [(ask, observations[ask.key]) for ask in own if ask.key in observations]
            answered = sum(1 for ask, item in seen if _as_it_should(ask, item))
            found.append(Ledger(suite.name, route, len(own), answered, len(seen) - answered, len(own) - len(seen)))
    return tuple(found)


def _as_it_should(ask: Ask, observation: Observation) -> bool:
    """Whether the target did its part: it answered, denied a bad token, or withheld a document asked for by its id."""
    failure = observation.failure
    if failure is None or withheld(ask.case, observation):
        return True
    return ask.case.kind == "bad_credential" and failure.kind == "denied"


def worst_of(scorer: Scorer) -> float | None:
    """The value at the bad end of the scorer's range; None where there is no end."""
    return scorer.lowest if scorer.higher_is_better else scorer.highest


def _score(scorer: Scorer, ask: Ask, observations: Mapping[Key, Observation], planned: Mapping[Key, Ask]) -> Score:
    """An errored ask scores worst. A denial counts only beside a positive control that fired; a hit counts always."""
    observation = observations.get(ask.key)
    blank = Score(*ask.key, metric=scorer.name, value=None, reason="", errored=False, scorer_version=scorer.version)
    if observation is None:
        return replace(blank, reason="not asked")
    if observation.failure is not None and not scorer.reads_failures:
        reason = f"{observation.failure.kind}: {observation.failure.message}"
        return replace(blank, value=worst_of(scorer), errored=True, reason=reason)
    judged = scorer.score(ask.case, observation)
    failed = observation.failure is not None and not withheld(ask.case, observation)
    errored = judged.value is None and failed
    void = _void_reason(ask, observations, planned)
    if void and not errored and judged.value != worst_of(scorer):
        return replace(blank, reason=void)
    return replace(blank, value=judged.value, reason=judged.reason, errored=errored)


def _void_reason(ask: Ask, observations: Mapping[Key, Observation], planned: Mapping[Key, Ask]) -> str:
    """Why the positive control of a denial shows nothing, or the empty string. A control may have one of its own."""
    if not ask.case.twin:
        return ""
    key = (ask.suite, ask.route, ask.case.twin, ask.attempt)
    if key not in planned or key not in observations:
        return f"void: the positive control {ask.case.twin} was not asked"
    if not control_fired(planned[key].case, observations[key]):
        return f"void: the positive control {ask.case.twin} did not fire"
    return _void_reason(planned[key], observations, planned)
