"""Kill matrices on disk: the newest one of this very harness, or none."""

from pathlib import Path

import pytest

from harness.domain.matrix import Matrix, Objection, Row, Trial
from harness.errors import EvidenceError
from harness.evidence.matrices import newest_matrix, read_matrix, read_trial, write_matrix

HARNESS, GATE = "h" * 64, "g" * 64


def matrix(finished_at: str, harness: str = HARNESS, gate: str = GATE) -> Matrix:
    """A matrix of one row."""
    objection = Objection("isolation.leak", "", "FAILED", "ZERO_TOLERANCE_HIT", "2 of 9 cases hit")
    trial = Trial("wrong", "FAILED", (objection,), (), 1.5)
    row = Row("wrong", "mutant", "isolation", "A wall is gone.", ("isolation.leak",), "killed", trial)
    return Matrix("selftest 1", gate, "m" * 64, harness, "s" * 64, finished_at, (row,))


def test_a_matrix_is_read_as_it_was_written(tmp_path: Path) -> None:
    written = matrix("2026-11-22T12:00:00Z")

    assert read_matrix(write_matrix(tmp_path, written)) == written


def test_the_newest_matrix_of_this_harness_and_gate_is_found(tmp_path: Path) -> None:
    for number, one in enumerate(
        [
            matrix("2026-11-22T12:00:00Z"),
            matrix("2026-11-22T14:00:00Z"),
            matrix("2026-11-22T16:00:00Z", gate="o" * 64),
            matrix("2026-11-22T18:00:00Z", harness="o" * 64),
        ]
    ):
        write_matrix(tmp_path / f"selftest-{number}", one)

    of_gate, of_any = newest_matrix(tmp_path, HARNESS, GATE), newest_matrix(tmp_path, HARNESS)

    assert of_gate is not None
    assert of_gate.finished_at == "2026-11-22T14:00:00Z"
    assert of_any is not None
    assert of_any.finished_at == "2026-11-22T16:00:00Z"


def test_a_damaged_matrix_is_none_for_a_search_and_an_error_for_a_reader(tmp_path: Path) -> None:
    path = write_matrix(tmp_path / "selftest-1", matrix("2026-11-22T12:00:00Z"))
    path.write_text(path.read_text().replace("killed", "rescued"))

    assert newest_matrix(tmp_path, HARNESS) is None
    with pytest.raises(EvidenceError):
        read_matrix(path)


def test_a_trial_that_cannot_be_read_is_made_again(tmp_path: Path) -> None:
    path = tmp_path / "wrong.json"
    path.write_text('{"name": "wrong"')

    assert read_trial(path) is None
    assert read_trial(tmp_path / "other.json") is None
