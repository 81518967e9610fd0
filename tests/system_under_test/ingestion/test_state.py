"""What the run before knew."""

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import pytest

from system_under_test.ingestion.faults import IngestionError
from system_under_test.ingestion.output import line_of
from system_under_test.ingestion.state import Entry, Previous, read_previous, state_path, write_state
from system_under_test.nouns import Document

ENTRY = Entry(path="a.md", source="00", text="11", title=None, declared="", revision=2)
DOCUMENT = Document(
    id="acme/a.md",
    tenant="acme",
    title="A",
    text="Text.",
    uri="a.md",
    version="2",
    valid_from="",
    supersedes=None,
    owner="it",
    classification="internal",
    allow_groups=frozenset({"staff"}),
    deny_groups=frozenset(),
    sha256=hashlib.sha256(b"Text.").hexdigest(),
)


def test_without_a_run_before_there_is_nothing(tmp_path: Path) -> None:
    assert read_previous(tmp_path / "documents.jsonl", "acme") == Previous({}, {})


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    output = tmp_path / "documents.jsonl"
    output.write_bytes(line_of(DOCUMENT))
    write_state(output, "acme", {"acme/a.md": ENTRY})

    previous = read_previous(output, "acme")

    assert previous.entries == {"acme/a.md": ENTRY}
    assert previous.documents == {"acme/a.md": DOCUMENT}


@pytest.mark.parametrize("output", [None, b"not a document\n"], ids=["gone", "damaged"])
def test_an_output_that_cannot_be_read_costs_time_and_nothing_else(tmp_path: Path, output: bytes | None) -> None:
    path = tmp_path / "documents.jsonl"
    write_state(path, "acme", {"acme/a.md": ENTRY})
    if output is not None:
        path.write_bytes(output)

    previous = read_previous(path, "acme")

    assert previous == Previous({"acme/a.md": ENTRY}, {})


def test_an_output_of_another_hand_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "documents.jsonl").write_bytes(line_of(DOCUMENT))

    with pytest.raises(IngestionError, match="not written by this command"):
        read_previous(tmp_path / "documents.jsonl", "acme")


def test_an_output_of_another_tenant_is_refused(tmp_path: Path) -> None:
    write_state(tmp_path / "documents.jsonl", "globex", {})

    with pytest.raises(IngestionError, match="another tenant"):
        read_previous(tmp_path / "documents.jsonl", "acme")


@pytest.mark.parametrize(
    "change",
    [
        {"format": 2},
        {"documents": []},
        {"documents": {"x": {}}},
        {"documents": {"x": {**dict.fromkeys(("path", "source", "text", "title", "declared"), "a"), "revision": 0}}},
        {"documents": {"x": {**dict.fromkeys(("path", "source", "text", "title", "declared"), "a"), "revision": True}}},
        {"documents": {"x": {**dict.fromkeys(("path", "source", "text", "title", "declared"), 1), "revision": 1}}},
        {"more": 1},
    ],
    ids=["format", "list", "empty-entry", "revision", "bool", "number", "unknown-key"],
)
def test_a_damaged_state_is_refused_with_what_to_do(tmp_path: Path, change: dict[str, object]) -> None:
    output = tmp_path / "documents.jsonl"
    write_state(output, "acme", {"acme/a.md": ENTRY})
    path = state_path(output)
    path.write_text(json.dumps(json.loads(path.read_bytes()) | change), encoding="utf-8")

    with pytest.raises(IngestionError, match="begin anew"):
        read_previous(output, "acme")


def test_a_state_that_is_no_json_is_refused(tmp_path: Path) -> None:
    state_path(tmp_path / "documents.jsonl").write_bytes(b'{"format": 1, "format": 1}')

    with pytest.raises(IngestionError, match="begin anew"):
        read_previous(tmp_path / "documents.jsonl", "acme")


def test_a_title_that_was_found_is_kept(tmp_path: Path) -> None:
    output = tmp_path / "documents.jsonl"
    write_state(output, "acme", {"x": replace(ENTRY, title="Grüße")})

    assert read_previous(output, "acme").entries["x"].title == "Grüße"
