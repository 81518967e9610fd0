"""The golden set: references, kinds and judgments that contradict each other, and the positive controls."""

from typing import Any

import pytest

from harness.errors import DeclarationError
from harness.load.datasets import case_places, read_dataset


def _read(small: Any) -> Any:
    return read_dataset(small.folder, "sample", "1.0.0")


def test_a_forbidden_case_is_followed_by_its_positive_control(small: Any) -> None:
    cases = {case.id: case for case in _read(small).cases}

    forbidden, control = cases["ash-f001"], cases["ash-f001.twin"]

    assert (forbidden.kind, forbidden.principal.id, forbidden.twin) == ("forbidden", "ash-staff", control.id)
    assert (control.kind, control.principal.id, control.question) == ("twin", "ash-executive", forbidden.question)
    assert forbidden.forbidden == control.forbidden == ("ash/plan",)


CASE_FAULTS: dict[str, tuple[str, dict[str, Any], str]] = {
    "unknown principal": ("ash-a001", {"principal": "ash-stuff"}, ":1: unknown principal 'ash-stuff'; did you mean"),
    "unknown owner": ("ash-f001", {"owner": "ash-boss"}, ":3: unknown principal 'ash-boss'"),
    "unknown document": (
        "ash-a001", {"judgments": [{"document": "ash/leaves", "grade": 3}]},
        ":1: unknown document 'ash/leaves'; did you mean 'ash/leave'?",
    ),
    "document judged twice": (
        "ash-a001", {"judgments": [{"document": "ash/leave", "grade": 3}, {"document": "ash/leave", "grade": 0}]},
        ":1: 'ash-a001' judges a document twice",
    ),
    "grade above 3": ("ash-a001", {"judgments": [{"document": "ash/leave", "grade": 4}]}, ":1: judgments.0.grade"),
    "grade in words": ("ash-a001", {"judgments": [{"document": "ash/leave", "grade": "3"}]}, "valid integer"),
    "unknown key": ("ash-a001", {"tag": []}, ":1: unknown key 'tag'; did you mean 'tags'?"),
    "unknown key in a judgment": (
        "ash-a001", {"judgments": [{"document": "ash/leave", "grad": 3}]}, "key 'grad'; did you mean 'grade'?",
    ),
    "kind that a file may not declare": ("ash-a001", {"kind": "twin"}, ":1: kind: input should be 'answerable'"),
    "answerable by nothing": ("ash-a001", {"judgments": []}, ":1: 'ash-a001' is answerable but no document has"),
    "unanswerable by something": (
        "ash-u001", {"judgments": [{"document": "ash/leave", "grade": 1}]}, ":2: 'ash-u001' is unanswerable but",
    ),
    "forbidden without an owner": ("ash-f001", {"owner": None}, ":3: 'ash-f001' is forbidden and needs an owner"),
    "forbidden without a document": ("ash-f001", {"judgments": []}, ":3: 'ash-f001' is forbidden and needs an owner"),
    "id of a positive control": ("ash-f001.twin", {}, ":4: the case id 'ash-f001.twin' is kept for"),
    "id in capitals": ("ash-A001", {}, ":4: id: string should match pattern"),
    "empty question": ("ash-u001", {"question": ""}, ":2: question: string should have at least 1 character"),
    "endless question": ("ash-u001", {"question": "a" * 4001}, ":2: question: string should have at most 4000"),
}  # fmt: skip


@pytest.mark.parametrize(("name", "changes", "told"), CASE_FAULTS.values(), ids=CASE_FAULTS.keys())
def test_a_case_that_cannot_mean_what_it_says_is_refused_with_its_line(
    small: Any, name: str, changes: dict[str, Any], told: str
) -> None:
    small.case(name, **changes)

    with pytest.raises(DeclarationError) as caught:
        _read(small)

    assert str(caught.value).startswith(str(small.folder / "cases" / "ash.jsonl"))
    assert told in str(caught.value)


def test_a_case_id_that_stands_in_two_files_is_refused_with_both_places(small: Any) -> None:
    lines = (small.folder / "cases" / "ash.jsonl").read_text(encoding="utf-8")
    copy = small.raw("cases/copy.jsonl", lines)

    with pytest.raises(DeclarationError) as caught:
        _read(small)

    first = small.folder / "cases" / "ash.jsonl"
    assert str(caught.value) == f"{copy}:1: the case id 'ash-a001' stands twice; first at {first}:1"


def test_a_principal_that_stands_twice_is_refused_with_both_places(small: Any) -> None:
    small.principal("ash-executive", id="ash-staff")

    with pytest.raises(DeclarationError, match=r":2: the principal id 'ash-staff' stands twice; first at .*:1$"):
        _read(small)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"tenant": "elm"}, "the tenant 'elm' owns no document; allowed: ash, birch"),
        ({"clearance": "secret"}, "clearance: input should be 'public'"),
        ({"groups": "staff"}, "groups: input should be a valid list"),
    ],
    ids=["tenant", "clearance", "groups"],
)
def test_a_principal_that_cannot_be_is_refused(small: Any, changes: dict[str, Any], told: str) -> None:
    small.principal("birch-staff", **changes)

    with pytest.raises(DeclarationError) as caught:
        _read(small)

    assert f"principals.jsonl:3: {told}" in str(caught.value)


def test_a_golden_set_without_a_case_is_refused(small: Any) -> None:
    for path in (small.folder / "cases").glob("*.jsonl"):
        path.write_text("", encoding="ascii")

    with pytest.raises(DeclarationError, match="the golden set holds no case"):
        _read(small)


@pytest.mark.parametrize(
    "change",
    [
        lambda small: small.case("ash-a001", question="How much leave do I get?"),
        lambda small: small.case("ash-a001", judgments=[{"document": "ash/leave", "grade": 2}]),
        lambda small: small.case("ash-a001", facts=[["27 days", "27d"]]),
        lambda small: small.principal("ash-staff", groups=["staff"]),
        lambda small: small.principal("birch-staff", clearance="restricted"),
        lambda small: small.page("birch/leave", text="Annual leave is 32 days."),
    ],
    ids=["question", "grade", "fact", "principal that asks", "principal that probes may use", "document"],
)
def test_whatever_can_move_a_number_moves_the_digest(small: Any, change: Any) -> None:
    if change:
        small.case("birch-a001", principal="ash-staff", judgments=[{"document": "ash/leave", "grade": 3}])
    before = _read(small)

    change(small)

    assert _read(small).digest != before.digest


def test_each_case_and_its_positive_control_are_found_on_their_line(small: Any) -> None:
    places = case_places(small.folder)

    assert str(places["ash-f001"]) == f"{small.folder / 'cases' / 'ash.jsonl'}:3"
    assert places["ash-f001.twin"] == places["ash-f001"]
