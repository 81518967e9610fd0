"""Observations and scores as Parquet: typed, compressed, read by any tool. The only file that knows pyarrow."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from harness.domain.scores import Score
from harness.errors import EvidenceError, MissingData
from harness.execute.journal import Line

_OBSERVATIONS = pa.schema(
    [
        ("suite", pa.string()),
        ("route", pa.string()),
        ("case_id", pa.string()),
        ("attempt", pa.int32()),
        ("latency_ms", pa.float64()),
        ("status", pa.int32()),
        ("body", pa.string()),
        ("fault_kind", pa.string()),
        ("fault_message", pa.string()),
        ("headers", pa.string()),
        ("contacts", pa.int32()),
    ]
)
_SCORES = pa.schema(
    [
        ("suite", pa.string()),
        ("route", pa.string()),
        ("case_id", pa.string()),
        ("attempt", pa.int32()),
        ("metric", pa.string()),
        ("value", pa.float64()),
        ("reason", pa.string()),
        ("errored", pa.bool_()),
        ("scorer_version", pa.string()),
    ]
)


def write_observations(path: Path, lines: Iterable[Line]) -> None:
    """The lines in order of their keys, written whole or not at all, then read back and counted."""
    rows = [line.model_dump() for line in sorted(lines, key=lambda line: line.key)]
    _write(path, rows, _OBSERVATIONS)


def read_observations(path: Path) -> list[Line]:
    """The lines, each checked again. Raises EvidenceError for a file that is not what a run writes."""
    try:
        return [Line.model_validate(row) for row in _read(path, _OBSERVATIONS)]
    except ValueError as fault:
        raise EvidenceError(f"{path}: a row is not what a run writes") from fault


def write_scores(path: Path, scores: Sequence[Score]) -> None:
    """The scores as they were given."""
    names = _SCORES.names
    _write(path, [{name: getattr(score, name) for name in names} for score in scores], _SCORES)


def _write(path: Path, rows: list[dict[str, object]], schema: pa.Schema) -> None:
    unfinished = path.with_name(path.name + ".unfinished")
    pq.write_table(pa.Table.from_pylist(rows, schema=schema), unfinished, compression="zstd")
    stored = pq.read_metadata(unfinished).num_rows
    if stored != len(rows):
        raise EvidenceError(f"{path}: {stored} of {len(rows)} rows were stored")
    unfinished.replace(path)


def _read(path: Path, schema: pa.Schema) -> list[dict[str, object]]:
    if not path.is_file():
        raise MissingData(f"{path}: missing from the run's folder", next_step="run `harness resume` or the gate again")
    try:
        table = pq.ParquetFile(path).read()
    except (pa.ArrowException, OSError) as fault:
        raise EvidenceError(f"{path}: not readable as Parquet") from fault
    if table.schema.names != schema.names:
        raise EvidenceError(f"{path}: its columns are not those that a run writes")
    rows: list[dict[str, object]] = table.to_pylist()
    return rows
