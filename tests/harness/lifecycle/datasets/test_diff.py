"""Diff: what was added, removed and changed, by field."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from harness.lifecycle.datasets.diff import Changed, diff, rendered_diff


@pytest.fixture
def newer(small: Any) -> Path:
    """A copy of the small dataset, taken as it was; the tests change the small one."""
    copy: Path = small.folder.with_name("0.9.0")
    shutil.copytree(small.folder, copy)
    return copy


def test_a_dataset_does_not_differ_from_its_copy(small: Any, newer: Path) -> None:
    found = diff(newer, small.folder)

    assert found.cases.same == 4
    assert found.documents.same == 4
    assert found.principals.same == 3
    assert not found.corpus_changed
    assert "cases: 0 added, 0 removed, 0 changed, 4 the same" in rendered_diff(found)
    assert "bound to the same corpus" in rendered_diff(found)


def test_every_changed_field_of_a_case_is_named(small: Any, newer: Path) -> None:
    small.case("ash-a001", question="How much?", tags=["when"], judgments=[{"document": "ash/leave", "grade": 2}])
    small.case("ash-f001", owner="birch-staff", facts=[])
    small.case("ash-u002", kind="unanswerable")
    small.case("birch-a001", id="birch-a002")

    found = diff(newer, small.folder)

    assert found.cases.added == ("ash-u002", "birch-a002")
    assert found.cases.removed == ("birch-a001",)
    assert found.cases.changed == (
        Changed("ash-a001", ("question", "judgments", "tags")),
        Changed("ash-f001", ("owner", "facts")),
    )
    assert found.cases.same == 1
    assert "  ~ ash-f001: owner, facts\n" in rendered_diff(found)


def test_changed_documents_and_principals_are_named(small: Any, newer: Path) -> None:
    small.page("birch/leave", text="Annual leave is 32 days.", classification="public")
    small.page("birch/rates", text="Rates.")
    small.principal("ash-staff", groups=["staff", "everyone"])
    small.principal("birch-staff", clearance="public")

    found = diff(newer, small.folder)

    assert found.documents.added == ("birch/rates",)
    assert found.documents.changed == (Changed("birch/leave", ("text", "classification")),)
    assert found.principals.changed == (Changed("birch-staff", ("clearance",)),)
    assert found.corpus_changed
    assert "bound to another corpus" in rendered_diff(found)


def test_a_last_day_that_is_new_or_taken_away_is_named(small: Any, newer: Path) -> None:
    page = small.folder / "documents" / "birch" / "leave.md"
    text = page.read_text(encoding="utf-8").replace("supersedes:", "valid_until: 2026-12-31\nsupersedes:")
    page.write_text(text, encoding="utf-8")

    there_and_back = [diff(newer, small.folder), diff(small.folder, newer)]

    assert [found.documents.changed for found in there_and_back] == [(Changed("birch/leave", ("valid_until",)),)] * 2


def test_the_order_of_judgments_and_tags_is_no_change(small: Any, newer: Path) -> None:
    graded = [{"document": "ash/leave-v1", "grade": 0}, {"document": "ash/leave", "grade": 3}]
    small.case("ash-a001", judgments=graded)

    assert diff(newer, small.folder).cases.changed == ()
