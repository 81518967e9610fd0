"""A run that was cut is finished as if nothing had happened, or not at all."""

import json
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness.evidence.tables import read_observations

pytestmark = pytest.mark.slow

KILL_AFTER, KILL_WITH = "SMALL_SYSTEM_KILL_AFTER", "SMALL_SYSTEM_KILL_WITH"
SUITES = ("quality", "permission", "isolation")


def cut_short(workplace: Any, asks: int, sent: signal.Signals, **more: str) -> subprocess.CompletedProcess[bytes]:
    """A gate whose process is sent a signal after so many answers."""
    command = [sys.executable, "-m", "harness.cli.main", *workplace.arguments("gate", workplace.gate(*SUITES))]
    environment = {**workplace.environment, KILL_AFTER: str(asks), KILL_WITH: sent.name, **more}
    return subprocess.run(command, env=environment, capture_output=True, check=False, timeout=60)


def killed(workplace: Any, asks: int) -> Path:
    """The folder of a run whose process was killed, without any warning, after so many answers."""
    done = cut_short(workplace, asks, signal.SIGKILL)
    assert done.returncode == -signal.SIGKILL
    (folder,) = workplace.runs()
    assert not (folder / "verdict.json").exists()
    assert not (folder / "manifest.json").exists()
    return Path(folder)


def without_times(verdict: dict[str, Any]) -> dict[str, Any]:
    """The verdict without the moment at which it was given."""
    return {name: value for name, value in verdict.items() if name != "decided_at"}


@pytest.mark.parametrize("asks", [0, 9, 27])
def test_a_run_that_was_killed_is_finished_as_if_undisturbed(workplace: Any, asks: int) -> None:
    folder = killed(workplace, asks)

    assert workplace.harness("resume") == 0

    resumed = workplace.verdict(folder)
    assert workplace.harness("gate", workplace.gate(*SUITES)) == 0
    assert without_times(resumed) == without_times(workplace.verdict())
    assert workplace.harness("verify", folder.name) == 0
    assert not (folder / "journal.jsonl").exists()


def test_a_gate_that_is_cancelled_cleans_up_and_can_be_resumed(workplace: Any, tmp_path: Path) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()

    done = cut_short(workplace, 9, signal.SIGTERM, TMPDIR=str(temporary))

    assert done.returncode == 5
    assert b"interrupted; `harness list` shows what was kept" in done.stderr
    assert list(temporary.iterdir()) == []
    assert workplace.harness("resume") == 0


@pytest.fixture
def cut(workplace: Any, copied: Callable[[], Path]) -> tuple[Any, Path]:
    """A run that was cut in the middle of an ask: its journal ends inside its last line but one."""
    folder = copied()
    lines = _journal_of(folder)
    for name in ("manifest.json", "verdict.json", "closing.json", "observations.parquet", "scores.parquet"):
        (folder / name).unlink()
    (folder / "journal.jsonl").write_bytes(b"".join(lines)[: -len(lines[-1]) - 40])
    return workplace, folder


def _journal_of(folder: Path) -> list[bytes]:
    found = read_observations(folder / "observations.parquet")
    return [line.model_dump_json().encode("utf-8") + b"\n" for line in found]


def test_only_what_was_lost_is_asked_again(cut: tuple[Any, Path], capsys: pytest.CaptureFixture[str]) -> None:
    workplace, folder = cut
    planned = json.loads((folder / "run.json").read_text())["planned"]

    assert workplace.harness("resume", folder.name) == 0

    assert f"{planned} asks planned, {planned - 2} already made" in capsys.readouterr().err
    assert workplace.verdict(folder)["outcome"] == "PASSED"


def test_a_run_whose_gate_was_edited_after_the_cut_is_not_finished(
    cut: tuple[Any, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    workplace, folder = cut
    suite = folder / "inputs" / "suites" / "suites" / "quality.yaml"
    suite.write_text(suite.read_text().replace("threshold: 0.5", "threshold: 0.1"))

    assert workplace.harness("resume", folder.name) == 4

    assert "the gate is not the one that the run began with" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["cases.jsonl", "plan.jsonl"])
def test_a_run_whose_plan_was_edited_after_the_cut_is_not_finished(
    cut: tuple[Any, Path], capsys: pytest.CaptureFixture[str], name: str
) -> None:
    workplace, folder = cut
    lines = (folder / "inputs" / name).read_text().splitlines(keepends=True)
    if name == "plan.jsonl":
        lines.pop(0)
    else:
        lines[0] = lines[0].replace('"cluster":"', '"cluster":"another-')
    (folder / "inputs" / name).write_text("".join(lines))

    assert workplace.harness("resume", folder.name) == 4

    assert "the plan is not the one that the run began with" in capsys.readouterr().err


def test_a_run_is_about_one_release(cut: tuple[Any, Path], capsys: pytest.CaptureFixture[str]) -> None:
    workplace, folder = cut
    described = json.loads((folder / "run.json").read_text())
    (folder / "run.json").write_text(json.dumps({**described, "release_digest": "0" * 64}))

    assert workplace.harness("resume", folder.name) == 4

    assert "the run began with 000000000000" in capsys.readouterr().err


def test_a_journal_with_a_damaged_line_is_not_carried_on(
    cut: tuple[Any, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    workplace, folder = cut
    journal = folder / "journal.jsonl"
    journal.write_bytes(journal.read_bytes().replace(b'"attempt":1', b'"attempt":x', 1))

    assert workplace.harness("resume", folder.name) == 4

    assert "journal.jsonl:1: not a line of the journal" in capsys.readouterr().err


def test_a_journal_with_a_stranger_is_invalid(cut: tuple[Any, Path]) -> None:
    workplace, folder = cut
    journal = folder / "journal.jsonl"
    first = json.loads(journal.read_bytes().split(b"\n")[0])
    stranger = json.dumps({**first, "case_id": "stranger"}).encode() + b"\n"
    journal.write_bytes(stranger + journal.read_bytes())

    assert workplace.harness("resume", folder.name) == 4

    verdict = workplace.verdict(folder)
    assert (verdict["outcome"], verdict["faults"][0]["reason"]) == ("INVALID", "UNPLANNED_EVIDENCE")


def test_a_journal_with_one_ask_twice_is_invalid(cut: tuple[Any, Path]) -> None:
    workplace, folder = cut
    journal = folder / "journal.jsonl"
    first = journal.read_bytes().split(b"\n")[0] + b"\n"
    journal.write_bytes(first + journal.read_bytes())

    assert workplace.harness("resume", folder.name) == 4

    assert "more than one observation" in workplace.verdict(folder)["faults"][0]["message"]


def test_a_run_that_was_cut_has_no_verdict_to_show(cut: tuple[Any, Path], capsys: pytest.CaptureFixture[str]) -> None:
    workplace, folder = cut

    assert {verb: workplace.harness(verb, folder.name) for verb in ("show", "verify")} == {"show": 4, "verify": 4}
    assert workplace.harness("list", "--json") == 0
    assert json.loads(capsys.readouterr().out)[0]["outcome"] == "unfinished"


def test_a_finished_run_is_not_resumed(finished: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert finished.harness("resume") == 4

    assert "is finished" in capsys.readouterr().err


@pytest.mark.parametrize("keep", ["closing.json", "closing.json and the tables"])
def test_a_run_that_was_killed_while_it_was_deciding_is_decided_again(
    workplace: Any, copied: Callable[[], Path], keep: str
) -> None:
    folder = copied()
    before = workplace.verdict(folder)
    lost = ["manifest.json", "verdict.json", "report.html"]
    if keep == "closing.json":
        (folder / "journal.jsonl").write_bytes(b"".join(_journal_of(folder)))
        lost += ["observations.parquet", "scores.parquet"]
    for name in lost:
        (folder / name).unlink()

    assert workplace.harness("resume") == 0

    assert workplace.verdict(folder) == before
    assert workplace.harness("verify") == 0
