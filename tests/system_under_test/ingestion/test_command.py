"""The command line."""

import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from system_under_test.ingestion.command import command, exit_code, report
from system_under_test.ingestion.corpus import Summary
from system_under_test.ingestion.faults import CODES, FileFault, Problem, shown

COUNTS = Summary(
    new=1, changed=2, unchanged=1_000, converted=3, removed=("gone.md",), kept=(), ignored=4, problems=()
)  # fmt: skip
BAD = Problem("a\x1b[31m.md", "is broken", "mend it")


def invoke(folder: Path, *options: str, tenant: str = "acme") -> Result:
    out = folder.parent / "out" / "documents.jsonl"
    arguments = [str(folder), f"--tenant={tenant}", f"--out={out}", "--owner=it", "--classification=internal", *options]
    return CliRunner().invoke(command, arguments)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "folder").mkdir()
    return tmp_path / "folder"


@pytest.mark.slow
def test_a_good_folder_gives_0_and_its_counts(folder: Path) -> None:
    (folder / "a.md").write_text("# A\n\nText.", encoding="utf-8")

    result = invoke(folder, "--allow-group=staff")

    assert result.exit_code == 0, result.output
    assert "1 document in documents.jsonl" in result.stdout
    assert result.stderr == ""


def test_a_folder_where_nothing_can_be_used_gives_4_and_says_why(folder: Path) -> None:
    (folder / "a.md").write_text("# A", encoding="utf-8")

    result = invoke(folder)

    assert result.exit_code == 4
    assert "No file could be used" in result.stdout
    assert "- a.md: names no group that may see it" in result.stdout
    assert "--allow-group" in result.stdout


@pytest.mark.slow
def test_the_only_file_that_loses_its_groups_empties_the_output_and_says_so(folder: Path) -> None:
    (folder / "a.md").write_text("# A\n\nText.", encoding="utf-8")
    invoke(folder, "--allow-group=staff")

    result = invoke(folder)

    assert result.exit_code == 4
    assert (folder.parent / "out" / "documents.jsonl").read_bytes() == b""
    assert "is empty now" in result.stdout
    assert "Withdrawn, because the file can no longer be used:\n  - a.md" in result.stdout
    assert "Error: no document is left" in result.stderr


def test_an_output_of_another_hand_gives_4(folder: Path) -> None:
    (folder.parent / "out").mkdir()
    (folder.parent / "out" / "documents.jsonl").write_text("mine", encoding="utf-8")

    result = invoke(folder)

    assert result.exit_code == 4
    assert "not written by this command" in result.stderr
    assert (folder.parent / "out" / "documents.jsonl").read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize(
    "option", ["--tenant=ACME", "--classification=secret", "--allow-group=", "--owner= it", "--max-mib=0", "--bad"]
)
def test_a_command_line_that_cannot_be_understood_gives_2(folder: Path, option: str) -> None:
    assert invoke(folder, option).exit_code == 2


def test_an_output_inside_the_folder_gives_2(folder: Path) -> None:
    result = CliRunner().invoke(command, [str(folder), "--tenant=acme", f"--out={folder / 'd.jsonl'}"])

    assert result.exit_code == 2
    assert "inside FOLDER" in result.output


@pytest.mark.parametrize(
    ("summary", "code"),
    [
        (COUNTS, 0),
        (Summary(1, 0, 0, 1, (), (), 0, (BAD,)), 1),
        (Summary(0, 0, 0, 0, (), ("kept.md",), 0, (BAD,)), 1),
        (Summary(0, 0, 0, 0, (), (), 0, (BAD,), unseen=("sub/a.md",)), 1),
        (Summary(0, 0, 0, 1, (), (), 0, (BAD,)), 4),
        (Summary(0, 0, 0, 0, (), (), 0, ()), 4),
    ],
    ids=["good", "some-skipped", "some-kept", "unseen", "none", "empty"],
)
def test_the_exit_code_says_how_much_is_in(summary: Summary, code: int) -> None:
    assert exit_code(summary) == code


def test_the_report_is_a_table_and_prints_no_raw_name() -> None:
    lines = list(report(Summary(1, 2, 1_000, 3, ("gone.md",), (), 4, (BAD,)), Path("documents.jsonl")))

    assert lines[0] == "1003 documents in documents.jsonl"
    assert "  unchanged              1,000" in lines
    assert "  - gone.md" in lines
    assert r"  - a\x1b[31m.md: is broken. To do: mend it." in lines
    assert all(line.isprintable() for line in lines)


def test_untrusted_text_is_escaped_and_cut() -> None:
    assert shown("a\nb\u202e") == r"a\nb\u202e"
    assert len(shown("x" * 10_000)) < 300


@pytest.mark.parametrize("code", sorted(CODES))
def test_every_fault_says_what_is_wrong_and_what_to_do(code: str) -> None:
    fault = FileFault(code, "here")  # type: ignore[arg-type]

    assert fault.what.endswith("(here)")
    assert fault.remedy


def test_the_command_line_does_not_load_the_converters(repository: Path) -> None:
    program = (
        "import sys, system_under_test.ingestion.command; "
        "sys.exit(any(name in sys.modules for name in ('markitdown', 'mammoth', 'pdfminer', 'bs4', 'lxml')))"
    )

    assert subprocess.run([sys.executable, "-c", program], cwd=repository, check=False).returncode == 0


def test_the_converters_are_named_in_the_modules_of_the_child_alone(repository: Path) -> None:
    room = repository / "system_under_test" / "ingestion"
    heavy = ("markitdown", "mammoth", "pdfminer", "pdfplumber", "bs4", "lxml", "requests", "magika")

    importing = {
        path.name
        for path in room.glob("*.py")
        for line in path.read_text(encoding="utf-8").splitlines()
        if line.startswith(tuple(f"{verb} {name}" for verb in ("import", "from") for name in heavy))
    }

    assert importing == {"convert.py", "pages.py", "webpage.py"}
