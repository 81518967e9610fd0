"""Observations and scores as Parquet: the same lines come back, in order, and a strange file is refused."""

from pathlib import Path
from types import ModuleType

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.domain.observations import Failure
from harness.domain.scores import Score
from harness.errors import EvidenceError, HarnessError, MissingData
from harness.evidence.tables import read_observations, write_observations, write_scores
from harness.execute.journal import Line, line_of
from harness.targets.wire import Reply

BODIES = ("", '{"answer": "Grüße \u2028 \U0001f600"}', "x" * 5000, "\x00\x01", "line\nline")


def lines_of(core: ModuleType) -> list[Line]:
    """A line for each strange body, and one for a lost ask."""
    asks = core.asks_of(core.suite([core.rule()]), [core.case(f"c{number}") for number in range(len(BODIES) + 1)])
    replies = [Reply(200, body, 0.125 * number) for number, body in enumerate(BODIES)]
    replies.append(Reply(0, "", 5000.0, Failure("timeout", "no reply")))
    return [line_of(ask, reply) for ask, reply in zip(asks, replies, strict=True)]


def test_lines_come_back_as_they_were_in_order_of_their_keys(core: ModuleType, tmp_path: Path) -> None:
    lines = lines_of(core)

    write_observations(tmp_path / "o.parquet", lines[::-1])

    assert read_observations(tmp_path / "o.parquet") == lines


def test_the_same_lines_have_the_same_bytes_in_any_order(core: ModuleType, tmp_path: Path) -> None:
    write_observations(tmp_path / "one", lines_of(core))
    write_observations(tmp_path / "two", lines_of(core)[::-1])

    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_two_lines_of_one_ask_are_both_kept_so_that_they_can_be_seen(core: ModuleType, tmp_path: Path) -> None:
    write_observations(tmp_path / "o.parquet", [*lines_of(core), *lines_of(core)])

    assert len(read_observations(tmp_path / "o.parquet")) == 2 * len(lines_of(core))


def test_no_line_at_all_is_a_table_too(tmp_path: Path) -> None:
    write_observations(tmp_path / "o.parquet", [])

    assert read_observations(tmp_path / "o.parquet") == []


def test_scores_keep_a_missing_value_missing(tmp_path: Path) -> None:
    write_scores(
        tmp_path / "s.parquet",
        [Score("s", "", "a", 1, "m", None, "why", True, "1"), Score("s", "", "b", 1, "m", 0.0, "w", False, "1")],
    )

    assert pq.ParquetFile(tmp_path / "s.parquet").read().column("value").to_pylist() == [None, 0.0]


def test_a_missing_table_is_missing(tmp_path: Path) -> None:
    with pytest.raises(MissingData):
        read_observations(tmp_path / "o.parquet")


def test_other_columns_are_refused(tmp_path: Path) -> None:
    pq.write_table(pa.table({"verdict": ["PASSED"]}), tmp_path / "o.parquet")

    with pytest.raises(EvidenceError, match="its columns are not those that a run writes"):
        read_observations(tmp_path / "o.parquet")


@pytest.mark.parametrize(
    ("column", "value"),
    [("latency_ms", float("nan")), ("latency_ms", -1.0), ("latency_ms", None), ("attempt", 0), ("status", 1000),
     ("body", None), ("fault_kind", "fine"), ("case_id", None)],
)  # fmt: skip
def test_a_row_that_no_run_writes_is_refused(core: ModuleType, tmp_path: Path, column: str, value: object) -> None:
    write_observations(tmp_path / "o.parquet", lines_of(core))
    table = pq.ParquetFile(tmp_path / "o.parquet").read()
    rows = table.to_pylist()
    rows[2][column] = value
    pq.write_table(pa.Table.from_pylist(rows, schema=table.schema), tmp_path / "o.parquet")

    with pytest.raises(EvidenceError, match="a row is not what a run writes"):
        read_observations(tmp_path / "o.parquet")


@settings(max_examples=40, deadline=None)
@given(junk=st.binary(max_size=400))
def test_what_is_not_parquet_is_refused(tmp_path_factory: pytest.TempPathFactory, junk: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "junk.parquet"
    path.write_bytes(junk)

    with pytest.raises(HarnessError, match=r"junk\.parquet"):
        read_observations(path)
