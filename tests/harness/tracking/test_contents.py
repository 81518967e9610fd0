"""A finished run in, the contents of MLflow's runs out."""

import io
import json
from collections.abc import Callable
from dataclasses import replace

import pyarrow.parquet as pq
import pytest

from harness.domain.checks import Fault
from harness.domain.runs import Record
from harness.domain.scores import Metric
from harness.errors import TrackingError
from harness.tracking.contents import gate_contents, suite_contents


def test_the_parent_holds_the_verdict_and_the_digests(record: Record) -> None:
    parent = gate_contents(record, {"report.html": b"<p>"})

    tags = dict(parent.tags)
    assert parent.name == record.run.id
    assert tags["verdict"] == "FAILED"
    assert tags["release_digest"] == "7" * 64
    assert tags["corpus_digest"] == "2" * 64
    assert tags["plan_digest"] == "3" * 64
    assert tags["suite_digest.handbook"] == "5" * 64
    assert tags["scorer.ranking"] == "2"
    assert dict(parent.metrics) == {
        "exit_code": 1.0,
        "checks.PASSED": 1.0,
        "checks.FAILED": 1.0,
        "checks.INCONCLUSIVE": 0.0,
        "checks.INVALID": 0.0,
    }
    assert parent.files == {"report.html": b"<p>"}


def test_the_description_names_what_did_not_pass_and_nothing_else(record: Record) -> None:
    note = dict(gate_contents(record, {}).tags)["mlflow.note.content"]

    assert "- FAILED `handbook.ndcg[fast]`: ndcg@10 is 0.71, the floor is 0.8" in note
    assert "careful" not in note


def test_a_fault_is_told(run_with: Callable[..., Record]) -> None:
    record = run_with(outcome="INVALID", faults=(Fault("RELEASE_CHANGED", "the target changed"),))

    parent = gate_contents(record, {})

    assert dict(parent.tags)["fault.1"] == "RELEASE_CHANGED: the target changed"
    assert dict(parent.metrics)["exit_code"] == 4.0
    assert not parent.passed


def test_two_routes_have_the_same_names(record: Record) -> None:
    fast, careful = suite_contents(record)

    assert [name for name, _ in fast.metrics] == [name for name, _ in careful.metrics]
    assert [name for name, _ in fast.params] == [name for name, _ in careful.params]
    assert [name for name, _ in fast.tags] == [name for name, _ in careful.tags]
    assert dict(fast.metrics)["ndcg_at_10.mean"] == 0.71
    assert dict(careful.metrics)["ndcg_at_10.mean"] == 0.83
    assert dict(fast.tags)["check.handbook.ndcg"] == "FAILED"
    assert dict(fast.tags)["check.handbook.ndcg.reason"] == "BELOW_FLOOR"
    assert dict(careful.tags)["check.handbook.ndcg"] == "PASSED"
    assert (fast.passed, careful.passed) == (False, True)


def test_a_metric_is_written_with_its_bounds_and_its_counts(record: Record) -> None:
    metrics = dict(suite_contents(record)[0].metrics)

    named = {name: value for name, value in metrics.items() if name.startswith("tag.number/")}
    assert named == {
        "tag.number/ndcg_at_10.mean": 0.71,
        "tag.number/ndcg_at_10.mean.low": 0.61,
        "tag.number/ndcg_at_10.mean.n": 3.0,
        "tag.number/ndcg_at_10.mean.errored": 1.0,
        "tag.number/ndcg_at_10.mean.missing": 1.0,
    }
    assert metrics["asks.planned"] == metrics["asks.answered"] + metrics["asks.errored"] + metrics["asks.unasked"]


def test_a_missing_value_is_no_number_but_a_tag_that_says_why(record: Record) -> None:
    fast = suite_contents(record)[0]

    assert "cost_usd.mean" not in dict(fast.metrics)
    assert dict(fast.metrics)["cost_usd.mean.missing"] == 4.0
    assert dict(fast.tags)["missing.cost_usd.mean"] == "no case has a price"


def test_the_params_say_what_was_asked_for(record: Record) -> None:
    params = dict(suite_contents(record)[0].params)

    assert params["route"] == "fast"
    assert params["target"] == "reference"
    assert (params["top_k"], params["repeats"], params["concurrency"]) == ("10", "2", "4")


def test_the_scores_are_a_table_with_null_for_a_missing_value(record: Record) -> None:
    fast = suite_contents(record)[0]

    table = pq.read_table(io.BytesIO(fast.files["scores.parquet"]))

    assert table.column("case_id").to_pylist() == ["case-0", "case-1", "case-2", "case-3"]
    assert table.column("value").to_pylist() == [0.71, 0.71, 0.71, None]
    assert table.column("errored").to_pylist() == [False, False, False, True]


def test_the_checks_are_a_table_whose_ids_hold_no_route(record: Record) -> None:
    fast = suite_contents(record)[0]

    table = json.loads(fast.files["checks.json"])

    assert table["columns"][:4] == ["check", "status", "value", "threshold"]
    assert [row[:4] for row in table["data"]] == [["handbook.ndcg", "FAILED", 0.71, 0.8]]
    assert {len(row) for row in table["data"]} == {len(table["columns"])}


def test_a_check_without_a_metric_has_a_row(run_with: Callable[..., Record], record: Record) -> None:
    empty = replace(record.verdict.checks[0], status="INVALID", reason="NO_EVIDENCE", metric=None)

    fast = suite_contents(run_with(checks=(empty,)))[0]

    assert json.loads(fast.files["checks.json"])["data"][0][:4] == ["handbook.ndcg", "INVALID", None, 0.8]


def test_a_figure_of_an_undeclared_suite_is_refused(
    run_with: Callable[..., Record], make_metric: Callable[..., Metric]
) -> None:
    record = run_with(metrics=(make_metric("a third route", "ndcg@10", "mean", 0.5),))

    with pytest.raises(TrackingError, match="a third route"):
        suite_contents(record)


def test_a_suite_whose_route_the_target_chooses_says_so(record: Record) -> None:
    suite = replace(record.gate.suites[0], routes=("",))
    verdict = replace(record.verdict, checks=(), metrics=(), ledgers=())
    unrouted = replace(record, gate=replace(record.gate, suites=(suite,)), verdict=verdict, scores=())

    (only,) = suite_contents(unrouted)

    assert only.name == "handbook"
    assert dict(only.params)["route"] == "chosen by the target"
