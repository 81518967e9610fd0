import pytest

from harness.scorers.text import fold, fold_space, stands_in


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        pytest.param("27  Days\n of leave", "27 days of leave", id="case and white space"),
        pytest.param("\uff12\uff17 days", "27 days", id="full-width digits"),
        pytest.param("27\u00a0days", "27 days", id="no-break space"),
        pytest.param("27 \u200bda\u00adys", "27 days", id="invisible characters"),
        pytest.param("**27** `days`", "27 days", id="emphasis"),
        pytest.param("e\u2011mail, 5\u20138, \u22123", "e-mail, 5-8, -3", id="dashes"),
        pytest.param("the bank\u2019s \u201crule\u201d", 'the bank\'s "rule"', id="quotes"),
        pytest.param("Stra\u00dfe, caf\u0065\u0301", "strasse, caf\u00e9", id="letters"),
    ],
)
def test_what_looks_alike_folds_alike(text: str, folded: str) -> None:
    assert fold(text) == folded
    assert fold(folded) == folded


def test_white_space_alone_is_folded_where_words_count_as_written() -> None:
    assert fold_space("  Two\n\twords ") == "Two words"


@pytest.mark.parametrize(
    ("spelling", "text"),
    [
        pytest.param("8 days", "8 days", id="all of it"),
        pytest.param("8 days", "within 8 days.", id="before a full stop"),
        pytest.param("8 days", "28 days, then 8 days", id="second place"),
        pytest.param("5", "it is 5, or more", id="before a comma and a space"),
        pytest.param("5%", "up to 5% of it", id="a sign at the edge"),
        pytest.param("£40", "(£40)", id="in brackets"),
        pytest.param("8 days", "5-8 days", id="end of a range"),
        pytest.param("days", "8,days", id="a word after a comma"),
    ],
)
def test_a_spelling_stands_where_words_and_numbers_end(spelling: str, text: str) -> None:
    assert stands_in(spelling, text)


@pytest.mark.parametrize(
    ("spelling", "text"),
    [
        pytest.param("8 days", "28 days", id="tail of a number"),
        pytest.param("8 days", "2.8 days", id="tail of a decimal"),
        pytest.param("150", "1,150", id="tail of thousands"),
        pytest.param("1", "1,150", id="head of thousands"),
        pytest.param("£40", "£40.50", id="head of a decimal"),
        pytest.param("£40", "£400", id="head of a number"),
        pytest.param("8 day", "8 days", id="head of a word"),
        pytest.param("leave", "sleave_x leaves", id="inside words"),
        pytest.param("", "anything", id="empty spelling"),
        pytest.param("8 days", "", id="empty text"),
    ],
)
def test_a_spelling_does_not_stand_inside_a_word_or_a_number(spelling: str, text: str) -> None:
    assert not stands_in(spelling, text)
