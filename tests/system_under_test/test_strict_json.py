"""JSON at the border."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from system_under_test.strict_json import StrictJsonError, canonical, parse

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=10,
)


@settings(max_examples=100)
@given(VALUES.filter(lambda value: "\\ud" not in ascii(value)))
def test_the_canonical_spelling_reads_back_as_the_value(value: object) -> None:
    assert parse(canonical(value)) == value


@pytest.mark.parametrize(
    "text",
    ['{"a": 1, "a": 1}', '[{"a": {"b": 1, "b": 2}}]', "NaN", "[-Infinity]", "1e999", "{", b"\xff", "[" * 100_000, ""],
    ids=["duplicate", "duplicate inside", "NaN", "infinity", "too large", "open", "no UTF-8", "deep", "empty"],
)
def test_what_is_no_strict_json_is_refused(text: str | bytes) -> None:
    with pytest.raises(StrictJsonError):
        parse(text)


def test_an_error_does_not_quote_the_text() -> None:
    with pytest.raises(StrictJsonError) as caught:
        parse('{"password": hunter2}')

    assert "hunter2" not in repr(caught.value)
    assert caught.value.__cause__ is None


def test_a_nan_has_no_canonical_spelling() -> None:
    with pytest.raises(ValueError, match="JSON compliant"):
        canonical(float("nan"))
