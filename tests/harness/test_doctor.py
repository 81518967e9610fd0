"""The doctor tells what is missing, and what to do."""

import sys
from pathlib import Path

import pytest

from harness.doctor import NEEDED, OPTIONAL, Finding, examine


def findings(reports: Path, data: Path) -> dict[str, Finding]:
    """What was found, by name."""
    return {finding.name: finding for finding in examine(reports, data)}


def test_a_machine_that_runs_these_tests_has_what_a_run_needs(tmp_path: Path) -> None:
    found = findings(tmp_path / "reports", tmp_path)

    assert {name for name, finding in found.items() if finding.state == "missing"} == set()
    assert found["targets"].found.count("reference") >= 1
    assert found["python"].found == ".".join(str(part) for part in sys.version_info[:3])


def test_everything_that_is_not_well_says_what_to_do(tmp_path: Path) -> None:
    for finding in examine(tmp_path / "a" / "b", tmp_path / "nothing"):
        assert finding.state == "ok" or finding.next_step


def test_missing_public_data_is_a_warning(tmp_path: Path) -> None:
    assert findings(tmp_path, tmp_path / "nothing")["public data"].state == "warning"


def test_telemetry_that_is_not_switched_off_is_a_warning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DO_NOT_TRACK", "true")
    monkeypatch.setenv("RAGAS_DO_NOT_TRACK", "true")
    monkeypatch.delenv("MLFLOW_DISABLE_TELEMETRY", raising=False)

    assert "MLFLOW_DISABLE_TELEMETRY" in findings(tmp_path, tmp_path)["telemetry"].found


def test_no_package_is_both_needed_and_optional() -> None:
    assert not set(NEEDED) & set(OPTIONAL)
