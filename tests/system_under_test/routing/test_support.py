"""The covered share of a question."""

from types import ModuleType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from system_under_test.routing.support import MISSPELT_CREDIT, Need, coverage, needs
from system_under_test.routing.terms import terms


@pytest.fixture(scope="module")
def passages(doubles: ModuleType) -> list[Any]:
    return [
        doubles.passage("Annual leave is 27 days a year.", slug="a", title="Annual leave"),
        doubles.passage("Parental leave is 18 weeks.", slug="b", title="Parental leave"),
        doubles.passage("Overtime is paid with the salary.", slug="c", title="Overtime"),
    ]


def test_a_term_weighs_as_much_as_it_is_rare(passages: list[Any]) -> None:
    weights = {need.typed: need.weight for need in needs("annual leave for jury duty", passages)}

    assert weights["jury"] == weights["duty"] > weights["annual"] > weights["leav"] > 0


def test_each_term_counts_once(passages: list[Any]) -> None:
    assert len(needs("leave, leave and leave", passages)) == 1


def test_a_near_miss_covers_little_and_a_right_sentence_all(passages: list[Any]) -> None:
    sentence = frozenset(terms("Annual leave is 27 days a year."))

    right = coverage(needs("annual leave days", passages), sentence, frozenset(), 0.5)
    near = coverage(needs("jury service leave days", passages), sentence, frozenset(), 0.5)

    assert right == pytest.approx(1.0)
    assert near < 0.4


def test_a_term_above_the_sentence_counts_its_credit(passages: list[Any]) -> None:
    wanted = needs("overtime", passages)

    assert coverage(wanted, frozenset(), frozenset({"overtim"}), 0.7) == pytest.approx(0.7)
    assert coverage(wanted, frozenset({"overtim"}), frozenset({"overtim"}), 0.7) == pytest.approx(1.0)


@pytest.mark.parametrize("typed", ["overtme", "ovretime", "overtimmee"])
def test_a_misspelt_term_means_the_nearest_word(passages: list[Any], typed: str) -> None:
    need = needs(typed, passages)[0]

    assert (need.term, need.credit) == ("overtim", MISSPELT_CREDIT)


@pytest.mark.parametrize("typed", ["leap", "27", "2700", "jury", "xvertime"])
def test_a_short_word_a_figure_and_a_strange_word_are_taken_as_they_are(passages: list[Any], typed: str) -> None:
    need = needs(typed, passages)[0]

    assert (need.term, need.credit) == (need.typed, 1.0)


def test_a_question_without_informative_terms_is_not_covered(passages: list[Any]) -> None:
    wanted = needs("how much is it?", passages)

    assert wanted == ()
    assert coverage(wanted, frozenset({"leav"}), frozenset(), 1.0) == 0.0


@settings(max_examples=60)
@given(
    st.lists(st.sampled_from("abcdef"), min_size=1, max_size=6, unique=True),
    st.frozensets(st.sampled_from("abcdef")),
    st.frozensets(st.sampled_from("abcdef")),
    st.floats(0, 1),
)
def test_coverage_is_a_share_and_grows_with_the_sentence(
    wanted: list[str], sentence: frozenset[str], more: frozenset[str], credit: float
) -> None:
    asked = [Need(term, term, 1.0, 1.0) for term in wanted]

    less = coverage(asked, sentence, frozenset(), credit)
    covered = coverage(asked, sentence | more, more, credit)

    assert 0 <= less <= covered <= 1
