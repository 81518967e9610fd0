"""A checked answer, sentence by sentence."""

from hypothesis import given
from hypothesis import strategies as st

from system_under_test.routing.checked import checked_sentences
from system_under_test.routing.reply import Citation

LEAVE = Citation("p1", "Annual leave is 27 days a year.")
SICK = Citation("p2", "Sick pay lasts 10 weeks. A fit note is due on day 8.")


def test_a_quoted_sentence_has_its_own_citation() -> None:
    found = checked_sentences(f"{LEAVE.quote} {SICK.quote}", [LEAVE, SICK])

    assert [(one.text, one.citations) for one in found] == [
        ("Annual leave is 27 days a year. ", (LEAVE,)),
        ("Sick pay lasts 10 weeks. ", (SICK,)),
        ("A fit note is due on day 8.", (SICK,)),
    ]


def test_a_sentence_in_other_words_claims_no_citation_for_itself() -> None:
    found = checked_sentences("You get four weeks. You said: 27 days.", [Citation("p1", "27 days")])

    assert [len(one.citations) for one in found] == [0, 1]


def test_figures_and_abbreviations_inside_a_word_end_no_sentence() -> None:
    assert len(checked_sentences("It costs 4.50 at www.example.com today", [])) == 1


@given(st.text(st.sampled_from("ab.!? \n\t"), max_size=40))
def test_the_sentences_put_together_are_the_answer(answer: str) -> None:
    assert "".join(one.text for one in checked_sentences(answer, [])) == answer
