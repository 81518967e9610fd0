"""Import: three layouts, every fault by line, whole or not at all, and the same bytes the second time."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import pytest

from harness.errors import DeclarationError, InvalidInput, MissingData
from harness.lifecycle.datasets.importer import Imported, import_dataset
from harness.lifecycle.datasets.lint import errors_of, lint
from harness.load.datasets import load_golden_set
from harness.load.manifests import files_of, read_manifest

Write = Callable[[str], Path]


def _import(source: Path, name: str = "sample", layout: Literal["auto", "enterprise5"] = "auto") -> Imported:
    return import_dataset(source, source.parents[1] / "out" / name / "1.0.0", layout, name, "1.0.0")


def _left_behind(source: Path) -> list[str]:
    return [path.name for path in (source.parents[1] / "out").rglob("*") if path.is_file()]


def test_five_enterprises_become_tenants_with_one_reader_each(collection: Write) -> None:
    done = _import(collection("enterprise5"))

    golden = load_golden_set(done.folder)
    assert done.layout == "enterprise5"
    assert [(who.id, who.groups, who.clearance) for who in golden.principals] == [
        ("elm-reader", ("everyone",), "public"),
        ("oak-reader", ("everyone",), "public"),
    ]
    cases = {case.id: case for case in golden.cases}
    assert (cases["q-0"].kind, cases["q-0"].facts, cases["q-0"].cluster) == ("answerable", (), "oak/loans")
    assert cases["q-1"].tags == ("eligibility-inquiry",)
    documents = {document.id: document for document in golden.corpus.documents}
    assert documents["oak/cards"].uri == "data/cards%20%E2%80%93%20x.md"
    assert (documents["oak/cards"].allow_groups, documents["oak/cards"].classification) == (("everyone",), "public")


def test_the_data_sheet_names_source_licence_counts_and_what_was_left_out(collection: Write) -> None:
    done = _import(collection("enterprise5"))

    sheet = (done.folder / "README.md").read_text(encoding="utf-8")
    assert "    Two {firms}." in sheet
    assert "`LICENSE`, copied unchanged" in sheet
    assert re.search(r"^kind=answerable +2$", sheet, re.MULTILINE)
    assert "supporting facts of the source are paraphrased" in sheet
    assert (done.folder / "LICENSE").read_text(encoding="utf-8") == "MIT\n"
    assert read_manifest(done.folder).licence == "see LICENSE"


def test_a_beir_collection_becomes_one_tenant_and_says_what_it_changed(collection: Write) -> None:
    done = _import(collection("beir"), "tiny")

    golden = load_golden_set(done.folder)
    cases = {case.id: case for case in golden.cases}
    names = {document.id for document in golden.corpus.documents}
    assert golden.corpus.tenants == ("tiny",)
    assert set(cases) == {"plain-1", "q2"}
    assert {re.sub(r"-[0-9a-f]{8}$", "-#", name) for name in names} == {"tiny/D-1-#", "tiny/d-2", "tiny/D-2-#"}
    assert [judgment.grade for judgment in cases["plain-1"].judgments] == [3, 0]
    assert done.notes == (
        "Documents whose `metadata` is left out, because no field of a document holds it: 1.",
        "Questions left out, because no document is judged relevant to them: 1.",
        "Grades above 3, written as 3: 1.",
        "Negative grades, written as 0: 1.",
        next(note for note in done.notes if note.startswith("Document ids rewritten") and note.endswith(": 2.")),
        "Documents without a text, whose title stands for it: 1.",
    )
    assert "holds no licence file" in (done.folder / "README.md").read_text(encoding="utf-8")
    assert read_manifest(done.folder).licence == "not stated"


def test_a_trec_collection_is_read_from_topics_and_qrels(collection: Write) -> None:
    done = _import(collection("trec"), "tiny")

    golden = load_golden_set(done.folder)
    assert [case.id for case in golden.cases] == ["301", "302"]
    assert golden.cases[0].cluster == "tiny/d-2"


def test_what_was_imported_has_no_error_of_the_linter(collection: Write) -> None:
    for layout in ("enterprise5", "beir", "trec"):
        done = _import(collection(layout), layout)

        assert errors_of(lint(done.folder)) == []


def test_importing_again_changes_nothing(collection: Write) -> None:
    source = collection("enterprise5")
    first = _import(source)
    before = files_of(first.folder)

    second = _import(source)

    assert (first.unchanged, second.unchanged) == (False, True)
    assert files_of(second.folder) == before
    assert [path.name for path in second.folder.parent.iterdir()] == ["1.0.0"]


@pytest.mark.parametrize("with_manifest", [True, False], ids=["a frozen dataset", "any folder"])
def test_a_destination_that_holds_something_else_is_refused_and_kept(collection: Write, *, with_manifest: bool) -> None:
    source = collection("enterprise5")
    folder = _import(source).folder
    (folder / "README.md").write_text("mine", encoding="utf-8")
    if not with_manifest:
        (folder / "manifest.json").unlink()

    with pytest.raises(InvalidInput, match="exists already") as caught:
        _import(source)

    assert "next version" in caught.value.next_step
    assert (folder / "README.md").read_text(encoding="utf-8") == "mine"
    assert [path.name for path in folder.parent.iterdir()] == ["1.0.0"]


def _line(number: int, **changes: Any) -> Callable[[list[Any]], None]:
    def change(lines: list[Any]) -> None:
        lines[number - 1].update(changes)

    return change


def _again(lines: list[Any]) -> None:
    lines.append(lines[0])


JSON_FAULTS: dict[str, tuple[str, str, Callable[[list[Any]], None], str]] = {
    "document twice": ("beir", "corpus.jsonl", _again, ":4: the document id 'D 1' stands twice; first at"),
    "question twice": ("beir", "queries.jsonl", _again, ":4: the question id 'PLAIN-1' stands twice; first at"),
    "unknown key": ("beir", "corpus.jsonl", _line(2, txt="x"), ":2: unknown key 'txt'; did you mean 'text'?"),
    "number for an id": ("beir", "queries.jsonl", _line(1, _id=4), ":1: _id: input should be a valid string"),
    "question without text": ("beir", "queries.jsonl", _line(2, text=""), ":2: text: string should have at least"),
    "another tenant's id": ("enterprise5", "corpus.jsonl", _line(1, tenant="elm"), ":1: the document 'oak/loans'"),
    "changed text": ("enterprise5", "corpus.jsonl", _line(2, text="x"), ":2: the text of 'oak/cards' has not the"),
    "tenant in capitals": ("enterprise5", "queries.jsonl", _line(1, tenant="Oak"), ":1: tenant: string should match"),
}


@pytest.mark.parametrize(("layout", "file", "change", "told"), JSON_FAULTS.values(), ids=JSON_FAULTS.keys())
def test_a_bad_line_is_refused_with_its_place_and_nothing_is_left(
    collection: Write, layout: str, file: str, change: Callable[[list[Any]], None], told: str
) -> None:
    source = collection(layout)
    path = source / file
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    change(lines)
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")

    with pytest.raises(DeclarationError) as caught:
        _import(source)

    assert f"{path}{told}" in str(caught.value)
    assert _left_behind(source) == []


TABLE_FAULTS = {
    "unknown document": ("enterprise5", "qrels.tsv", "q-0\toak/loan\t1\n", ":4: unknown document 'oak/loan'; did you"),
    "unknown question": ("enterprise5", "qrels.tsv", "q-9\toak/loans\t1\n", ":4: unknown question 'q-9'"),
    "another tenant's": ("enterprise5", "qrels.tsv", "q-0\telm/cards\t1\n", ":4: the document 'elm/cards' belongs to"),
    "judged twice": ("enterprise5", "qrels.tsv", "q-0\toak/loans\t0\n", ":4: 'oak/loans' is judged twice; first at"),
    "two columns": ("enterprise5", "qrels.tsv", "q-0\toak/cards\n", ":4: not query-id, corpus-id and score"),
    "half a grade": ("enterprise5", "qrels.tsv", "q-0\toak/cards\t0.5\n", ":4: the grade '0.5' is not a whole number"),
    "foreign digits": ("enterprise5", "qrels.tsv", "q-0\toak/cards\t\uff11\n", ":4: the grade '\uff11' is not a whole"),
    "blank line": ("enterprise5", "qrels.tsv", "\n", ":4: not query-id"),
    "three columns": ("trec", "qrels.txt", "301 d-2 1\n", ":3: not topic, 0, document and grade"),
    "topic without text": ("trec", "topics.tsv", "303\t\n", ":3: not an id and a text"),
    "topic twice": ("trec", "topics.tsv", "301\tAgain?\n", ":3: the question id '301' stands twice"),
}


@pytest.mark.parametrize(("layout", "file", "line", "told"), TABLE_FAULTS.values(), ids=TABLE_FAULTS.keys())
def test_a_bad_row_is_refused_with_its_place_and_nothing_is_left(
    collection: Write, layout: str, file: str, line: str, told: str
) -> None:
    source = collection(layout)
    with (source / file).open("a", encoding="utf-8") as table:
        table.write(line)

    with pytest.raises(DeclarationError) as caught:
        _import(source)

    assert f"{source / file}{told}" in str(caught.value)
    assert _left_behind(source) == []


@pytest.mark.parametrize(
    ("layout", "file"),
    [("enterprise5", "qrels.tsv"), ("beir", "qrels/test.tsv"), ("trec", "qrels.txt"), ("trec", "corpus.jsonl")],
)
def test_a_missing_file_is_missing_data(collection: Write, layout: str, file: str) -> None:
    source = collection(layout)
    (source / file).unlink()

    with pytest.raises(MissingData, match="no such file"):
        _import(source)
    assert _left_behind(source) == []


def test_a_folder_in_no_known_layout_is_missing_data(tmp_path: Path) -> None:
    source = tmp_path / "source" / "empty"
    source.mkdir(parents=True)

    with pytest.raises(MissingData, match=r"nor topics\.tsv"):
        _import(source)


def test_a_fault_while_the_files_are_written_leaves_nothing_behind(collection: Write) -> None:
    source = collection("enterprise5")
    (source / "SOURCE.txt").write_bytes(b"caf\xe9")

    with pytest.raises(DeclarationError, match="not UTF-8"):
        _import(source)

    assert list((source.parents[1] / "out" / "sample").iterdir()) == []


def test_a_collection_without_a_relevant_document_is_refused(collection: Write) -> None:
    source = collection("trec")
    (source / "qrels.txt").write_text("301 0 d-2 0\n", encoding="utf-8")

    with pytest.raises(DeclarationError, match="no question of this collection has a relevant document"):
        _import(source)


def test_an_absent_enterprise5_is_told_with_where_to_get_it_and_what_to_run(tmp_path: Path) -> None:
    with pytest.raises(MissingData, match=r"github\.com/udayallu/RAG-Multi-Corpus") as caught:
        import_dataset(tmp_path / "enterprise5", tmp_path / "out", "auto", "enterprise5", "1.0.0")

    assert 'harness dataset import "$HARNESS_DATA/enterprise5"' in caught.value.next_step


def test_an_absent_folder_is_missing_data(tmp_path: Path) -> None:
    with pytest.raises(MissingData, match="no such folder"):
        import_dataset(tmp_path / "gone", tmp_path / "out", "auto", "sample", "1.0.0")


@pytest.mark.parametrize(("name", "version"), [("Sample", "1"), ("sample", ""), ("a/b", "1"), ("x", "1")])
def test_a_name_that_cannot_name_a_folder_and_a_tenant_is_refused(collection: Write, name: str, version: str) -> None:
    source = collection("beir")

    with pytest.raises(InvalidInput, match=r"the (name|version) '"):
        import_dataset(source, source.parents[1] / "out", "auto", name, version)


def test_a_destination_that_cannot_be_written_is_refused(collection: Write, tmp_path: Path) -> None:
    source = collection("beir")
    (tmp_path / "file").write_text("", encoding="ascii")

    with pytest.raises(InvalidInput, match="cannot be written"):
        import_dataset(source, tmp_path / "file" / "out", "auto", "sample", "1.0.0")


def test_the_public_five_enterprises_come_in_whole(shared_data: Path, tmp_path: Path) -> None:
    done = import_dataset(shared_data / "enterprise5", tmp_path / "e5" / "1.0.0", "auto", "enterprise5", "1.0.0")

    golden = load_golden_set(done.folder)
    assert (len(golden.corpus.documents), len(golden.cases), len(golden.corpus.tenants)) == (236, 1066, 5)
    assert sum(len(case.judgments) for case in golden.cases) == 1070
    assert errors_of(lint(done.folder)) == []
