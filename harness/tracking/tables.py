"""The two files of a suite's run: its scores as Parquet, its checks as a table that MLflow's page shows.

They hold ids, figures and the reasons of scorers and rules; no question, answer, token or passage text.
"""

import json
from collections.abc import Sequence

import pyarrow as pa
import pyarrow.parquet as pq

from harness.domain.checks import Check
from harness.domain.scores import Score

SCORES_FILE = "scores.parquet"
CHECKS_FILE = "checks.json"

_SCORES = pa.schema(
    [
        pa.field("case_id", pa.string(), nullable=False),
        pa.field("attempt", pa.int32(), nullable=False),
        pa.field("metric", pa.dictionary(pa.int32(), pa.string()), nullable=False),
        pa.field("value", pa.float64()),
        pa.field("reason", pa.string(), nullable=False),
        pa.field("errored", pa.bool_(), nullable=False),
        pa.field("scorer_version", pa.dictionary(pa.int32(), pa.string()), nullable=False),
    ]
)
_CHECKS = (
    "check",
    "status",
    "value",
    "threshold",
    "bound",
    "low",
    "high",
    "reason",
    "message",
    "metric",
    "slice",
    "n",
    "errored",
    "missing",
    "severity",
)
"""In this order, for MLflow's page shows the first four where there is little room."""


def scores_table(scores: Sequence[Score]) -> bytes:
    """Parquet (zstd), one row a score in the given order; a missing value is null, never NaN."""
    columns = {name: [getattr(score, name) for score in scores] for name in _SCORES.names}
    sink = pa.BufferOutputStream()
    pq.write_table(pa.table(columns, schema=_SCORES), sink, compression="zstd")
    return bytes(sink.getvalue().to_pybytes())


def checks_table(checks: Sequence[Check]) -> bytes:
    """JSON as `mlflow.log_table` writes it: `{"columns": [...], "data": [[...], ...]}`, one row a check."""
    rows = [_row(check) for check in checks]
    return json.dumps({"columns": _CHECKS, "data": rows}, allow_nan=False, ensure_ascii=True).encode("ascii")


def _row(check: Check) -> list[str | float | None]:
    """The check without its route: the table belongs to one route, and the ids of two routes then line up."""
    rule, metric = check.rule, check.metric
    interval = metric.interval if metric else None
    return [
        f"{check.suite}.{rule.id}",
        check.status,
        metric.value if metric else None,
        rule.threshold,
        rule.bound,
        interval.low if interval else None,
        interval.high if interval else None,
        check.reason,
        check.message,
        f"{rule.metric}.{metric.aggregate if metric else rule.aggregate}",
        metric.slice if metric else (rule.slice_tag or "all"),
        metric.n if metric else None,
        metric.errored if metric else None,
        metric.missing if metric else None,
        rule.severity,
    ]
