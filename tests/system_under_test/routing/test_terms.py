"""Words as an answerer compares them."""

import pytest

from system_under_test.routing.terms import count_tokens, stem, terms


def test_function_words_go_and_figures_stay() -> None:
    assert terms("How many days of leave do I get for 14,000 hours at 1.55 times?") == (
        "day",
        "leav",
        "14,000",
        "hour",
        "1.55",
        "tim",
    )


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("days", "day"),
        ("policies", "policy"),
        ("booking", "booked"),
        ("approved", "approve"),
        ("planned", "planning"),
        ("employer", "employers"),
        ("yearly", "years"),
    ],
)
def test_inflected_forms_share_a_stem(left: str, right: str) -> None:
    assert stem(left) == stem(right)


@pytest.mark.parametrize(("left", "right"), [("pass", "pas"), ("27", "27s"), ("leave", "lease")])
def test_other_words_do_not(left: str, right: str) -> None:
    assert stem(left) != stem(right)


def test_a_compound_counts_as_its_parts_and_a_possessive_as_its_owner() -> None:
    assert terms("sick-leave") == terms("sick leave")
    assert terms("the bank's") == terms("bank") == terms("bank\u2019s")


def test_words_and_punctuation_marks_are_counted() -> None:
    assert count_tokens("Leave is 27 days, or more.") == 8
    assert count_tokens("") == 0
