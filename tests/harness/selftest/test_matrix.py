"""From trials to rows: only a check that should have caught a fault makes it a kill."""

from dataclasses import replace

import pytest

from harness.domain.checks import Outcome
from harness.domain.matrix import Kind, Matrix, Objection, Standing, Trial
from harness.selftest.matrix import objecting, row_of, rows_of, silent_checks
from harness.selftest.mutants import Mutant
from harness.selftest.words import complaints, render_markdown, render_table


def mutant(kind: Kind = "mutant", name: str = "wrong") -> Mutant:
    """A change that `isolation.leak` should catch, or one that nothing should."""
    return Mutant(name, kind, "family", "Something is | wrong.", (), ("isolation.leak",) if kind == "mutant" else ())


def trial(outcome: Outcome | None, *checks: str, name: str = "wrong", faults: tuple[str, ...] = ()) -> Trial:
    """A trial in which these checks objected."""
    objections = tuple(Objection(check, "", "FAILED", "ZERO_TOLERANCE_HIT", "2 of 9 cases hit") for check in checks)
    return Trial(name, outcome, objections, faults, 1.5, (), "" if outcome else "TargetError: it did not start")


STANDINGS: dict[str, tuple[Kind, Trial, Standing]] = {
    "the right check": ("mutant", trial("FAILED", "isolation.leak"), "killed"),
    "the right one among others": ("mutant", trial("FAILED", "quality.ndcg", "isolation.leak"), "killed"),
    "undecided is not passed": ("mutant", trial("INCONCLUSIVE", "isolation.leak"), "killed"),
    "another check": ("mutant", trial("FAILED", "quality.ndcg"), "killed by another check"),
    "a fault of the evidence": ("mutant", trial("INVALID", faults=("changed",)), "killed by another check"),
    "no check": ("mutant", trial("PASSED"), "survived"),
    "no verdict is no kill": ("mutant", trial(None), "not judged"),
    "a harmless change": ("harmless", trial("PASSED"), "passed"),
    "a harmless change that is stopped": ("harmless", trial("INCONCLUSIVE", "quality.ndcg"), "blocked"),
    "the system as it is": ("unmutated", trial("PASSED"), "passed"),
    "the system as it is, not started": ("unmutated", trial(None), "not judged"),
}


@pytest.mark.parametrize(("kind", "tried", "standing"), STANDINGS.values(), ids=STANDINGS.keys())
def test_the_standing_of_a_trial(kind: Kind, tried: Trial, standing: Standing) -> None:
    assert row_of(mutant(kind), tried).standing == standing


def matrix(*rows: tuple[Mutant, Trial]) -> Matrix:
    """A matrix of these trials."""
    made = rows_of([one for one, _ in rows], {one.name: tried for one, tried in rows})
    return Matrix("gate 1", "1" * 64, "2" * 64, "3" * 64, "4" * 64, "2026-11-22T12:00:00Z", made)


PASSED = (mutant("unmutated", "unmutated"), trial("PASSED", name="unmutated"))
KILLED = (mutant(name="killed"), trial("FAILED", "isolation.leak", name="killed"))
ELSEWHERE = (mutant(name="elsewhere"), trial("FAILED", "quality.ndcg", name="elsewhere"))
SURVIVED = (mutant(name="survived"), trial("PASSED", name="survived"))
BROKEN = (mutant(name="broken"), trial(None, name="broken"))


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        ((PASSED, KILLED), 0),
        ((PASSED, KILLED, SURVIVED), 1),
        ((PASSED, ELSEWHERE), 1),
        ((PASSED, KILLED, BROKEN), 3),
        ((PASSED, SURVIVED, BROKEN), 1),
        ((), 3),
    ],
    ids=["all right", "one lives", "another check", "one not judged", "a survivor counts more", "nothing tried"],
)
def test_the_exit_code_of_a_matrix(rows: tuple[tuple[Mutant, Trial], ...], code: int) -> None:
    found = matrix(*rows)

    assert found.exit_code == code
    assert found.complete == (code == 0)


def test_a_check_that_objected_to_no_mutant_is_silent_and_makes_the_matrix_incomplete() -> None:
    blocked = (mutant("harmless", "change"), trial("FAILED", "quality.ndcg", name="change"))
    found = matrix(PASSED, KILLED, blocked)

    silent = silent_checks({"isolation.leak", "quality.ndcg"}, found.rows)

    assert silent == ("quality.ndcg",), "what stops a harmless change has not been seen to catch a fault"
    alone = replace(matrix(PASSED, KILLED), silent=silent)
    assert (alone.complete, alone.exit_code) == (False, 1)
    assert "quality.ndcg objected to no mutant: write one that it should catch" in render_table(alone)
    assert "quality.ndcg objected to no mutant" in render_markdown(alone)


def test_a_mutant_without_a_trial_makes_no_matrix() -> None:
    with pytest.raises(KeyError):
        rows_of([mutant()], {})


def test_the_check_that_should_object_is_named_first() -> None:
    row = row_of(mutant(), trial("FAILED", "quality.ndcg", "isolation.leak", "quality.ndcg"))

    assert objecting(row) == ["isolation.leak", "quality.ndcg"]


def test_every_row_that_is_wrong_ends_with_the_next_command() -> None:
    wrong = [row for row in matrix(PASSED, KILLED, ELSEWHERE, SURVIVED, BROKEN).rows if complaints(row)]

    assert [row.name for row in wrong] == ["elsewhere", "survived", "broken"]
    assert all(complaints(row)[-1] == f"next: harness selftest --only {row.name}" for row in wrong)


def test_the_table_has_a_line_for_each_row_and_says_what_is_wrong() -> None:
    text = render_table(matrix(PASSED, KILLED, SURVIVED))

    lines = text.splitlines()
    assert lines[0].split() == ["mutant", "family", "outcome", "caught", "by", "right"]
    assert any(line.startswith("killed") and "isolation.leak ZERO_TOLERANCE_HIT" in line for line in lines)
    assert any(line.startswith("survived") and line.endswith("NO") for line in lines)
    assert "    should be caught by isolation.leak" in lines
    assert lines[-1] == "1 killed, 1 survived, 1 passed"


def test_the_page_is_the_same_for_the_same_matrix_and_keeps_its_columns() -> None:
    page = render_markdown(matrix(PASSED, KILLED))

    assert page == render_markdown(matrix(PASSED, KILLED))
    (row,) = [line for line in page.splitlines() if line.startswith("| killed")]
    assert row.replace("\\|", "").count("|") == 7
