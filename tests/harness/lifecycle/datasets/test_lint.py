"""Lint: a right dataset has no error, and each rule is seen to fire on the fault that it is for."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness.lifecycle.datasets import lint_questions
from harness.lifecycle.datasets.lint import errors_of, lint


def _found(small: Any, rule: str) -> list[str]:
    return [str(finding) for finding in lint(small.folder) if finding.rule == rule]


def test_a_right_dataset_has_notes_on_its_size_and_nothing_else(small: Any) -> None:
    findings = lint(small.folder)

    assert errors_of(findings) == []
    assert {finding.rule for finding in findings} == {"few-cases"}
    assert len(findings) == 5


ERRORS: dict[str, tuple[str, str, dict[str, Any], str]] = {
    "fact that no document states": (
        "fact-not-in-document", "ash-a001", {"facts": [["27 days"], ["28 days", "four weeks"]]},
        "ash.jsonl:1: error: ash-a001: the fact '28 days / four weeks' stands in no document graded 2 or more",
    ),
    "fact within another number": ("fact-not-in-document", "ash-a001", {"facts": [["7 days"]]}, "'7 days' stands in"),
    "fact of the superseded version": ("fact-not-in-document", "ash-a001", {"facts": [["23 days"]]}, "'23 days'"),
    "graded document that the principal may not see": (
        "graded-but-not-visible", "ash-a001",
        {"judgments": [{"document": "ash/leave", "grade": 3}, {"document": "ash/plan", "grade": 1}]},
        "ash.jsonl:1: error: ash-a001: ash-staff may not see 'ash/plan', graded 1",
    ),
    "graded document of another tenant": (
        "graded-but-not-visible", "ash-a001",
        {"judgments": [{"document": "ash/leave", "grade": 3}, {"document": "birch/leave", "grade": 2}]},
        "ash-staff may not see 'birch/leave', graded 2",
    ),
    "forbidden document that the principal may see": (
        "forbidden-but-visible", "ash-f001", {"principal": "ash-executive"},
        "ash.jsonl:3: error: ash-f001: ash-executive may see 'ash/plan'",
    ),
    "owner who may not see it": (
        "owner-may-not-see", "ash-f001", {"owner": "ash-staff"}, "ash-staff may not see 'ash/plan', graded 3",
    ),
    "owner of another tenant": (
        "owner-may-not-see", "ash-f001", {"owner": "birch-staff"}, "birch-staff may not see 'ash/plan'",
    ),
    "nothing forbidden": (
        "nothing-forbidden", "ash-f001", {"judgments": [{"document": "ash/plan", "grade": 1}], "facts": []},
        "ash-f001: no document is graded 2 or more",
    ),
    "superseded version graded above 1": (
        "superseded-graded", "ash-a001",
        {"judgments": [{"document": "ash/leave", "grade": 3}, {"document": "ash/leave-v1", "grade": 2}]},
        "ash-a001: 'ash/leave-v1' is superseded and graded 2",
    ),
    "question asked twice": (
        "duplicate-question", "ash-a009",
        {"question": "HOW MANY days of  leave do I get?", "judgments": [{"document": "ash/leave", "grade": 3}]},
        "ash.jsonl:4: error: ash-a009: asks what ash-a001 asks",
    ),
    "unanswerable question that is answered": (
        "duplicate-question", "ash-u001",
        {"question": "How many days of leave do I get?", "principal": "ash-executive"},
        "ash.jsonl:2: error: ash-u001: asks what ash-a001 asks",
    ),
    "tag with a look-alike": ("name-not-ascii", "ash-a001", {"tags": ["numb\u0435r"]}, "the name 'numb\\u0435r'"),
    "cluster with a look-alike": ("name-not-ascii", "ash-a001", {"cluster": "le\u0430ve"}, "is not ASCII"),
}  # fmt: skip


@pytest.mark.parametrize(("rule", "name", "changes", "told"), ERRORS.values(), ids=ERRORS.keys())
def test_a_case_that_would_be_scored_wrongly_is_an_error(
    small: Any, rule: str, name: str, changes: dict[str, Any], told: str
) -> None:
    small.case(name, **changes)

    found = _found(small, rule)

    assert len(found) == 1
    assert told in found[0]
    assert ": error: " in found[0]


def test_a_group_with_a_look_alike_is_an_error(small: Any) -> None:
    small.principal("ash-staff", groups=["everyone", "staff", "st\u0430ff"])

    assert len(_found(small, "name-not-ascii")) == 1


def test_a_superseded_version_of_grade_1_is_allowed(small: Any) -> None:
    graded = [{"document": "ash/leave", "grade": 3}, {"document": "ash/leave-v1", "grade": 1}]
    small.case("ash-a001", judgments=graded)

    assert _found(small, "superseded-graded") == []


def test_one_question_by_two_principals_is_a_note(small: Any) -> None:
    small.case("ash-f001", question="How many days of leave do I get?", principal="ash-staff")
    small.case("ash-a001", principal="ash-executive")

    found = _found(small, "duplicate-question")

    assert len(found) == 1
    assert ": note: " in found[0]


def test_the_same_question_in_two_tenants_is_what_the_dataset_is_for(small: Any) -> None:
    small.case("birch-a001", question="How many days of leave do I get?")

    assert _found(small, "duplicate-question") == _found(small, "near-duplicate-question") == []


NOTES: dict[str, tuple[str, Callable[[Any], object], str]] = {
    "near-duplicate": (
        "near-duplicate-question",
        lambda small: small.case("ash-f001", question="How many days of leave do I really get?"),
        "ash.jsonl:3: note: ash-f001: 90 % like ash-a001",
    ),
    "unanswerable beside an answered one": (
        "unanswerable-near-answerable",
        lambda small: small.case("ash-u001", question="How many days of jury leave do I get?"),
        "one of them is answered, the other is said to have no answer",
    ),
    "document that no case judges": (
        "untouched-document",
        lambda small: small.page("birch/rates", text="Rates."),
        "1 of 2 documents of birch are judged by no case: birch/rates",
    ),
    "private key": (
        "secret",
        lambda small: small.page(
            "ash/leave", supersedes="ash/leave-v1", text="27 days -----BEGIN RSA PRIVATE KEY-----"
        ),
        "leave.md:1: note: ash/leave: something that looks like a private key",
    ),
    "password with its value": (
        "secret",
        lambda small: small.case("ash-u001", question="Is password: hunter2hunter2 still right?"),
        "ash.jsonl:2: note: ash-u001: something that looks like a password or key with its value",
    ),
    "real host": (
        "real-host",
        lambda small: small.case("ash-u001", question="What is at https://intranet.ash-bank.com/x and mail@a.example?"),
        "ash-u001: intranet.ash-bank.com is not a name under .example",
    ),
    "real address": (
        "real-host",
        lambda small: small.page("ash/leave", supersedes="ash/leave-v1", text="27 days; ask jo@ash-bank.co.uk now."),
        "ash/leave: ash-bank.co.uk is not a name under .example",
    ),
    "few cases": ("few-cases", lambda small: None, "the kind 'unanswerable' has 1 cases; with fewer than 20"),
}


@pytest.mark.parametrize(("rule", "change", "told"), NOTES.values(), ids=NOTES.keys())
def test_what_a_person_should_look_at_is_a_note(
    small: Any, rule: str, change: Callable[[Any], object], told: str
) -> None:
    change(small)

    found = _found(small, rule)

    assert any(told in line for line in found), found
    assert all(": note: " in line for line in found)


def test_the_value_of_a_secret_is_not_repeated(small: Any) -> None:
    small.case("ash-u001", question="Is password: hunter2hunter2 still right?")

    assert "hunter2" not in "".join(str(finding) for finding in lint(small.folder))


def test_near_duplicates_that_were_not_looked_for_are_told(small: Any) -> None:
    many: list[dict[str, Any]] = [
        {"id": f"birch-u{number}", "kind": "unanswerable", "principal": "birch-staff", "owner": None, "facts": [],
         "question": f"Question {number}", "judgments": [], "tags": [], "cluster": "leave"}
        for number in range(lint_questions.MOST_QUESTIONS + 1)
    ]  # fmt: skip
    small.lines("cases/many.jsonl", many)

    assert "birch has more than 5,000 questions" in _found(small, "near-duplicate-question")[0]


def test_the_default_dataset_has_no_error(repository: Path) -> None:
    assert errors_of(lint(repository / "datasets" / "four-firms" / "1.0.0")) == []
