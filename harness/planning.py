"""How many independent probes a claim needs, and how many the suites of a gate make."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.domain.cases import CONTROLS, Case
from harness.domain.suites import Suite
from harness.execute.plan import plan
from harness.load.datasets import load_golden_set
from harness.load.suites import load_gate
from harness.measure.claims import TRIES
from harness.probes.canaries import plant
from harness.scorers.catalogue import metric_facts
from harness.statistics.intervals import hit_rate
from harness.statistics.sample_size import exposure, least_trials


@dataclass(frozen=True, slots=True)
class Need:
    """What a rate needs."""

    rate: float
    """The highest rate of leaking clusters that a clean run may leave possible."""
    confidence: float
    trials: int
    """Independent probes, all of them clean."""
    exposure: float
    """Probability of at least one leak in 100 tries at that rate."""


@dataclass(frozen=True, slots=True)
class Supply:
    """What one suite of probes makes of it, over each of its routes."""

    suite: str
    family: str
    probes: int
    clusters: int
    """Independent trials: probes of one cluster count once."""
    bound: float
    """What a clean run shows with them, at the same confidence."""
    lacking: int
    """Clusters that are missing for the rate; 0 where there are enough."""


def need(rate: float, confidence: float) -> Need:
    """The fewest clean independent probes that show a rate of at most `rate`. Raises ValueError out of range."""
    return Need(rate, confidence, least_trials(rate, confidence), exposure(rate, TRIES))


def supplies(gate_path: Path, wanted: Need) -> tuple[Supply, ...]:
    """What each suite of probes of the gate makes, in the order of the gate. Nothing is asked of any target."""
    gate = load_gate(gate_path, metric_facts)
    golden_set = load_golden_set(Path(gate.golden_set))
    canaries = plant(golden_set.corpus.tenants, gate.planted, lambda size: "0" * 2 * size).canaries
    asks = plan(gate, golden_set, canaries, lambda size: "0" * 2 * size).asks
    return tuple(
        _supply(suite, [ask.case for ask in asks if ask.suite == suite.name], wanted)
        for suite in gate.suites
        if suite.probes is not None
    )


def _supply(suite: Suite, cases: Sequence[Case], wanted: Need) -> Supply:
    evidence = [case for case in cases if case.kind not in CONTROLS]
    clusters = len({case.cluster for case in evidence})
    return Supply(
        suite=suite.name,
        family=suite.probes.family if suite.probes else "",
        probes=len({case.id for case in evidence}),
        clusters=clusters,
        bound=hit_rate(0, clusters, wanted.confidence).high or 1.0,
        lacking=max(0, wanted.trials - clusters),
    )
