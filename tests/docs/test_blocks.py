"""Console blocks: the tool's own laws, and what the pages show against what the commands print."""

import difflib
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

import pytest

SHOWN = """# Page

<!-- checked -->
```console
$ echo one; \\
  echo two
one
two
$ (exit 3)
$ echo $?
3
```
"""


def _printed(tool: ModuleType, text: str, folder: Path, gates: Path) -> list[tuple[object, list[str]]]:
    """What the blocks of a page print in an empty repository."""
    folder.mkdir(parents=True, exist_ok=True)
    page = folder / "page.md"
    page.write_text(text, encoding="utf-8")
    printed: list[tuple[object, list[str]]] = tool.run_page(page, folder, tool.Gates(gates))
    return printed


def test_a_true_block_agrees_with_what_its_commands_print(tool: ModuleType, tmp_path: Path) -> None:
    ((block, printed),) = _printed(tool, SHOWN, tmp_path / "repository", tmp_path / "gates")

    assert printed == ["one\ntwo", "", "3"]
    assert tool.agrees(block, printed)


def test_a_block_that_shows_something_else_is_seen_and_rewritten(tool: ModuleType, tmp_path: Path) -> None:
    false = SHOWN.replace("\n3\n", "\n0\n").replace("one\ntwo\n$", "one\n$")

    ((block, printed),) = _printed(tool, false, tmp_path / "repository", tmp_path / "gates")

    assert not tool.agrees(block, printed)
    assert tool.with_outputs(false, [(block, printed)]) == SHOWN


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("```console\n$ ls\n```", "no comment on the line above"),
        ("<!-- checked -->\n\n```console\n$ ls\n```", "no comment on the line above"),
        ("<!-- given: true -->\n```console\n$ ls\n```", "no comment on the line above"),
        ("<!-- not run -->\n```console\n$ ls\n```", "needs a reason"),
        ("<!-- checked: more or less -->\n```console\n$ ls\n```", "is none of"),
        ("<!-- checked -->\n  ```console\n  $ ls\n  ```", "starts at the margin"),
        ("<!-- checked -->\n```console\n$ ls", "has an end"),
        ("<!-- checked -->\n```console\nls\n```", "begins with"),
        ("<!-- checked -->\n```console\n$ harness gate a\n$ harness gate b\n```", "two gates"),
    ],
    ids=["no comment", "a gap", "only given", "no reason", "unknown option", "indented", "no end", "no command", "two"],
)
def test_a_block_that_cannot_be_held_true_is_refused(tool: ModuleType, text: str, complaint: str) -> None:
    with pytest.raises(tool.PageError, match=complaint):
        tool.blocks_of(text, "page.md")


def test_masks_hide_figures_and_nothing_else(tool: ModuleType) -> None:
    one = "release-20261122t085655z-f9a7  PASSED  0.91 [0.89, 1]  2026-11-22T08:56:55Z  ca36ee432547 -0.5 dunmore-a021"
    two = "release-20270101t000000z-0bad PASSED 1e-05 [12, 3.5] 2027-01-01T00:00:00Z 0123456789ab +7 aldermoor-a001"

    assert tool.masked(one) == tool.masked(two)
    assert tool.masked(one) != tool.masked(two.replace("PASSED", "FAILED"))


def test_a_gate_of_the_same_words_is_run_once_and_its_run_is_there_for_both_readers(
    tool: ModuleType, tmp_path: Path
) -> None:
    repository, gates = tmp_path / "repository", tool.Gates(tmp_path / "gates")
    binaries = repository / "bin"
    binaries.mkdir(parents=True)
    (binaries / "harness").write_text(
        "#!/bin/sh\nmkdir -p reports/$$; touch reports/$$/run.json; echo run $$; exit 3\n"
    )
    (binaries / "harness").chmod(0o755)
    call = "PATH=bin:$PATH harness gate suites/release.yaml | tee kept.txt; (exit 3)"
    page = repository / "page.md"
    page.write_text(f"<!-- checked -->\n```console\n$ {call}\n$ echo $?\n$ ls reports\n$ cat kept.txt\n```\n", "utf-8")

    first, second = (tool.run_page(page, repository, gates)[0][1] for _ in range(2))

    assert first == second
    assert first[0] == f"run {first[2]}"
    assert first[1] == "3"
    assert first[3] == first[0]


def test_a_hidden_command_comes_first_and_readers_do_not_see_each_other(tool: ModuleType, tmp_path: Path) -> None:
    given = "<!-- given: echo made > made.txt -->\n\n"
    text = f"{given}<!-- checked -->\n```console\n$ cat made.txt; echo more >> made.txt\n```\n"

    runs = [_printed(tool, text, tmp_path / "repository", tmp_path / "gates") for _ in range(2)]

    assert [printed for run in runs for _, printed in run] == [[""], ["made"], [""], ["made"]]


def test_a_command_cannot_change_the_data_folders_of_the_repository(tool: ModuleType, tmp_path: Path) -> None:
    suite = tmp_path / "repository" / "suites" / "suite.yaml"
    suite.parent.mkdir(parents=True)
    suite.write_text("kept", encoding="utf-8")
    text = "<!-- given: echo changed > suites/suite.yaml -->\n"

    _printed(tool, text, tmp_path / "repository", tmp_path / "gates")

    assert suite.read_text(encoding="utf-8") == "kept"


def test_every_console_block_of_every_page_says_how_it_is_held_true(
    tool: ModuleType, page_texts: dict[str, str]
) -> None:
    found = [block for name, text in page_texts.items() for block in tool.blocks_of(text, name)]

    assert any(block.run for block in found)


def test_no_page_shows_a_shell_session_outside_of_a_console_block(page_texts: dict[str, str]) -> None:
    sessions = {
        f"{name}: {line}"
        for name, text in page_texts.items()
        for fence in text.split("\n```")[1::2]
        if not fence.startswith("console\n")
        for line in fence.split("\n")
        if line.startswith("$ ")
    }

    assert sessions == set()


def _differences(tool: ModuleType, page: Path, repository: Path, gates: object) -> list[str]:
    """Every block of the page that shows something else than it prints, as a diff."""
    return [
        f"{block.place}: run `make docs` and read the difference\n{_diff(block.commands, printed)}"
        for block, printed in tool.run_page(page, repository, gates)
        if block.lines and not tool.agrees(block, printed)
    ]


def _diff(shown: Sequence[tuple[str, str]], printed: Sequence[str]) -> str:
    one = [line for command, text in shown for line in (f"$ {command}\n{text}".split("\n"))]
    two = [
        line for (command, _), text in zip(shown, printed, strict=True) for line in f"$ {command}\n{text}".split("\n")
    ]
    return "\n".join(difflib.unified_diff(one, two, "on the page", "printed", lineterm=""))


@pytest.mark.slow
def test_every_checked_block_prints_what_its_page_shows(tool: ModuleType, repository: Path, tmp_path: Path) -> None:
    gates = tool.Gates(tmp_path)

    differences = [
        difference for page in tool.pages(repository) for difference in _differences(tool, page, repository, gates)
    ]

    assert not differences, "\n\n".join(differences)
