"""MLflow itself: the only module that imports it. It writes planned contents and reads them back."""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

_QUIET = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "DO_NOT_TRACK": "true",
    "MLFLOW_LOGGING_LEVEL": "WARNING",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
}
"""MLflow reads these when it is imported: nobody is called, and standard output belongs to the verdict."""
for _name, _value in _QUIET.items():
    os.environ.setdefault(_name, _value)

from mlflow import MlflowClient  # noqa: E402  (after the switches above)
from mlflow.entities import Metric, Param, RunTag  # noqa: E402
from mlflow.exceptions import MlflowException  # noqa: E402
from mlflow.utils.mlflow_tags import MLFLOW_PARENT_RUN_ID, MLFLOW_SOURCE_NAME  # noqa: E402
from sqlalchemy.exc import SQLAlchemyError  # noqa: E402

from harness.tracking.contents import Contents  # noqa: E402
from harness.tracking.database import folder_of, try_once  # noqa: E402

Connect = Callable[[str], MlflowClient]
"""Makes a client for a tracking URI."""

STORE_ERRORS = (MlflowException, SQLAlchemyError, OSError, ImportError, ValueError)
"""What a store that is down, full, damaged or of an unknown kind raises; `requests` raises kinds of OSError."""

_IMPATIENT = {
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "10",
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1",
    "MLFLOW_ARTIFACT_UPLOAD_DOWNLOAD_TIMEOUT": "30",
}
"""Seconds, and one retry: MLflow's own defaults let a gate wait minutes for a mirror. The user's settings stand."""
_METRICS_PER_CALL, _OTHERS_PER_CALL = 800, 100
"""MLflow takes 1,000 metrics, 100 parameters and 100 tags in a call, and 1,000 of all kinds together."""


@contextmanager
def impatient() -> Iterator[None]:
    """Short waits for MLflow's HTTP client within the block, unless the environment already says otherwise."""
    added = [name for name in _IMPATIENT if name not in os.environ]
    os.environ.update({name: _IMPATIENT[name] for name in added})
    try:
        yield
    finally:
        for name in added:
            del os.environ[name]


def connect(tracking_uri: str) -> MlflowClient:
    """A client of a store; a database is known to answer."""
    if not tracking_uri:
        raise ValueError("no tracking URI was given")
    try_once(tracking_uri)
    return MlflowClient(tracking_uri)


def experiment_id(client: MlflowClient, name: str, tracking_uri: str) -> str:
    """The id of the experiment, made where it is not there; for SQLite its files lie in a folder beside the database.

    Two gates may make it at the same time: the one that comes second uses what the first made.
    """
    if found := client.get_experiment_by_name(name):
        return str(found.experiment_id)
    folder = folder_of(tracking_uri)
    location = (folder / "mlflow-artifacts").as_uri() if folder else None
    try:
        return str(client.create_experiment(name, artifact_location=location))
    except MlflowException:
        if found := client.get_experiment_by_name(name):
            return str(found.experiment_id)
        raise


def write(client: MlflowClient, experiment: str, contents: Contents, parent: str, times: tuple[int, int]) -> str:
    """The id of a new run with `contents`, still RUNNING; `times` are its start and end in ms since the epoch."""
    started, ended = times
    tags = {MLFLOW_SOURCE_NAME: "harness"} | ({MLFLOW_PARENT_RUN_ID: parent} if parent else {})
    run_id = str(client.create_run(experiment, started, tags, contents.name).info.run_id)
    metrics = [Metric(name, value, ended, 0) for name, value in contents.metrics]
    params = [Param(name, value) for name, value in contents.params]
    run_tags = [RunTag(name, value) for name, value in contents.tags]
    for call in range(_calls(len(metrics), len(params), len(run_tags))):
        some = slice(call * _METRICS_PER_CALL, (call + 1) * _METRICS_PER_CALL)
        few = slice(call * _OTHERS_PER_CALL, (call + 1) * _OTHERS_PER_CALL)
        client.log_batch(run_id, metrics[some], params[few], run_tags[few], synchronous=True)
    with TemporaryDirectory() as folder:
        for name, content in contents.files.items():
            (Path(folder) / name).write_bytes(content)
        if contents.files:
            client.log_artifacts(run_id, folder)
    return run_id


def read_back(client: MlflowClient, run_id: str, contents: Contents) -> tuple[int, tuple[str, ...]]:
    """How many metrics the store gives back, and every difference from `contents`, in words."""
    data = client.get_run(run_id).data
    different = [
        *_differences("metric", contents.metrics, data.metrics),
        *_differences("parameter", contents.params, data.params),
        *_differences("tag", contents.tags, data.tags),
        *_differences("file", list(contents.files.items()), _files(client, run_id, contents)),
    ]
    if len(data.metrics) != len(contents.metrics):
        different.append(f"{len(contents.metrics)} metrics were written and {len(data.metrics)} are there")
    return len(data.metrics), tuple(different)


def finish(client: MlflowClient, run_id: str, contents: Contents, ended: int) -> None:
    """Ends a run that was read back: FINISHED, or FAILED where what it mirrors did not pass."""
    client.set_terminated(run_id, "FINISHED" if contents.passed else "FAILED", ended)


def _calls(metrics: int, params: int, tags: int) -> int:
    """How many calls are needed, rounded up."""
    return max(-(-metrics // _METRICS_PER_CALL), -(-max(params, tags) // _OTHERS_PER_CALL))


def _differences(kind: str, written: Sequence[tuple[str, object]], read: Mapping[str, object]) -> Iterator[str]:
    for name, value in written:
        if name not in read:
            yield f"{kind} {name} is not there"
        elif read[name] != value:
            yield f"{kind} {name} is another"


def _files(client: MlflowClient, run_id: str, contents: Contents) -> dict[str, bytes]:
    if not contents.files:
        return {}
    with TemporaryDirectory() as folder:
        client.download_artifacts(run_id, "", folder)
        present = [name for name in contents.files if (Path(folder) / name).is_file()]
        return {name: (Path(folder) / name).read_bytes() for name in present}
