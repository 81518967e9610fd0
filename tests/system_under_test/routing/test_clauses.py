"""Questions that ask for several things."""

import pytest

from system_under_test.routing.clauses import clauses


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        pytest.param("How many days of leave do I get?", (), id="one thing"),
        pytest.param("Do salt and pepper cost extra?", (), id="a mere and"),
        pytest.param("Why, and who?", (), id="too short"),
        pytest.param(
            "How long does probation last, and who decides on it?",
            ("How long does probation last", "who decides on it"),
            id="joined by and",
        ),
        pytest.param(
            "Within what time must I report it and on which extension?",
            ("Within what time must I report it", "on which extension"),
            id="preposition first",
        ),
        pytest.param(
            "My laptop was stolen. How soon must I report it?",
            (),
            id="a statement first",
        ),
        pytest.param(
            "Who pays for it? What may it cost? When is it due?",
            ("Who pays for it", "What may it cost"),
            id="the first two",
        ),
    ],
)
def test_a_question_is_split_where_it_asks_again(question: str, expected: tuple[str, ...]) -> None:
    assert clauses(question) == expected
