"""Misspelt words: what is near, what is left alone, and whose words are used."""

from types import ModuleType

import pytest

from system_under_test.retrieval.spelling import MOST_CORRECTIONS, corrected, vocabulary_of

TEXTS = ["overtime is paid with the salary", "grievance and password", "password with holiday", "wages plumbline"]


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        pytest.param("What is ordinary overtme paid at?", "What is ordinary overtime paid at?", id="dropped"),
        pytest.param("a new pasword and a greivance", "a new password and a grievance", id="swapped"),
        pytest.param("My SALLARY!", "My salary!", id="added-and-upper-case"),
        pytest.param("overtyyme", "overtime", id="two-edits-in-a-long-word"),
        pytest.param("salxxy", "salxxy", id="two-edits-in-a-short-word"),
        pytest.param("wage pages", "wages pages", id="a-common-word-is-kept"),
        pytest.param("the pay", "the pay", id="short-words-are-kept"),
        pytest.param("Overtime, Password", "Overtime, Password", id="known-words-are-kept"),
        pytest.param("zebra 12345", "zebra 12345", id="nothing-near"),
    ],
)
def test_an_unknown_word_becomes_the_nearest_known_one(fakes: ModuleType, question: str, expected: str) -> None:
    vocabulary = vocabulary_of((fakes.make_document(f"acme/{n}"), text) for n, text in enumerate(TEXTS))

    assert corrected(question, [vocabulary], fakes.make_scope(), {"pages", "ordinary", "what"}) == expected
    assert corrected(expected, [vocabulary], fakes.make_scope(), {"pages", "ordinary", "what"}) == expected


def test_words_of_documents_outside_the_scope_are_not_used(fakes: ModuleType) -> None:
    secret = fakes.make_document("acme/plan", allow_groups=frozenset({"executive"}))
    public = fakes.make_document("acme/water")
    vocabulary = vocabulary_of([(secret, "plumbline"), (public, "plumbing")])

    assert corrected("plumblin", [vocabulary], fakes.make_scope(), ()) == "plumbing"
    assert corrected("plumbline", [vocabulary], fakes.make_scope(), ()) == "plumbing"
    assert corrected("plumblin", [vocabulary], fakes.make_scope(groups=frozenset({"executive"})), ()) == "plumbline"


def test_of_equally_near_words_the_more_frequent_is_taken(fakes: ModuleType) -> None:
    texts = [(fakes.make_document(f"acme/{n}"), text) for n, text in enumerate(["claim", "claim", "claws"])]

    assert corrected("claix", [vocabulary_of(texts)], fakes.make_scope(), ()) == "claim"


def test_a_question_causes_a_bounded_amount_of_work(fakes: ModuleType) -> None:
    vocabulary = vocabulary_of([(fakes.make_document(), "password")])

    answer = corrected("pasword " * 20, [vocabulary], fakes.make_scope(), ())

    assert answer.split().count("password") == MOST_CORRECTIONS
