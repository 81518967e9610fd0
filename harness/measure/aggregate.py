"""Units -> metrics with bounds: one for each rule, one for each scorer, and the slices of the latter."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from harness.domain.cases import Ask
from harness.domain.checks import Rule
from harness.domain.digest import digest_of
from harness.domain.scores import Aggregate, Interval, Metric, Score
from harness.domain.suites import Gate, Suite
from harness.measure.scoring import Scorers, worst_of
from harness.measure.units import Unit, units_of
from harness.scorers.scorer import Scorer
from harness.statistics.intervals import bounded_mean, clustered_mean, hit_rate, share_over
from harness.statistics.quantiles import quantile, quantile_bound

CONFIDENCE = 0.95
"""Of metrics that no rule asks for."""


@dataclass(frozen=True, slots=True)
class _Way:
    """How a metric is aggregated."""

    aggregate: Aggregate
    confidence: float = CONFIDENCE
    quantile: float = 0.0
    cap: float = 0.0
    by_cluster: bool = False
    bounds: bool = True

    @property
    def label(self) -> str:
        """As metrics and reports write it, such as `quantile(0.95)` or `mean by cluster`."""
        parameter = {"quantile": f"({self.quantile:.15g})", "share_over": f"({self.cap:.15g})"}.get(self.aggregate, "")
        at = "" if self.confidence == CONFIDENCE else f" at {self.confidence:.15g}"
        return self.aggregate + parameter + (" by cluster" if self.by_cluster else "") + at


def measure(gate: Gate, asks: Sequence[Ask], scores: Sequence[Score], scorer_of: Scorers) -> tuple[Metric, ...]:
    """Every metric of every suite and route."""
    cases = {ask.case.id: ask.case for ask in asks}
    placed: dict[tuple[str, str, str], list[Score]] = {}
    for score in scores:
        placed.setdefault((score.suite, score.route, score.metric), []).append(score)
    metrics: list[Metric] = []
    for suite in gate.suites:
        for route in suite.routes:
            for scorer in (scorer_of(name) for name in suite.scorers):
                own = placed.get((suite.name, route, scorer.name), [])
                metrics.extend(_of_scorer(gate, suite, route, scorer, units_of(own, cases, worst_of(scorer))))
    return tuple(metrics)


def metric_of_rule(rule: Rule, suite: str, route: str, metrics: Sequence[Metric]) -> Metric | None:
    """The metric that the rule is about; None where nothing was measured."""
    label = _way_of(rule).label
    wanted = (suite, route, rule.metric, label, _slice_of(rule))
    return next(
        (item for item in metrics if (item.suite, item.route, item.name, item.aggregate, item.slice) == wanted), None
    )


def _of_scorer(gate: Gate, suite: Suite, route: str, scorer: Scorer, units: Sequence[Unit]) -> Iterator[Metric]:
    ways = {("all", way.label): way for way in _default_ways(scorer)}
    for rule in suite.rules:
        if rule.metric == scorer.name and (not rule.routes or route in rule.routes):
            ways.setdefault((_slice_of(rule), _way_of(rule).label), _way_of(rule))
    for part in _slices(units):
        for way in _default_ways(scorer):
            ways.setdefault((part, way.label), _Way(way.aggregate, quantile=way.quantile, bounds=False))
    for (part, _), way in ways.items():
        seed = int(digest_of([gate.digest, suite.name, route, scorer.name, way.label, part])[:12], 16)
        yield _metric(suite.name, route, scorer, way, part, _in_slice(units, part), seed)


def _default_ways(scorer: Scorer) -> tuple[_Way, ...]:
    if scorer.highest is None:
        return (_Way("quantile", quantile=0.5), _Way("quantile", quantile=0.95))
    return (_Way("mean"),)


def _way_of(rule: Rule) -> _Way:
    return _Way(rule.aggregate, rule.confidence, rule.quantile or 0.0, rule.cap or 0.0, rule.by_cluster)


def _slice_of(rule: Rule) -> str:
    return f"tag={rule.slice_tag}" if rule.slice_tag else "all"


def _slices(units: Sequence[Unit]) -> list[str]:
    tags = {f"tag={tag}" for unit in units for tag in unit.case.tags}
    tenants = {f"tenant={unit.case.principal.tenant}" for unit in units}
    families = {f"family={unit.case.family}" for unit in units if unit.case.family}
    return sorted(tags) + sorted(tenants) + sorted(families)


def _in_slice(units: Sequence[Unit], part: str) -> Sequence[Unit]:
    kind, _, name = part.partition("=")
    if kind == "tag":
        return [unit for unit in units if name in unit.case.tags]
    if kind == "tenant":
        return [unit for unit in units if unit.case.principal.tenant == name]
    if kind == "family":
        return [unit for unit in units if unit.case.family == name]
    return units


def _metric(suite: str, route: str, scorer: Scorer, way: _Way, part: str, units: Sequence[Unit], seed: int) -> Metric:
    unbounded = scorer.highest is None
    valued: list[Unit] = []
    missing: list[Unit] = []
    for unit in units:
        (valued if unit.value is not None or (unbounded and unit.errored) else missing).append(unit)
    exceeding = sum(1 for unit in valued if unit.value is None)
    values = [unit.value for unit in valued if unit.value is not None]
    value, interval = _aggregated(scorer, way, valued, values, exceeding, seed) if valued else (None, None)
    return Metric(
        suite=suite,
        route=route,
        name=scorer.name,
        aggregate=way.label,
        slice=part,
        value=value,
        n=len(valued),
        errored=sum(1 for unit in units if unit.errored),
        missing=len(missing),
        hits=sum(1 for unit in units if unit.hit),
        clusters=len({unit.case.cluster for unit in valued}),
        interval=interval if way.bounds else None,
        reason=_reason(units, missing),
    )


def _reason(units: Sequence[Unit], missing: Sequence[Unit]) -> str:
    """Why there is less than a whole value: the first failed ask among the missing, or the first missing one."""
    if not units:
        return "no case of this kind was planned"
    return next((unit.reason for unit in missing if unit.errored), missing[0].reason if missing else "")


def _aggregated(
    scorer: Scorer, way: _Way, units: Sequence[Unit], values: Sequence[float], exceeding: int, seed: int
) -> tuple[float | None, Interval | None]:
    """Point and bounds of a sample that is not empty."""
    if way.aggregate == "quantile":
        return quantile(values, exceeding, way.quantile), quantile_bound(
            values, exceeding, way.quantile, way.confidence
        )
    if way.aggregate == "share_over":
        over = sum(1 for unit in units if unit.errored or unit.value is None or unit.value > way.cap)
        return over / len(units), share_over(over, len(units), way.confidence)
    if way.aggregate == "count":
        return _counted(way, units)
    return _averaged(scorer, way, units, values, seed)


def _counted(way: _Way, units: Sequence[Unit]) -> tuple[float, Interval]:
    """Hits, and the bounds of their rate among independent trials: clusters where cases of one are not independent."""
    if way.by_cluster:
        hits = len({unit.case.cluster for unit in units if unit.hit})
        trials = len({unit.case.cluster for unit in units})
    else:
        hits, trials = sum(1 for unit in units if unit.hit), len(units)
    return float(sum(1 for unit in units if unit.hit)), hit_rate(hits, trials, way.confidence)


def _averaged(
    scorer: Scorer, way: _Way, units: Sequence[Unit], values: Sequence[float], seed: int
) -> tuple[float | None, Interval | None]:
    if not values:
        return None, None
    mean = sum(values) / len(values)
    if scorer.highest is None or not way.bounds:
        return mean, None
    ends = (scorer.lowest, scorer.highest, way.confidence, seed)
    if way.by_cluster:
        return mean, clustered_mean(values, [unit.case.cluster for unit in units], *ends)
    return mean, bounded_mean(values, *ends)
