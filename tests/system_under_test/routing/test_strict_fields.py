"""A mapping at the border. What each key of the routes file refuses is in test_routes.py."""

import pytest

from system_under_test.routing.errors import RouteFileError
from system_under_test.routing.strict_fields import Fields, integer, one_of, some_of, text, texts


def test_what_is_taken_is_gone_and_what_is_left_is_refused() -> None:
    entry = Fields({"a": 1, "b": 2}, "here")

    taken = entry.take("a", integer)

    assert (taken, entry.names()) == (1, ["b"])
    with pytest.raises(RouteFileError, match="here: unknown key b"):
        entry.done()


def test_a_key_may_be_left_out_only_where_that_is_said() -> None:
    entry = Fields({}, "here")

    assert entry.take_or("a", text, "absent") == "absent"
    with pytest.raises(RouteFileError, match="here: missing key a"):
        entry.take("a", text)


def test_a_value_that_is_there_is_converted_even_where_it_may_be_left_out() -> None:
    with pytest.raises(RouteFileError, match=r"here\.a"):
        Fields({"a": None}, "here").take_or("a", text, "absent")


@pytest.mark.parametrize("value", [True, 1.0, "2", None], ids=["a boolean", "a float", "a text", "nothing"])
def test_only_the_very_value_is_one_of_those_that_are_known(value: object) -> None:
    with pytest.raises(RouteFileError):
        one_of(1, 2)(value, "here")


def test_a_list_of_known_names_becomes_a_set() -> None:
    assert some_of("a", "b")(["b", "a"], "here") == {"a", "b"}
    assert texts([], "here") == ()
