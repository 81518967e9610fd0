"""The auditor's command: what was sealed gives the same verdict again, and any changed byte is named."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness.cli.main import run
from harness.evidence.folder import RunFolder, json_text, seal
from harness.evidence.tables import read_observations, write_observations

Copied = Callable[[], Path]


def test_what_was_sealed_gives_the_same_verdict_byte_for_byte(
    finished: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    assert finished.harness("verify") == 0

    assert "byte for byte: PASSED" in capsys.readouterr().out


FILES = ("verdict.json", "run.json", "closing.json", "observations.parquet", "scores.parquet", "report.html",
         "summary.md", "junit.xml", "inputs/plan.jsonl", "inputs/cases.jsonl", "inputs/documents.jsonl",
         "inputs/suites/gate.yaml", "inputs/suites/suites/isolation.yaml")  # fmt: skip


def changed(folder: Path, name: str) -> None:
    """One bit of a file turned over."""
    content = bytearray((folder / name).read_bytes())
    content[len(content) // 2] ^= 1
    (folder / name).write_bytes(content)


@pytest.mark.parametrize("name", FILES)
def test_a_changed_byte_is_named(copied: Copied, capsys: pytest.CaptureFixture[str], name: str) -> None:
    folder = copied()
    changed(folder, name)

    code = run(["verify", folder.name, "--reports", str(folder.parent)])

    printed = capsys.readouterr()
    assert (code, printed.out) == (4, "")
    assert f"{name}: changed" in printed.err


@pytest.mark.parametrize(
    "arguments", [["show"], ["show", "--json"], ["explain", "quality.answered"], ["compare", "last", "last"]], ids=str
)
def test_nothing_is_shown_of_a_run_that_was_changed(
    copied: Copied, capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    folder = copied()
    changed(folder, "observations.parquet")

    code = run([*arguments, "--reports", str(folder.parent)])

    printed = capsys.readouterr()
    assert (code, printed.out) == (4, "")
    assert "observations.parquet: changed" in printed.err


def test_a_program_reads_what_is_wrong(copied: Copied, capsys: pytest.CaptureFixture[str]) -> None:
    folder = copied()
    (folder / "verdict.json").write_text("{}")

    code = run(["verify", "--reports", str(folder.parent), "--json"])

    printed = json.loads(capsys.readouterr().out)
    assert code == 4
    assert (printed["agrees"], printed["outcome"], printed["complaints"]) == (False, None, ["verdict.json: changed"])


def test_a_verdict_that_was_rewritten_and_sealed_again_is_another_one(
    copied: Copied, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = copied()
    verdict = json.loads((folder / "verdict.json").read_text())
    (folder / "verdict.json").write_text(json_text({**verdict, "outcome": "FAILED"}))
    seal(RunFolder(folder))

    assert run(["verify", "--reports", str(folder.parent)]) == 4

    assert "verdict.json: made again, it is another one" in capsys.readouterr().err


@pytest.mark.parametrize("change", ["dropped", "doubled", "answered better"])
def test_replies_that_were_rewritten_and_sealed_again_give_another_verdict(copied: Copied, change: str) -> None:
    folder = RunFolder(copied())
    lines = read_observations(folder.observations)
    if change == "dropped":
        lines = lines[1:]
    elif change == "doubled":
        lines = [*lines, lines[0]]
    else:
        lines = [line.model_copy(update={"body": line.body.replace("27", "72")}) for line in lines]
    write_observations(folder.observations, lines)
    seal(folder)

    assert run(["verify", "--reports", str(folder.path.parent)]) == 4


def test_a_gate_that_was_loosened_and_sealed_again_is_not_the_one_of_the_run(
    copied: Copied, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = RunFolder(copied())
    suite = folder.inputs / "suites" / "suites" / "quality.yaml"
    suite.write_text(suite.read_text().replace("threshold: 0.5", "threshold: 0.1"))
    seal(folder)

    assert run(["verify", "--reports", str(folder.path.parent)]) == 4

    assert "the gate is not the one that the run began with" in capsys.readouterr().err


def test_a_link_in_the_folder_is_named(copied: Copied, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = copied()
    (folder / "verdict.json").rename(tmp_path / "elsewhere.json")
    (folder / "verdict.json").symlink_to(tmp_path / "elsewhere.json")

    assert run(["verify", "--reports", str(folder.parent)]) == 4

    assert "verdict.json: not a plain file" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["../elsewhere", "nothing-of-this-name", ".", "a/b"])
def test_a_name_that_is_no_run_is_refused(finished: Any, name: str) -> None:
    assert finished.harness("verify", name) == 4


def test_no_marker_is_in_anything_that_people_read(finished: Any) -> None:
    (folder,) = finished.runs()
    markers = {
        canary["marker"]
        for line in (folder / "inputs" / "cases.jsonl").read_text().splitlines()
        for canary in json.loads(line)["canaries"]
    }

    assert markers
    for name in ("report.html", "summary.md", "junit.xml", "verdict.json", "run.json"):
        text = (folder / name).read_text()
        assert not any(marker in text for marker in markers)


def test_no_token_and_no_key_is_in_the_folder(finished: Any) -> None:
    (folder,) = finished.runs()

    for path in folder.rglob("*"):
        content = path.read_bytes() if path.is_file() else b""
        assert b"eyJ" not in content
        assert b"PRIVATE KEY" not in content


@pytest.mark.parametrize("name", ["report.html", "summary.md", "junit.xml"])
def test_a_report_that_was_rewritten_and_sealed_again_is_another_one(
    copied: Copied, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    folder = copied()
    text = (folder / name).read_text(encoding="utf-8")
    (folder / name).write_text(f"{text} ", encoding="utf-8")
    seal(RunFolder(folder))

    assert run(["verify", "--reports", str(folder.parent)]) == 4

    assert f"{name}: made again, it is another one" in capsys.readouterr().err
