"""`harness dataset`: what each verb prints, and the error that it leaves to `main`."""

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from harness.cli.dataset import command
from harness.errors import DeclarationError, InvalidInput, MissingData


def _call(*arguments: object) -> Result:
    return CliRunner().invoke(command, [str(argument) for argument in arguments])


def test_freeze_prints_the_digest_and_says_when_nothing_changed(small: Any) -> None:
    first = _call("freeze", small.folder, "--licence", "MIT")
    second = _call("freeze", small.folder)

    assert (first.exit_code, second.exit_code) == (0, 0)
    assert "sample 1.0.0 is now frozen\ndigest " in first.output
    assert "sample 1.0.0 is frozen\n" in second.output


def test_freeze_leaves_the_error_of_the_linter_to_main(small: Any) -> None:
    small.case("ash-f001", principal="ash-executive")

    result = _call("freeze", small.folder, "--licence", "MIT")

    assert isinstance(result.exception, InvalidInput)
    assert result.exception.exit_code == 4


def test_freeze_replaces_only_when_it_is_told(small: Any) -> None:
    _call("freeze", small.folder, "--licence", "MIT")
    small.case("ash-a001", question="How much leave do I get?")

    refused, done = _call("freeze", small.folder), _call("freeze", small.folder, "--replace")

    assert "a changed set is a new version" in str(refused.exception)
    assert done.exit_code == 0


def test_lint_prints_findings_and_counts_and_notes_do_not_fail_it(small: Any) -> None:
    result = _call("lint", small.folder)

    assert result.exit_code == 0
    assert "note: the kind 'forbidden' has 1 cases" in result.output
    assert re.search(r"^cases +4$", result.output, re.MULTILINE)


@pytest.mark.parametrize("options", [[], ["--json"]], ids=["text", "json"])
def test_lint_ends_with_an_invalid_input_where_it_finds_an_error(small: Any, options: list[str]) -> None:
    small.case("ash-a001", facts=[["29 days"]])

    result = _call("lint", small.folder, *options)

    assert isinstance(result.exception, InvalidInput)
    assert str(result.exception).endswith("errors 1, notes 5")
    assert "the fact '29 days' stands in no document" in result.output


def test_lint_as_json_is_one_document_for_a_program(small: Any) -> None:
    found = json.loads(_call("lint", small.folder, "--json").output)

    assert found["counts"]["cases"] == 4
    assert {finding["rule"] for finding in found["findings"]} == {"few-cases"}


def test_lint_leaves_an_unreadable_line_to_main(small: Any) -> None:
    small.case("ash-a001", principal="nobody")

    result = _call("lint", small.folder)

    assert isinstance(result.exception, DeclarationError)
    assert result.exception.place.line == 1


def test_diff_prints_text_or_json_and_never_fails(small: Any) -> None:
    older = small.folder.with_name("0.9.0")
    shutil.copytree(small.folder, older)
    small.case("ash-a001", question="How much leave do I get?")

    as_text, as_json = _call("diff", older, small.folder), _call("diff", older, small.folder, "--json")

    assert (as_text.exit_code, as_json.exit_code) == (0, 0)
    assert as_text.output.startswith("sample 0.9.0 -> sample 1.0.0\ncases: 0 added, 0 removed, 1 changed, 3 the same\n")
    assert json.loads(as_json.output)["cases"]["changed"] == [{"id": "ash-a001", "fields": ["question"]}]


def test_plant_says_where_the_files_are(small: Any, tmp_path: Path) -> None:
    _call("freeze", small.folder, "--licence", "MIT")

    result = _call("plant", small.folder, "--out", tmp_path / "planted", "--documents", 2)

    assert result.exit_code == 0
    assert "8 documents, 4 of them planted" in result.output
    assert f"harness gate ... --planted {tmp_path / 'planted'}" in result.output


def test_import_names_the_dataset_by_its_folder(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    (source / "corpus.jsonl").write_text('{"_id": "1", "text": "One."}\n', encoding="ascii")
    (source / "topics.tsv").write_text("9\tWhich?\n", encoding="ascii")
    (source / "qrels.txt").write_text("9 0 1 5\n", encoding="ascii")

    first = _call("import", source, tmp_path / "tiny" / "2.0")
    second = _call("import", source, tmp_path / "tiny" / "2.0")

    assert (first.exit_code, second.exit_code) == (0, 0)
    assert first.output.startswith("tiny 2.0 (trec) -> ")
    assert "note: Grades above 3, written as 3: 1." in first.output
    assert "the folder held these bytes already; nothing was written" in second.output


def test_import_leaves_a_missing_source_to_main(tmp_path: Path) -> None:
    result = _call("import", tmp_path / "enterprise5", tmp_path / "out" / "1.0.0")

    assert isinstance(result.exception, MissingData)
    assert "HARNESS_DATA" in result.exception.next_step


def test_an_unknown_layout_is_a_usage_error(tmp_path: Path) -> None:
    assert _call("import", tmp_path, tmp_path / "out", "--layout", "csv").exit_code == 2
