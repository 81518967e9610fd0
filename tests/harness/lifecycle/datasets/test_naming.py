"""Names of foreign ids: plain, bounded, and never two alike."""

import re

from hypothesis import given
from hypothesis import strategies as st

from harness.lifecycle.datasets.naming import plain_names


def test_an_id_that_fits_keeps_its_name() -> None:
    assert plain_names(["a-1", "B.2"], 20) == {"a-1": "a-1", "B.2": "B.2"}


def test_lower_case_alone_costs_an_id_no_digits() -> None:
    assert plain_names(["PLAIN-1"], 20, lower=True) == {"PLAIN-1": "plain-1"}


@given(ids=st.lists(st.text(min_size=1, max_size=30), unique=True, max_size=12))
def test_names_are_plain_bounded_and_unique_whatever_their_case(ids: list[str]) -> None:
    ids = [name for name in ids if name.encode("utf-8", "ignore").decode() == name]

    names = plain_names(ids, 24)

    assert set(names) == set(ids)
    assert len({name.casefold() for name in names.values()}) == len(ids)
    assert all(re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,23}", name) for name in names.values())
