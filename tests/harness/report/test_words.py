"""How figures are put into words."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.report.words import demand, estimate, figure


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (0.0, "0.0000"),
        (0.87123, "0.8712"),
        (0.0083333, "0.008333"),
        (612.34, "612.3"),
        (12345.6, "12346"),
        (1e-7, "1e-07"),
    ],
)
def test_a_figure_has_at_least_four_significant_digits(value, told):
    assert figure(value) == told


def test_a_value_that_would_read_as_its_limit_is_told_in_full():
    assert figure(0.79999999, 0.8) == "0.79999999"
    assert figure(0.8, 0.8) == "0.8000"


@given(st.floats(0.001, 1e6), st.floats(0.001, 1e6))
def test_a_value_and_a_limit_read_alike_only_where_they_are_equal(value, limit):
    assert (figure(value, limit) == figure(limit)) == (value == limit)


def test_a_metric_without_value_or_bounds_says_so(passing):
    check = passing.verdict.checks[0]

    assert estimate(replace(check, metric=None)) == "not measured"
    assert estimate(replace(check, metric=replace(check.metric, value=None, interval=None))) == "no value"
    bare = replace(check.metric.interval, high=None)
    assert estimate(replace(check, metric=replace(check.metric, interval=bare))).endswith(", none]")


def test_demands_say_their_kind(passing):
    told = {check.id: demand(check.rule) for check in passing.verdict.checks}

    assert told["answers.recall[hosted]"] == ">= 0.8000"
    assert told["answers.p95[hosted]"] == "<= 600 ms"
    assert told["answers.slow[hosted]"] == "<= 0.05 over 800 ms"
    assert told["isolation.no-leak"] == "no hit, rate <= 0.1000"
