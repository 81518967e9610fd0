"""What a question asks for, and whether a sentence holds it."""

import pytest

from system_under_test.routing.expectation import expected, fit


@pytest.mark.parametrize(
    ("question", "fits", "misfits"),
    [
        ("How many days of leave?", "Leave is 27 days.", "Leave is agreed with the manager."),
        ("How long is probation?", "Probation lasts 5 months.", "Probation may be extended."),
        ("How much may dinner cost?", "Dinner is refunded up to \u00a332.", "Dinner is refunded."),
        ("When is pay day?", "Salaries are paid on the 26th.", "Salaries are paid by transfer."),
        ("Who approves it?", "The line manager approves it.", "It is approved in writing."),
        ("Which extension do I call?", "Call 4410.", "Call the desk."),
    ],
)
def test_a_sentence_that_holds_what_is_asked_fits_better(question: str, fits: str, misfits: str) -> None:
    assert fit(expected(question), fits) > fit(expected(question), misfits)


def test_where_nothing_can_be_told_everything_fits() -> None:
    assert fit(expected("May I keep a gift?"), "Gifts are declared.") == 1.0
