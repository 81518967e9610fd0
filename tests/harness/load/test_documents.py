"""Documents: front matter and JSON lines, read by line; ids unique; no document supersedes itself."""

import json
from typing import Any

import pytest

from harness.errors import DeclarationError, MissingData
from harness.load.documents import as_mapping, load_corpus, read_documents, write_documents

_LINE = {
    "id": "ash/leave", "tenant": "ash", "title": "Leave", "text": "27 days", "uri": "https://a.example/leave",
    "version": "1", "classification": "public", "allow_groups": ["everyone"],
}  # fmt: skip


def _refusal(small: Any) -> DeclarationError:
    with pytest.raises(DeclarationError) as caught:
        load_corpus(small.folder)
    return caught.value


def _as_lines(small: Any, *lines: dict[str, Any]) -> None:
    for page in (small.folder / "documents").rglob("*.md"):
        page.unlink()
    for folder in ("ash", "birch"):
        (small.folder / "documents" / folder).rmdir()
    (small.folder / "documents").rmdir()
    small.lines("documents.jsonl", list(lines))


def test_pages_and_lines_give_the_same_corpus(small: Any) -> None:
    pages = load_corpus(small.folder)

    _as_lines(small)
    write_documents(pages.documents, small.folder / "documents.jsonl")

    assert load_corpus(small.folder) == pages


def test_the_body_begins_after_the_front_matter(small: Any) -> None:
    found = {document.id: document for _, document in read_documents(small.folder)}

    assert found["ash/leave"].text == "# Leave\n\nAnnual leave is 27 days a year.\n"
    assert found["ash/leave"].supersedes == "ash/leave-v1"
    assert as_mapping(found["ash/plan"])["allow_groups"] == ["executive"]


@pytest.mark.parametrize("last", ["2026-01-01", "2026-12-31"], ids=["one day", "a year"])
def test_the_last_day_goes_wherever_the_document_goes(small: Any, last: str) -> None:
    page = small.folder / "documents" / "ash" / "leave.md"
    without = load_corpus(small.folder)
    page.write_text(
        page.read_text(encoding="utf-8").replace(
            "valid_from: 2026-01-01", f"valid_from: 2026-01-01\nvalid_until: {last}"
        ),
        encoding="utf-8",
    )

    pages = load_corpus(small.folder)
    _as_lines(small)
    write_documents(pages.documents, small.folder / "documents.jsonl")

    assert load_corpus(small.folder) == pages
    assert {one.id: one.valid_until for one in pages.documents if one.valid_until} == {"ash/leave": last}
    assert pages.digest != without.digest
    sent = [json.loads(line) for line in (small.folder / "documents.jsonl").read_text(encoding="ascii").splitlines()]
    assert [one["id"] for one in sent if "valid_until" in one] == ["ash/leave"]


PAGE_FAULTS = {
    "no front matter": ("", "# Leave\n", ":1: no front matter"),
    "front matter without an end": ("", "---\nid: ash/leave\n", ":1: no front matter"),
    "an unknown key": ("owner: people-team", "ownr: people-team", ":8:1: unknown key 'ownr'; did you mean 'owner'?"),
    "a key twice": ("deny_groups: []", "title: b", ":11:1: the key 'title' stands twice; first on line 3"),
    "a class that there is not": ("internal", "secret", ":9:1: classification: input should be 'public'"),
    "a number for a version": ('"2"', "2", ":5:1: version: input should be a valid string, found 2"),
    "a date that is none": ("2026-01-01", "January", ":6:1: valid_from: value error, must be a date like 2026-01-31"),
    "a day that no month has": ("2026-01-01", "2026-02-30", ":6:1: valid_from: value error, must be a date like"),
    "a last day that is none": (
        "valid_from: 2026-01-01",
        "valid_from: 2026-01-01\nvalid_until: 20260301",
        ":7:1: valid_until: ",
    ),
    "a last day before the first": (
        "valid_from: 2026-01-01",
        "valid_from: 2026-01-02\nvalid_until: 2026-01-01",
        ":7:1: valid_until: value error, is before valid_from, found '2026-01-01'",
    ),
    "a list for a group": ("[staff]", "staff", ":10:1: allow_groups: input should be a valid list"),
    "an id that is not the path": ("id: ash/leave", "id: ash/leaf", ":2:1: the id is 'ash/leaf'"),
    "an id with a look-alike": ("id: ash/leave", "id: \u0430sh/leave", ":2:1: id: string should match pattern"),
    "an alias": ("[staff]", "*staff", ":10:15: not readable as YAML: aliases are not allowed"),
    "no text": ("# Leave\n\nAnnual leave is 27 days a year.\n", "\n", ":1: the document has no text"),
}


@pytest.mark.parametrize(("old", "new", "told"), PAGE_FAULTS.values(), ids=PAGE_FAULTS.keys())
def test_a_fault_in_a_page_is_refused_with_its_place(small: Any, old: str, new: str, told: str) -> None:
    page = small.folder / "documents" / "ash" / "leave.md"
    text = page.read_text(encoding="utf-8")
    assert old in text
    page.write_text(text.replace(old, new, 1) if old else new, encoding="utf-8")

    refusal = _refusal(small)

    assert f"{page}{told}" in str(refusal)


LINE_FAULTS: dict[str, tuple[list[dict[str, Any]], str]] = {
    "another tenant's id": ([{**_LINE, "tenant": "birch"}], ":1: the document 'ash/leave' does not belong to 'birch'"),
    "an id twice": ([_LINE, _LINE], ":2: the document id 'ash/leave' is taken by"),
    "an id in another case": ([_LINE, {**_LINE, "id": "ash/LEAVE"}], ":2: the document id 'ash/LEAVE' is taken by"),
    "an unknown key": ([{**_LINE, "grups": []}], ":1: unknown key 'grups'"),
    "an empty text": ([{**_LINE, "text": ""}], ":1: text: string should have at least 1 character"),
}


@pytest.mark.parametrize(("lines", "told"), LINE_FAULTS.values(), ids=LINE_FAULTS.keys())
def test_a_fault_in_a_line_is_refused_with_its_place(small: Any, lines: list[dict[str, Any]], told: str) -> None:
    _as_lines(small, *lines)

    refusal = _refusal(small)

    assert f"documents.jsonl{told}" in str(refusal)


@pytest.mark.parametrize(
    ("older", "told"),
    [
        ("ash/gone", "supersedes 'ash/gone', which is no document of its tenant"),
        ("birch/leave", "supersedes 'birch/leave', which is no document of its tenant"),
        ("ash/leave", "in a circle, itself"),
        ("ash/leave-v1", "in a circle, itself"),
    ],
    ids=["nothing", "another tenant's", "itself", "itself through another"],
)
def test_a_succession_that_leads_nowhere_is_refused(small: Any, older: str, told: str) -> None:
    small.page("ash/leave", version=2, supersedes=older, text="27 days")
    if older == "ash/leave-v1":
        small.page("ash/leave-v1", supersedes="ash/leave", text="23 days")

    refusal = _refusal(small)

    assert told in str(refusal)


def test_both_forms_at_once_are_refused(small: Any) -> None:
    small.lines("documents.jsonl", [_LINE])

    refusal = _refusal(small)

    assert "has both documents.jsonl and documents/" in str(refusal)


def test_a_corpus_without_a_document_is_refused(small: Any) -> None:
    _as_lines(small)

    refusal = _refusal(small)

    assert "the corpus holds no document" in str(refusal)


def test_a_folder_without_documents_is_missing_data(tmp_path: Any) -> None:
    with pytest.raises(MissingData, match=r"neither documents\.jsonl nor documents/ is there"):
        load_corpus(tmp_path)


def test_the_digest_of_the_corpus_follows_its_text_and_not_its_layout(small: Any) -> None:
    before = load_corpus(small.folder)

    small.page("birch/leave", text="Annual leave is 32 days a year.")

    assert load_corpus(small.folder).digest != before.digest
    assert json.dumps(before.tenants) == '["ash", "birch"]'
