"""The release's suites of staged probes: small enough to be asked each time, large enough for the bounds they state."""

from functools import cache
from pathlib import Path

import pytest

from harness.domain.corpus import GoldenSet
from harness.execute.plan import plan
from harness.load.datasets import load_golden_set
from harness.load.suites import load_gate
from harness.probes.staged import STAGED
from harness.scorers.catalogue import metric_facts, scorer_named
from harness.statistics.intervals import hit_rate

ROOT = Path(__file__).parents[3]
SUITES = ("noninterference", "caches", "concurrency", "existence", "permission-probes")


@cache
def golden_set() -> GoldenSet:
    """The golden set of the release."""
    return load_golden_set(ROOT / "datasets" / "four-firms" / "1.0.0")


@pytest.fixture(params=SUITES)
def path(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A gate file with one of the suites alone."""
    (tmp_path / "suite.yaml").write_bytes((ROOT / "suites" / "release" / f"{request.param}.yaml").read_bytes())
    gate = tmp_path / "gate.yaml"
    gate.write_text(
        'gate: one\nversion: "1"\nabout: One suite of the release alone.\ntarget: reference\n'
        "golden_set: somewhere\nsuites: [suite.yaml]\n",
        encoding="utf-8",
    )
    return gate


def test_a_suite_is_small_and_its_bounds_can_be_shown(path: Path) -> None:
    gate = load_gate(path, metric_facts)
    (suite,) = gate.suites

    planned = plan(gate, golden_set(), ())

    puts = [change for stage in planned.stages for change in stage.changes if change.action == "put"]
    assert len(planned.asks) <= 120
    assert len(puts) <= 40
    assert suite.probes is not None
    assert suite.probes.family in STAGED
    for rule in suite.rules:
        judged = [ask.case for ask in planned.asks if scorer_named(rule.metric, None).applies(ask.case)]
        trials = len({case.cluster for case in judged}) if rule.by_cluster else len(judged)
        assert rule.max_rate is not None
        assert hit_rate(0, trials, rule.confidence).high <= rule.max_rate, rule.id
