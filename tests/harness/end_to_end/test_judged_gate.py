"""A gate with an LLM judge, from the command line to the recomputed verdict: it informs, and it never decides."""

import json
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

pytestmark = pytest.mark.slow

KEY = "sk-this-is-secret"
JUDGED = """
suite: judged
version: "1"
about: What does an LLM judge think of the answers?
verb: answer
top_k: 3
cases:
  kinds: [answerable]
judge:
  model: openai/tiny
  api_base_env: JUDGE_BASE
  api_key_env: JUDGE_KEY
  timeout_s: {timeout}
scorers: [answered, judged.faithfulness]
rules:
  - id: answered
    metric: answered
    bound: floor
    threshold: 0.5
    why: a system that answers nothing helps nobody
  - id: faithful
    metric: judged.faithfulness
    bound: floor
    threshold: 0.5
    severity: {severity}
    why: an opinion to be read beside the groundedness of the lexical judge
"""


@pytest.fixture
def server(judge_doubles: ModuleType, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The judge's endpoint, with the variables that lead to it."""
    with judge_doubles.serving() as found:
        monkeypatch.setenv("JUDGE_BASE", found.address)
        monkeypatch.setenv("JUDGE_KEY", KEY)
        yield found


def _gate(workplace: Any, severity: str = "advisory", timeout: float = 20.0) -> Path:
    workplace.suite("judged", JUDGED.format(severity=severity, timeout=timeout))
    path: Path = workplace.gate("judged")
    return path


def _check(workplace: Any, name: str = "judged.faithful") -> dict[str, Any]:
    checks: list[dict[str, Any]] = workplace.verdict()["checks"]
    return next(check for check in checks if f"{check['suite']}.{check['rule']['id']}" == name)


def _judgements(workplace: Any) -> list[dict[str, Any]]:
    (folder,) = workplace.runs()
    return [json.loads(line) for line in (folder / "judgements.jsonl").read_text().splitlines()]


def test_a_judged_run_is_decided_and_recomputed_without_the_judge(
    workplace: Any, server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = workplace.harness("gate", _gate(workplace))

    assert (code, _check(workplace)["status"]) == (0, "PASSED")
    lines = _judgements(workplace)
    assert len(lines) == 8
    assert {line["value"] for line in lines} == {1.0}
    (folder,) = workplace.runs()
    run = json.loads((folder / "run.json").read_text())
    assert {line["judge"] for line in lines} == {run["scorer_versions"]["judged.faithfulness"]}
    assert not [path for path in folder.rglob("*") if path.is_file() and KEY.encode() in path.read_bytes()]

    asked = len(server.requests)
    monkeypatch.delenv("JUDGE_BASE")
    monkeypatch.delenv("JUDGE_KEY")
    assert workplace.harness("verify", folder.name) == 0
    assert len(server.requests) == asked


def test_a_changed_judgement_is_seen(workplace: Any, server: Any) -> None:
    workplace.harness("gate", _gate(workplace))
    (folder,) = workplace.runs()
    path = folder / "judgements.jsonl"
    path.write_text(path.read_text().replace('"value":1.0', '"value":0.9', 1))

    assert workplace.harness("verify", folder.name) == 4


@pytest.mark.parametrize(
    ("status", "content", "timeout", "kinds"),
    [
        pytest.param(200, "I think so.", 20.0, {"failed"}, id="garbage"),
        pytest.param(200, '{"statements": []}', 20.0, {"no_number"}, id="no statement, so NaN"),
        pytest.param(401, None, 20.0, {"failed"}, id="a key that is refused"),
        pytest.param(200, None, 0.3, {"timeout", "failed"}, id="no answer in time"),
    ],
)
def test_a_judge_that_gives_no_value_passes_nothing_and_stops_nothing(
    workplace: Any, server: Any, status: int, content: str | None, timeout: float, kinds: set[str]
) -> None:
    server.status, server.content = status, content
    if timeout < 1:
        server.answering.clear()

    code = workplace.harness("gate", _gate(workplace, timeout=timeout))

    check = _check(workplace)
    assert (check["status"], check["reason"]) == ("INCONCLUSIVE", "MISSING_VALUES")
    assert (check["metric"]["value"], check["metric"]["n"], check["metric"]["missing"]) == (None, 0, 8)
    lines = _judgements(workplace)
    assert len(lines) == 8
    assert {line["value"] for line in lines} == {None}
    assert {line["fault_kind"] for line in lines} <= kinds
    assert (code, workplace.verdict()["outcome"]) == (0, "PASSED")
    (folder,) = workplace.runs()
    assert workplace.harness("verify", folder.name) == 0


def test_a_judge_may_not_block(workplace: Any, server: Any, capsys: pytest.CaptureFixture[str]) -> None:
    code = workplace.harness("gate", _gate(workplace, severity="blocker"))

    assert code == 4
    assert "without a certificate" in capsys.readouterr().err
    assert workplace.runs() == []


def test_without_its_variables_nothing_is_asked(workplace: Any, capsys: pytest.CaptureFixture[str]) -> None:
    code = workplace.harness("gate", _gate(workplace))

    assert code == 4
    assert "JUDGE_BASE" in capsys.readouterr().err
    assert workplace.runs() == []


def test_a_run_that_was_cut_while_judging_asks_only_the_rest(workplace: Any, server: Any) -> None:
    workplace.harness("gate", _gate(workplace))
    (folder,) = workplace.runs()
    verdict = workplace.verdict()
    whole = (folder / "judgements.jsonl").read_bytes().splitlines(keepends=True)
    (folder / "manifest.json").unlink()
    (folder / "verdict.json").unlink()
    (folder / "judgements.jsonl").write_bytes(b"".join(whole[:3]) + whole[3][:40])
    server.requests.clear()

    code = workplace.harness("resume", folder.name)

    assert code == 0
    assert len(server.requests) == 5 * 2
    assert workplace.verdict() == verdict
    assert workplace.harness("verify", folder.name) == 0


def test_a_run_is_not_finished_with_another_judge(
    workplace: Any, server: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    workplace.harness("gate", _gate(workplace))
    (folder,) = workplace.runs()
    (folder / "manifest.json").unlink()
    run = json.loads((folder / "run.json").read_text())
    run["scorer_versions"]["judged.faithfulness"] = "e" * 64
    (folder / "run.json").write_text(json.dumps(run))

    code = workplace.harness("resume", folder.name)

    assert code == 4
    assert "a run has one judge" in capsys.readouterr().err
