"""The features of a claim: each sees what it is named for, and none leaves 0..1."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.judges import text
from harness.judges.features import (
    DIRECTIONS,
    LARGEST_EVIDENCE,
    MOST_EVIDENCE_SENTENCES,
    features,
    nearest,
    read_evidence,
    read_sentence,
)

HANDBOOK = (
    "Employees are entitled to 28 days of annual leave. Requests go to the line manager in Leeds. "
    "Leave cannot be carried over."
)


def seen(claim: str, *passages: str) -> dict[str, float]:
    sentence, evidence = read_sentence(text.cleaned(claim, 1000)), read_evidence(passages)
    return features(sentence, evidence, nearest(sentence, evidence))


def test_a_copied_sentence_is_wholly_covered() -> None:
    found = seen("Employees are entitled to 28 days of annual leave.", HANDBOOK)

    for name in ("coverage", "window_coverage", "bigram_coverage", "verbatim"):
        assert found[name] == 1.0
    for name in ("numbers_lacking", "names_lacking", "negation_mismatch", "opposites"):
        assert found[name] == 0.0


@pytest.mark.parametrize(
    ("claim", "name", "value"),
    [
        pytest.param("Employees get 30 days of leave.", "numbers_lacking", 1.0, id="another number"),
        pytest.param("Employees get 28.0 days of leave.", "numbers_lacking", 0.0, id="the same number"),
        pytest.param("No one is entitled to one day.", "numbers_lacking", 0.0, id="one as a pronoun"),
        pytest.param("Requests go to the manager in York.", "names_lacking", 1.0, id="another place"),
        pytest.param("Requests go to the manager in Leeds.", "names_lacking", 0.0, id="the same place"),
        pytest.param("Employees are not entitled to annual leave.", "negation_mismatch", 1.0, id="negated"),
        pytest.param("Leave can't be carried over.", "negation_mismatch", 0.0, id="negated alike"),
        pytest.param("Purple elephants dance.", "coverage", 0.0, id="nothing shared"),
    ],
)
def test_what_the_evidence_lacks_is_seen(claim: str, name: str, value: float) -> None:
    assert seen(claim, HANDBOOK)[name] == value


@pytest.mark.parametrize(
    ("claim", "evidence"),
    [
        pytest.param("The drug increases risk.", "The drug decreases risk.", id="content words"),
        pytest.param("Ask before you leave.", "Ask after you leave.", id="function words"),
        pytest.param("Visitors pay more.", "Visitors pay less.", id="more"),
    ],
)
def test_an_opposite_in_the_nearest_window_is_seen_either_way_round(claim: str, evidence: str) -> None:
    assert seen(claim, evidence)["opposites"] == 1.0
    assert seen(evidence, claim)["opposites"] == 1.0
    assert seen(claim, claim)["opposites"] == 0.0


def test_words_scattered_over_passages_are_covered_but_not_close() -> None:
    found = seen("annual bonus deadline", "The annual review.", "The bonus scheme.", "A deadline.")

    assert found["coverage"] == 1.0
    assert found["window_coverage"] == pytest.approx(1 / 3)


def test_the_nearest_passage_is_the_one_that_covers_most() -> None:
    evidence = read_evidence(["Cats sleep.", HANDBOOK, "Annual leave."])

    assert nearest(read_sentence("Employees have annual leave"), evidence).passage == 1


def test_evidence_beyond_the_limits_supports_nothing() -> None:
    long = read_evidence(["x" * LARGEST_EVIDENCE, "Employees have leave."])
    many = read_evidence(["a.\n" * (MOST_EVIDENCE_SENTENCES + 5), "Employees have leave."])

    assert "leav" not in long.stems
    assert sum(len(passage) for passage in many.passages) == MOST_EVIDENCE_SENTENCES
    assert "leav" not in many.stems


@settings(max_examples=60, deadline=None)
@given(st.text(min_size=1, max_size=120), st.lists(st.text(max_size=200), max_size=3))
def test_every_feature_lies_between_0_and_1_in_the_declared_order(claim: str, passages: list[str]) -> None:
    sentence, evidence = read_sentence(text.cleaned(claim, 1000)), read_evidence(passages)

    if sentence.content:
        found = features(sentence, evidence, nearest(sentence, evidence))
        assert list(found) == list(DIRECTIONS)
        assert all(0.0 <= value <= 1.0 for value in found.values())
