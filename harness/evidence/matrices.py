"""Kill matrices on disk: `reports/selftest-<digest>/matrix.json`, one for each state of harness, system and gate."""

from pathlib import Path

from harness.domain.matrix import Matrix, Trial
from harness.errors import EvidenceError
from harness.evidence.folder import plain, read_noun, write_json

FILE = "matrix.json"


def write_matrix(folder: Path, matrix: Matrix) -> Path:
    """The matrix as a file of the folder; its path."""
    path = folder / FILE
    write_json(path, plain(matrix, Matrix))
    return path


def read_matrix(path: Path) -> Matrix:
    """The matrix of a file. Raises EvidenceError for one that is damaged, MissingData for none."""
    return read_noun(path, Matrix)


def read_trial(path: Path) -> Trial | None:
    """One trial, or None where there is none that can be read: it is then made again."""
    try:
        return read_noun(path, Trial) if path.is_file() else None
    except EvidenceError:
        return None


def newest_matrix(reports: Path, harness_code: str, gate: str = "") -> Matrix | None:
    """The matrix that was finished last for this very harness, or None; where given, for the gate of this digest.

    A matrix of another harness proves nothing about this one. One that cannot be read counts as none.
    """
    found: list[Matrix] = []
    for path in reports.glob(f"selftest-*/{FILE}"):
        try:
            matrix = read_matrix(path)
        except EvidenceError:
            continue
        if matrix.harness_code == harness_code and gate in ("", matrix.gate_digest):
            found.append(matrix)
    return max(found, key=lambda matrix: matrix.finished_at, default=None)
