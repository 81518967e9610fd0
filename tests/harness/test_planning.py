"""How many probes a claim needs: the figures of the rule of three's exact form, and what a gate has of them."""

import json
from pathlib import Path
from types import ModuleType

import pytest
from click.testing import CliRunner

from harness.cli.plan import command
from harness.domain.suites import ProbePlan
from harness.planning import need, supplies

GATE = Path(__file__).parents[2] / "suites" / "release.yaml"


@pytest.mark.parametrize(
    ("rate", "confidence", "trials"),
    [(0.01, 0.95, 299), (0.001, 0.95, 2995), (0.01, 0.99, 459), (0.05, 0.95, 59)],
)
def test_a_rate_needs_the_probes_of_the_reference(rate: float, confidence: float, trials: int) -> None:
    assert need(rate, confidence).trials == trials


def test_a_rate_of_one_in_a_hundred_lets_most_through_who_try_a_hundred_times() -> None:
    assert need(0.01, 0.95).exposure == pytest.approx(0.634, abs=5e-4)


def test_a_suite_counts_its_clusters_and_says_how_many_it_lacks() -> None:
    made = {one.suite: one for one in supplies(GATE, need(0.01, 0.95))}

    isolation = made["isolation"]
    assert isolation.probes > isolation.clusters > 0
    assert isolation.lacking == 299 - isolation.clusters
    assert isolation.bound == pytest.approx(1 - 0.05 ** (1 / isolation.clusters))


def test_the_verb_prints_the_figure_and_the_suites() -> None:
    result = CliRunner().invoke(command, ["--leak-rate", "0.01", "--gate", str(GATE)], standalone_mode=False)

    assert result.return_value == 0
    assert result.output.startswith("299 independent probes without a leak show a rate of at most 0.01")
    assert "\nisolation " in result.output


def test_a_program_reads_the_same() -> None:
    result = CliRunner().invoke(command, ["--leak-rate", "0.05", "--json"], standalone_mode=False)

    assert json.loads(result.output)["trials"] == 59


@pytest.mark.parametrize("rate", ["0", "1", "-1", "nan"])
def test_a_rate_that_is_none_is_a_usage_error(rate: str) -> None:
    assert CliRunner().invoke(command, ["--leak-rate", rate]).exit_code == 2


def test_only_what_isolation_asks_for_is_planted_before_the_run(core: ModuleType) -> None:
    wide = core.suite([core.rule()], name="wide", selection=None, probes=ProbePlan("lifecycle", documents=40))

    assert core.gate(core.isolation_suite(2), wide).planted == 2
    assert core.gate(wide).planted == 0
