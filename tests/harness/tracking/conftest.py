"""A finished run of one suite over two routes, and a store of MLflow that the module's tests share."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from harness.domain.cases import Ask, Case, Principal
from harness.domain.checks import Check, Ledger, Rule, Verdict
from harness.domain.observations import Answer, Observation, Passage, Source
from harness.domain.runs import Record, Run
from harness.domain.scores import Interval, Metric, Score
from harness.domain.suites import Gate, Suite

SUITE = "handbook"
ROUTES = ("fast", "careful")
SECRET = "the-question-that-nobody-may-read"


def figure(route: str, name: str, aggregate: str, value: float | None, slice_: str = "all") -> Metric:
    """A metric over four cases; three of them have a value where `value` is given."""
    interval = None if value is None else Interval(round(value - 0.1, 6), None, 0.95, "bootstrap")
    reason = "" if value is not None else "no case has a price"
    n = 0 if value is None else 3
    return Metric(SUITE, route, name, aggregate, slice_, value, n, 1, 4 - n, 0, 2, interval, reason)


def finished_run(fast: float = 0.71, careful: float = 0.83) -> Record:
    """A FAILED run: the fast route ranks below the floor, the careful one passes."""
    rules = (Rule("ndcg", "ndcg@10", "mean", "floor", 0.8, "agreed with the owners of the handbook"),)
    suite = Suite(SUITE, "1", "answer", 10, ROUTES, 2, 4, 1, 30.0, None, None, ("ranking", "latency"), rules, "5" * 64)
    metrics, checks, ledgers, scores = [], [], [], []
    for route, value in zip(ROUTES, (fast, careful), strict=True):
        ndcg = figure(route, "ndcg@10", "mean", value)
        metrics += [
            ndcg,
            figure(route, "ndcg@10", "mean", value, "tag=number"),
            figure(route, "latency_ms", "quantile(0.95)", 1000 * value),
            figure(route, "cost_usd", "mean", None),
        ]
        status = ("PASSED", "SHOWN") if value >= 0.8 else ("FAILED", "BELOW_FLOOR")
        checks.append(Check(rules[0], SUITE, route, *status, f"ndcg@10 is {value}, the floor is 0.8", ndcg))
        ledgers.append(Ledger(SUITE, route, 8, 7, 1, 0))
        scores += [Score(SUITE, route, f"case-{i}", 1, "ndcg@10", value, "rank 1", False, "2") for i in range(3)]
        scores.append(Score(SUITE, route, "case-3", 1, "ndcg@10", None, "the judge did not answer", True, "2"))
    gate = Gate("release", "3", "reference", "../datasets/handbook", (suite,), digest="4" * 64)
    outcome = "FAILED" if any(check.status == "FAILED" for check in checks) else "PASSED"
    verdict = Verdict(outcome, tuple(checks), tuple(ledgers), (), tuple(metrics), "7" * 64, "2026-11-22T08:10:00Z")
    run = Run(
        "20261122T080000Z-7777",
        "release",
        "3",
        "4" * 64,
        "handbook 1",
        "1" * 64,
        "2" * 64,
        "reference",
        {"prompt": SECRET},
        "7" * 64,
        "2026-11-22T08:00:00Z",
        {"ranking": "2", "latency": "1"},
        {"isolation": "1"},
        {"python": "3.11.7"},
        16,
        "3" * 64,
    )
    return Record(run, gate, verdict, (asked(),), (observed(),), tuple(scores))


def asked() -> Ask:
    """An ask whose question must not reach MLflow."""
    principal = Principal("p-1", "aldermoor", SECRET, (), "internal")
    return Ask(SUITE, "fast", Case("case-0", "answerable", principal, SECRET, "c-1"), 1)


def observed() -> Observation:
    """A reply whose texts must not reach MLflow."""
    passage = Passage("p-1", 1, SECRET, "aldermoor", Source("d-1", SECRET, SECRET, "1", "0" * 64, None))
    return Observation(
        SUITE, "fast", "case-0", 1, 12.5, 200, SECRET, Answer(SECRET, False, (), (passage,), None, None), None
    )


@pytest.fixture
def record() -> Record:
    """A FAILED run over two routes."""
    return finished_run()


@pytest.fixture
def run_with() -> Callable[..., Record]:
    """Makes a run whose verdict has other fields than the usual one."""

    def make(**fields: object) -> Record:
        usual = finished_run()
        return replace(usual, verdict=replace(usual.verdict, **fields))

    return make


@pytest.fixture
def make_metric() -> Callable[..., Metric]:
    """`figure` above, for tests that need other metrics."""
    return figure


@pytest.fixture
def secret() -> str:
    """A text that stands in the record wherever a question, an answer or a passage does."""
    return SECRET


@pytest.fixture(scope="session")
def sqlite_uri(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A SQLite store; the first test that uses it pays for its tables."""
    return f"sqlite:///{tmp_path_factory.mktemp('mlflow')}/mlflow.db"


@pytest.fixture
def attached(tmp_path: Path) -> list[Path]:
    """Two files as a run leaves them."""
    files = {"report.html": "<p>FAILED</p>", "verdict.json": '{"outcome":"FAILED"}'}
    for name, content in files.items():
        (tmp_path / name).write_text(content)
    return [tmp_path / name for name in files]
