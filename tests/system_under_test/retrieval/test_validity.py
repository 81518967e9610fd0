"""Which documents of a tenant are served on which day."""

from datetime import UTC, date, datetime
from types import ModuleType

import pytest

from system_under_test.retrieval.validity import next_turn, statuses_of, utc_today

TODAY = date(2026, 6, 1)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param({"valid_from": "", "valid_until": ""}, "current", id="no-dates"),
        pytest.param({"valid_from": "2026-06-01"}, "current", id="begins-today"),
        pytest.param({"valid_from": "2026-06-02"}, "waiting", id="begins-tomorrow"),
        pytest.param({"valid_until": "2026-06-01"}, "current", id="last-day-is-today"),
        pytest.param({"valid_until": "2026-05-31"}, "expired", id="last-day-was-yesterday"),
        pytest.param({"valid_from": "2026-07-01", "valid_until": "2026-05-01"}, "waiting", id="ends-before-it-begins"),
        pytest.param({"valid_until": "9999-12-31"}, "current", id="the-last-day-there-is"),
    ],
)
def test_a_document_is_current_from_its_first_to_its_last_day(
    fakes: ModuleType, changes: dict[str, str], expected: str
) -> None:
    document = fakes.make_document("acme/a", **changes)

    assert statuses_of([document], TODAY) == {"acme/a": expected}
    assert statuses_of([document], None) == {"acme/a": "current"}


def test_a_newer_version_replaces_the_older_one_when_it_begins_and_for_good(fakes: ModuleType) -> None:
    old = fakes.make_document("acme/old")
    new = fakes.make_document("acme/new", supersedes="acme/old", valid_from="2026-06-10", valid_until="2026-06-20")

    by_day = {day: statuses_of([old, new], date(2026, 6, day)) for day in (9, 10, 20, 21)}

    assert by_day == {
        9: {"acme/old": "current", "acme/new": "waiting"},
        10: {"acme/old": "superseded", "acme/new": "current"},
        20: {"acme/old": "superseded", "acme/new": "current"},
        21: {"acme/old": "superseded", "acme/new": "expired"},
    }
    assert next_turn([old, new], date(2026, 6, 9)) == date(2026, 6, 10)
    assert next_turn([old, new], date(2026, 6, 10)) == date(2026, 6, 21)
    assert next_turn([old, new], date(2026, 6, 21)) is None
    assert next_turn([old, new], None) is None


def test_a_document_valid_to_the_end_of_the_calendar_has_no_turn(fakes: ModuleType) -> None:
    assert next_turn([fakes.make_document(valid_until="9999-12-31")], TODAY) is None


def test_today_is_the_day_in_utc() -> None:
    before = datetime.now(UTC).date()

    assert before <= utc_today() <= datetime.now(UTC).date()
