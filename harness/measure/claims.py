"""Scores of probes -> claims: how high the rate of leaks can still be, for each channel and for all of them at once."""

from collections.abc import Mapping, Sequence

from harness.domain.cases import CONTROLS, Ask, Case
from harness.domain.checks import Rule
from harness.domain.claims import Claim
from harness.domain.scores import Score
from harness.domain.suites import Gate, Suite
from harness.measure.scoring import Scorers, worst_of
from harness.measure.units import Unit, units_of
from harness.statistics.intervals import hit_rate
from harness.statistics.sample_size import exposure

TRIES = 100
"""Of one who tries again and again, for the exposure."""


def claims(
    gate: Gate, asks: Sequence[Ask], scores: Sequence[Score], scorer_of: Scorers, versions: Mapping[str, str]
) -> tuple[Claim, ...]:
    """One claim for each zero-tolerance blocker over the evidence of a probe suite, by suite, rule and route.

    `versions` gives the version of each generator. A cluster counts as leaking where one of its probes leaked, failed
    or was void: what was not seen is assumed to be the worst, so that an outage never makes a claim stronger. Bounds
    are Clopper and Pearson's over clusters; jointly each channel is held at 1 - alpha / m (Bonferroni).
    """
    cases = {ask.case.id: ask.case for ask in asks}
    channels = [
        (suite, rule, route, units)
        for suite in gate.suites
        for rule in suite.rules
        for route in suite.routes
        if suite.probes is not None and _is_channel(rule, route)
        for units in [_units(suite, rule, route, scores, cases, scorer_of)]
        if any(unit.case.kind not in CONTROLS for unit in units)
    ]
    return tuple(
        _claim(suite, rule, route, units, len(channels), versions.get(suite.probes.family if suite.probes else "", "?"))
        for suite, rule, route, units in channels
    )


def _is_channel(rule: Rule, route: str) -> bool:
    return (
        rule.bound == "zero_tolerance"
        and rule.severity == "blocker"
        and rule.slice_tag is None
        and (not rule.routes or route in rule.routes)
    )


def _units(
    suite: Suite, rule: Rule, route: str, scores: Sequence[Score], cases: Mapping[str, Case], scorer_of: Scorers
) -> tuple[Unit, ...]:
    own = [item for item in scores if (item.suite, item.route, item.metric) == (suite.name, route, rule.metric)]
    return units_of(own, cases, worst_of(scorer_of(rule.metric)))


def _claim(suite: Suite, rule: Rule, route: str, units: Sequence[Unit], channels: int, version: str) -> Claim:
    clusters = {unit.case.cluster for unit in units}
    worst = {unit.case.cluster for unit in units if unit.hit or unit.errored or unit.value is None}
    joint = 1 - (1 - rule.confidence) / channels
    bound, joint_bound = (
        hit_rate(len(worst), len(clusters), confidence).high or 1.0 for confidence in (rule.confidence, joint)
    )
    family = suite.probes.family if suite.probes else ""
    return Claim(
        check=f"{suite.name}.{rule.id}" + (f"[{route}]" if route else ""),
        generator=f"{family} {version}",
        hits=sum(1 for unit in units if unit.hit),
        probes=len(units),
        clusters=len(clusters),
        effective=len(clusters),
        errored=sum(1 for unit in units if unit.errored),
        void=sum(1 for unit in units if unit.value is None and not unit.errored),
        confidence=rule.confidence,
        bound=bound,
        joint_bound=joint_bound,
        tries=TRIES,
        exposure=exposure(bound, TRIES),
    )
