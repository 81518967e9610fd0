"""The whole line through the command line: every outcome is reached, and only a sound release has the exit code 0."""

import json
from typing import Any

import pytest

pytestmark = pytest.mark.slow


def test_a_sound_release_passes(finished: Any) -> None:
    (folder,) = finished.runs()

    verdict = finished.verdict()

    assert verdict["outcome"] == "PASSED"
    assert {check["reason"] for check in verdict["checks"]} == {"SHOWN", "NO_HITS"}
    assert all(item["planned"] == item["answered"] for item in verdict["ledgers"])
    names = {path.name for path in folder.iterdir()}
    assert names == {"run.json", "inputs", "closing.json", "observations.parquet", "scores.parquet", "verdict.json",
                     "report.html", "summary.md", "junit.xml", "manifest.json"}  # fmt: skip


@pytest.mark.parametrize(
    ("target", "suite", "code", "outcome", "reason"),
    [
        pytest.param("small-leaky", "isolation", 1, "FAILED", "ZERO_TOLERANCE_HIT", id="a leak between tenants"),
        pytest.param("small-leaky", "permission", 1, "FAILED", "ZERO_TOLERANCE_HIT", id="a document shown to all"),
        pytest.param("small-credulous", "authentication", 1, "FAILED", "ZERO_TOLERANCE_HIT", id="every token believed"),
        pytest.param("small-honest", "demanding", 3, "INCONCLUSIVE", "NOT_SHOWN", id="too few cases to show it"),
        pytest.param("small-changing", "quality", 4, "INVALID", "SHOWN", id="another release after the run"),
        pytest.param("small-broken", "quality", 1, "FAILED", "BELOW_FLOOR", id="every question fails"),
        pytest.param("small-broken", "permission", 3, "INCONCLUSIVE", "ERRORED_PROBES", id="every forbidden ask fails"),
        pytest.param("small-broken", "isolation", 3, "INCONCLUSIVE", "ERRORED_PROBES", id="every probe fails"),
        pytest.param("small-broken", "authentication", 3, "INCONCLUSIVE", "ERRORED_PROBES", id="every token fails"),
        pytest.param(
            "small-broken-for-the-forbidden", "permission", 3, "INCONCLUSIVE", "ERRORED_PROBES",
            id="only what is forbidden fails",
        ),
    ],
)  # fmt: skip
def test_every_outcome_has_its_exit_code(
    workplace: Any, target: str, suite: str, code: int, outcome: str, reason: str
) -> None:
    found = workplace.harness("gate", workplace.gate(suite), "--target", target)

    verdict = workplace.verdict()
    assert (found, verdict["outcome"], verdict["checks"][0]["reason"]) == (code, outcome, reason)


def test_the_gate_prints_its_outcome_for_a_program(workplace: Any, capsys: pytest.CaptureFixture[str]) -> None:
    code = workplace.harness("gate", workplace.gate("quality"), "--json")

    printed = json.loads(capsys.readouterr().out)
    assert (code, printed["outcome"], printed["exit_code"]) == (0, "PASSED", 0)
    assert printed["run"] == workplace.runs()[0].name


@pytest.mark.parametrize("verb", ["show", "list", "verify"])
def test_what_is_kept_can_be_read_by_a_program(finished: Any, capsys: pytest.CaptureFixture[str], verb: str) -> None:
    assert finished.harness(verb, "--json") == 0

    printed = json.loads(capsys.readouterr().out)
    row = printed[0] if verb == "list" else printed
    assert row["outcome"] == "PASSED"


@pytest.mark.parametrize("name", ["isolation.leak", "quality.answered", "north-a0", "north-f0", "bad.expired"])
def test_a_check_and_a_case_explain_themselves(finished: Any, capsys: pytest.CaptureFixture[str], name: str) -> None:
    assert finished.harness("explain", name) == 0

    printed = capsys.readouterr().out
    assert name in printed
    assert "ZQ-" not in printed


def test_an_unknown_name_is_explained_by_the_nearest(finished: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert finished.harness("explain", "isolation.leek") == 4

    assert "did you mean 'isolation.leak'" in capsys.readouterr().err


def test_a_leak_explains_who_got_what(workplace: Any, capsys: pytest.CaptureFixture[str]) -> None:
    workplace.harness("gate", workplace.gate("isolation"), "--target", "small-leaky")
    capsys.readouterr()

    workplace.harness("explain", "isolation.leak")

    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("FAILED  isolation.leak")
    assert any("probe.north.south." in line and "document south/" in line for line in lines)


def test_what_was_not_withheld_is_explained_by_the_cases_that_lost(
    workplace: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    workplace.harness("gate", workplace.gate("permission"), "--target", "small-leaky")
    capsys.readouterr()

    workplace.harness("explain", "permission.withheld")

    printed = capsys.readouterr().out
    assert "the worst of 2 cases that lost" in printed
    assert "came out: document north/posts" in printed


def test_two_runs_of_one_release_differ_in_nothing(workplace: Any, capsys: pytest.CaptureFixture[str]) -> None:
    gate = workplace.gate("quality")
    workplace.harness("gate", gate)
    workplace.harness("gate", gate)
    one, two = (folder.name for folder in workplace.runs())
    capsys.readouterr()

    assert workplace.harness("compare", one, two, "--json") == 0

    differences = json.loads(capsys.readouterr().out)
    assert differences
    assert all(item["value"] == 0.0 and not item["worse"] for item in differences)
