"""Reading foreign text: numbers, sentences, stems, and nothing invisible."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.judges import text


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        pytest.param("1,150", "1150", id="separator"),
        pytest.param("27th", "27", id="ordinal"),
        pytest.param("3.50", "3.5", id="trailing zero"),
        pytest.param("1.0", "1", id="whole decimal"),
        pytest.param("007", "7", id="leading zeros"),
        pytest.param("0", "0", id="zero"),
        pytest.param("twelve", "12", id="word"),
        pytest.param("28%", "28", id="percent"),
    ],
)
def test_a_number_has_one_form_however_it_is_written(written: str, plain: str) -> None:
    assert [text.stem(token) for token in text.tokens(written)] == [plain]


@pytest.mark.parametrize(
    ("passage", "parts"),
    [
        pytest.param("It costs 3.5 pounds. Ask first!", ("It costs 3.5 pounds.", "Ask first!"), id="decimal"),
        pytest.param("See e.g. Dr. Jones. He knows.", ("See e.g. Dr. Jones.", "He knows."), id="abbreviations"),
        pytest.param("one thing . another thing .", ("one thing .", "another thing ."), id="tokenised"),
        pytest.param("It ended.Then it began.", ("It ended.", "Then it began."), id="lost space"),
        pytest.param("You get:\n- a desk\n- a chair", ("You get:", "a desk", "a chair"), id="list"),
        pytest.param(" \n ... \n", (), id="no words"),
    ],
)
def test_sentences_end_where_a_reader_ends_them(passage: str, parts: tuple[str, ...]) -> None:
    assert text.sentences(text.cleaned(passage, 1000)) == parts


@pytest.mark.parametrize("pair", ["leave leaves", "employee employees", "policy policies", "approve approved", "Two 2"])
def test_inflected_forms_share_a_stem(pair: str) -> None:
    left, right = pair.split()

    assert text.stem(left) == text.stem(right)


def test_invisible_characters_cannot_split_or_hide_a_word() -> None:
    assert text.cleaned("sup\u200bpor\u00adted\x00 \u202eclaim", 100) == "supported claim"


def test_text_is_cut_at_its_limit_even_where_normalising_makes_it_longer() -> None:
    assert len(text.cleaned("\ufdfa" * 50, 40)) <= 40


@settings(max_examples=50, deadline=None)
@given(st.text(max_size=200))
def test_cleaning_twice_changes_nothing_more(foreign: str) -> None:
    once = text.cleaned(foreign, 1000)

    assert text.sentences(text.cleaned(once, 1000)) == text.sentences(once)


@pytest.mark.parametrize("piece", [" ", "\n", ".", '."', "1,", "'", "a.", "- \n"])
def test_hostile_repetition_is_read_in_one_pass(piece: str) -> None:
    hostile = text.cleaned(piece * 50_000, 200_000)

    assert isinstance(text.sentences(hostile), tuple)
    assert isinstance(text.tokens(hostile), tuple)
