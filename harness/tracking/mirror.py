"""One finished run, written to MLflow once and read back.

A parent run for the gate, named by the run's id, and one child for each suite and route, so that two routes stand
side by side on MLflow's page. A run of MLflow ends only after it was read back, as FINISHED where what it mirrors
PASSED and as FAILED otherwise; one that is still RUNNING may hold less than it should. How names are rewritten is told
in `names.py`.
"""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from harness.domain.runs import Record
from harness.errors import TrackingError
from harness.tracking import store
from harness.tracking.contents import Contents, gate_contents, suite_contents
from harness.tracking.database import unsynced_if_new

_CREDENTIALS = re.compile(r"//[^/\s]*@|\?\S*")
"""A user name and a password before a host, and a query string, which may hold both."""
_NAMED = 3
"""Differences that a message names before it counts the rest."""
_LONGEST_CAUSE = 300


@dataclass(frozen=True, slots=True)
class Mirrored:
    """What was written and is there. `uri` has no user name and no password."""

    parent_run_id: str
    child_run_ids: tuple[str, ...]
    metrics_written: int
    metrics_read_back: int
    uri: str


def mirror(
    record: Record,
    artifacts: Sequence[Path],
    tracking_uri: str,
    experiment: str,
    *,
    connect: store.Connect = store.connect,
) -> Mirrored:
    """Writes `record` and the given files to MLflow, reads all of it back and compares it.

    The files go to the parent as they are: give none that holds what MLflow's readers must not see. `tracking_uri` is
    a database or a server; for SQLite the files of the runs lie in a folder `mlflow-artifacts` beside it. Raises
    TrackingError where the store is down or gives back something else. The verdict does not depend on it.
    """
    address = _without_credentials(tracking_uri)
    children = suite_contents(record)
    times = (_milliseconds(record.run.started_at), _milliseconds(record.verdict.decided_at))
    with _told_as_tracking_error(address), store.impatient(), unsynced_if_new(tracking_uri):
        parent = gate_contents(record, {path.name: path.read_bytes() for path in artifacts})
        client = connect(tracking_uri)
        place = store.experiment_id(client, experiment, tracking_uri)
        parent_id = store.write(client, place, parent, "", times)
        child_ids = tuple(store.write(client, place, child, parent_id, times) for child in children)
        written = dict(zip((parent_id, *child_ids), (parent, *children), strict=True))
        there = 0
        for run_id, contents in written.items():
            count, different = store.read_back(client, run_id, contents)
            _refuse_differences(different, run_id, contents, address)
            there += count
        for run_id, contents in written.items():
            store.finish(client, run_id, contents, times[1])
    return Mirrored(parent_id, child_ids, sum(len(contents.metrics) for contents in written.values()), there, address)


def _refuse_differences(different: Sequence[str], run_id: str, contents: Contents, address: str) -> None:
    if not different:
        return
    rest = f" and {len(different) - _NAMED} more" if len(different) > _NAMED else ""
    raise TrackingError(
        f"MLflow at {address} gives back something else for run {contents.name}: {'; '.join(different[:_NAMED])}{rest}",
        next_step=f"delete run {run_id} in MLflow, mend the store and mirror the run again",
    )


@contextmanager
def _told_as_tracking_error(address: str) -> Iterator[None]:
    try:
        yield
    except store.STORE_ERRORS as error:
        lines = str(error).strip().splitlines() or [type(error).__name__]
        cause = _without_credentials(lines[0])[:_LONGEST_CAUSE]
        raise TrackingError(
            f"MLflow at {address} did not take the run: {cause}",
            next_step="start the store or give another tracking URI, then mirror the run again",
        ) from None  # the error itself, and so a traceback, may spell out the credentials of the address


def _without_credentials(message: str) -> str:
    return _CREDENTIALS.sub(lambda found: "//***@" if found[0].startswith("//") else "", message)


def _milliseconds(moment: str) -> int:
    """Milliseconds since the epoch of an RFC 3339 time."""
    return int(datetime.fromisoformat(moment).timestamp() * 1000)
