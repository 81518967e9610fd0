"""The mirror in a real store of MLflow."""

import os
import socket
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from mlflow import MlflowClient

from harness.domain.runs import Record
from harness.domain.scores import Metric
from harness.errors import TrackingError
from harness.tracking.mirror import mirror
from harness.tracking.store import impatient

pytestmark = [
    pytest.mark.slow,
    # MLflow's models still ask SQLAlchemy for a loader that its next release drops.
    pytest.mark.filterwarnings("ignore:The ``noload`` loader strategy:sqlalchemy.exc.SADeprecationWarning"),
]


class LosesAMetric(MlflowClient):
    """A store that drops the last metric of each call and says nothing."""

    def log_batch(self, run_id, metrics=(), params=(), tags=(), synchronous=None):
        return super().log_batch(run_id, metrics[:-1], params, tags, synchronous)


class RoundsAMetric(MlflowClient):
    """A store that keeps one decimal."""

    def log_batch(self, run_id, metrics=(), params=(), tags=(), synchronous=None):
        for metric in metrics:
            metric._value = round(metric.value, 1)
        return super().log_batch(run_id, metrics, params, tags, synchronous)


class LosesTags(MlflowClient):
    """A store that drops every tag."""

    def log_batch(self, run_id, metrics=(), params=(), tags=(), synchronous=None):
        return super().log_batch(run_id, metrics, params, (), synchronous)


class LosesFiles(MlflowClient):
    """A store that keeps no files."""

    def log_artifacts(self, run_id, local_dir, artifact_path=None):
        return None


class CutsFiles(MlflowClient):
    """A store that keeps the first half of each file."""

    def log_artifacts(self, run_id, local_dir, artifact_path=None):
        for file in Path(local_dir).iterdir():
            file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
        return super().log_artifacts(run_id, local_dir, artifact_path)


def test_a_run_is_a_parent_with_a_child_for_each_route(record: Record, attached: list[Path], sqlite_uri: str) -> None:
    mirrored = mirror(record, attached, sqlite_uri, "release")

    client = MlflowClient(sqlite_uri)
    parent = client.get_run(mirrored.parent_run_id)
    children = [client.get_run(run_id) for run_id in mirrored.child_run_ids]
    assert parent.info.run_name == record.run.id
    assert [child.info.run_name for child in children] == ["handbook/fast", "handbook/careful"]
    assert {child.data.tags["mlflow.parentRunId"] for child in children} == {mirrored.parent_run_id}
    assert [child.data.metrics["ndcg_at_10.mean"] for child in children] == [0.71, 0.83]
    assert {file.path for file in client.list_artifacts(mirrored.parent_run_id)} == {"report.html", "verdict.json"}
    assert parent.info.end_time - parent.info.start_time == 600_000


def test_what_was_written_is_read_back_and_counted(record: Record, sqlite_uri: str) -> None:
    mirrored = mirror(record, [], sqlite_uri, "release")

    client = MlflowClient(sqlite_uri)
    stored = [client.get_run(run_id).data.metrics for run_id in (mirrored.parent_run_id, *mirrored.child_run_ids)]
    assert mirrored.metrics_written == mirrored.metrics_read_back == sum(map(len, stored)) > 40


def test_only_what_passed_has_a_green_mark(record: Record, sqlite_uri: str) -> None:
    mirrored = mirror(record, [], sqlite_uri, "release")

    client = MlflowClient(sqlite_uri)
    status = [client.get_run(run_id).info.status for run_id in (mirrored.parent_run_id, *mirrored.child_run_ids)]
    assert status == ["FAILED", "FAILED", "FINISHED"]


def test_the_files_lie_beside_the_database(record: Record, attached: list[Path], sqlite_uri: str) -> None:
    mirrored = mirror(record, attached, sqlite_uri, "release")

    folder = Path(sqlite_uri.removeprefix("sqlite:///")).parent / "mlflow-artifacts"
    assert (folder / mirrored.parent_run_id / "artifacts" / "report.html").read_text() == "<p>FAILED</p>"


def test_no_question_answer_or_passage_reaches_mlflow(record: Record, sqlite_uri: str, secret: str) -> None:
    mirror(record, [], sqlite_uri, "release")

    folder = Path(sqlite_uri.removeprefix("sqlite:///")).parent
    files = [file for file in folder.rglob("*") if file.is_file()]
    assert record.asks[0].case.question == secret
    assert len(files) > 2
    assert not [file for file in files if secret.encode() in file.read_bytes()]


def test_more_figures_than_one_call_takes_are_all_there(
    run_with: Callable[..., Record], record: Record, make_metric: Callable[..., Metric], sqlite_uri: str
) -> None:
    metrics = tuple(make_metric("fast", f"metric-{i}", "mean", i / 400) for i in range(400))
    check = record.verdict.checks[0]
    checks = tuple(replace(check, rule=replace(check.rule, id=f"rule-{i}")) for i in range(120))

    mirrored = mirror(run_with(metrics=metrics, checks=checks), [], sqlite_uri, "release")

    tags = MlflowClient(sqlite_uri).get_run(mirrored.child_run_ids[0]).data.tags
    assert mirrored.metrics_read_back == mirrored.metrics_written > 2000
    assert sum(name.startswith("check.") for name in tags) == 240


def test_hostile_names_and_texts_are_taken(
    run_with: Callable[..., Record], record: Record, make_metric: Callable[..., Metric], sqlite_uri: str
) -> None:
    hostile = (
        "../../etc/passwd",
        "a\x00b\nc",
        "<script>alert(1)</script>",
        "'; drop table runs; --",
        "n" * 600,
        "\ud800",
    )
    metrics = tuple(make_metric("fast", name, "mean", 0.5, slice_) for name in hostile for slice_ in ("all", name))
    check = replace(record.verdict.checks[0], message="\x1b[31m" + "long " * 4000)
    checks = tuple(replace(check, rule=replace(check.rule, id=name)) for name in hostile[:-1])

    mirrored = mirror(run_with(metrics=metrics, checks=checks), [], sqlite_uri, "release")

    assert mirrored.metrics_read_back == mirrored.metrics_written


@pytest.mark.parametrize(
    ("store", "told"),
    [
        pytest.param(LosesAMetric, r"metric \S+ is not there", id="loses-a-metric"),
        pytest.param(RoundsAMetric, r"metric \S+ is another", id="rounds-a-metric"),
        pytest.param(LosesTags, r"tag verdict is not there", id="loses-tags"),
        pytest.param(LosesFiles, r"file report.html is not there", id="loses-files"),
        pytest.param(CutsFiles, r"file report.html is another", id="cuts-files"),
    ],
)
def test_a_store_that_gives_back_something_else_is_found_out(
    record: Record, attached: list[Path], sqlite_uri: str, store: type[MlflowClient], told: str
) -> None:
    with pytest.raises(TrackingError, match=told) as error:
        mirror(record, attached, sqlite_uri, store.__name__, connect=store)

    client = MlflowClient(sqlite_uri)
    runs = client.search_runs([client.get_experiment_by_name(store.__name__).experiment_id])
    assert error.value.next_step
    assert {run.info.status for run in runs} == {"RUNNING"}


def test_two_metrics_whose_names_become_one_are_found_out(
    run_with: Callable[..., Record], make_metric: Callable[..., Metric], sqlite_uri: str
) -> None:
    metrics = tuple(make_metric("fast", name, "mean", 0.5) for name in ("ndcg@10", "ndcg_at_10"))

    with pytest.raises(TrackingError, match=r"\d+ metrics were written and \d+ are there"):
        mirror(run_with(metrics=metrics), [], sqlite_uri, "release")


def test_a_server_that_is_not_there_is_told_without_the_password(record: Record) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]

    with pytest.raises(TrackingError, match=rf"MLflow at http://\*\*\*@127.0.0.1:{port} did not take") as error:
        mirror(record, [], f"http://robot:hunter2@127.0.0.1:{port}", "release")

    assert "hunter2" not in str(error.value)
    assert error.value.__suppress_context__
    assert error.value.next_step


@pytest.mark.parametrize(
    "uri",
    [
        "",
        "carrier-pigeon://x",
        "file:///tmp/never-written",
        "postgresql+nodriver://u:hunter2@127.0.0.1/x?password=hunter2",
    ],
    ids=["empty", "unknown", "file-store", "no-driver"],
)
def test_a_store_that_cannot_be_used_is_a_tracking_error(record: Record, uri: str) -> None:
    with pytest.raises(TrackingError) as error:
        mirror(record, [], uri, "release")

    assert "hunter2" not in str(error.value)


def test_a_file_that_is_no_database_is_a_tracking_error(record: Record, tmp_path: Path) -> None:
    (tmp_path / "mlflow.db").write_text("this is prose, and long enough to be read as a header of a database file")

    with pytest.raises(TrackingError, match="not a database"):
        mirror(record, [], f"sqlite:///{tmp_path}/mlflow.db", "release")


def test_a_deleted_experiment_is_a_tracking_error(record: Record, sqlite_uri: str) -> None:
    client = MlflowClient(sqlite_uri)
    client.delete_experiment(client.create_experiment("deleted"))

    with pytest.raises(TrackingError, match="deleted"):
        mirror(record, [], sqlite_uri, "deleted")


def test_an_artifact_that_is_not_there_is_a_tracking_error(record: Record, sqlite_uri: str, tmp_path: Path) -> None:
    with pytest.raises(TrackingError, match=r"never-written\.html"):
        mirror(record, [tmp_path / "never-written.html"], sqlite_uri, "release")


def test_short_waits_end_with_the_block_and_the_users_own_stand(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_TIMEOUT", "77")
    monkeypatch.delenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", raising=False)

    with impatient():
        within = (os.environ["MLFLOW_HTTP_REQUEST_TIMEOUT"], os.environ["MLFLOW_HTTP_REQUEST_MAX_RETRIES"])

    assert within == ("77", "1")
    assert os.environ["MLFLOW_HTTP_REQUEST_TIMEOUT"] == "77"
    assert "MLFLOW_HTTP_REQUEST_MAX_RETRIES" not in os.environ


def test_telemetry_is_off_and_standard_output_belongs_to_the_verdict(
    record: Record, sqlite_uri: str, capfd: pytest.CaptureFixture[str]
) -> None:
    mirror(record, [], sqlite_uri, "release")

    assert os.environ["MLFLOW_DISABLE_TELEMETRY"] == "true"
    assert capfd.readouterr().out == ""
