from math import inf, nan
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom, quantile_test

from harness.statistics.quantiles import least_n, quantile, quantile_bound


@pytest.mark.parametrize(
    ("n", "rank", "held"),
    [
        (59, 59, 0.9515055),
        (93, 92, 0.9500242),
        (100, 99, 0.9629188),
        (200, 196, 0.9735532),
        (473, 458, 0.9637228),
        (500, 484, 0.9657),
        (1000, 962, 0.9567),
    ],
)
def test_the_high_bound_of_p95_is_the_reference_order_statistic(n: int, rank: int, held: float) -> None:
    interval = quantile_bound(range(1, n + 1), 0, 0.95, 0.95)

    assert interval.high == rank
    assert binom.cdf(rank - 1, n, 0.95) == pytest.approx(held, abs=5.1e-5 if n >= 500 else 5.1e-8)


@pytest.mark.parametrize(
    ("q", "at_95", "at_99"), [(0.5, 5, 7), (0.9, 29, 44), (0.95, 59, 90), (0.99, 299, 459), (0.999, 2995, 4603)]
)
def test_the_smallest_sample_for_a_high_bound_is_the_reference_one(q: float, at_95: int, at_99: int) -> None:
    assert (least_n(q, 0.95), least_n(q, 0.99)) == (at_95, at_99)
    assert quantile_bound(range(at_95), 0, q, 0.95).high == at_95 - 1
    assert quantile_bound(range(at_95 - 1), 0, q, 0.95).high is None


def test_both_bounds_are_those_of_scipy() -> None:
    values = np.arange(1, 101)

    two_sided: Any = quantile_test(values, q=96, p=0.95).confidence_interval(0.95)
    interval = quantile_bound(values.tolist(), 0, 0.95, 0.975)

    assert (two_sided.low, two_sided.high) == (90, 100)
    assert (interval.low, interval.high) == (90, 100)


@settings(max_examples=40, deadline=None)
@given(n=st.integers(1, 400), q=st.sampled_from([0.05, 0.5, 0.9, 0.95, 0.99]), confidence=st.sampled_from([0.9, 0.95]))
def test_a_bound_is_the_tightest_rank_that_holds(n: int, q: float, confidence: float) -> None:
    interval = quantile_bound(range(1, n + 1), 0, q, confidence)

    high = n + 1 if interval.high is None else int(interval.high)
    low = 0 if interval.low is None else int(interval.low)
    assert binom.cdf(high - 1, n, q) >= confidence or high == n + 1
    assert high == 1 or binom.cdf(high - 2, n, q) < confidence
    assert low == 0 or binom.sf(low - 1, n, q) >= confidence
    assert binom.sf(low, n, q) < confidence or low == n


@pytest.mark.parametrize(
    ("exceedances", "high"),
    [
        pytest.param(0, 196, id="none: the 196th"),
        pytest.param(4, 196, id="four above the 196th"),
        pytest.param(5, None, id="five: the 196th is one of them"),
    ],
)
def test_an_exceedance_counts_above_every_value(exceedances: int, high: float | None) -> None:
    interval = quantile_bound(range(1, 201 - exceedances), exceedances, 0.95, 0.95)

    assert interval.high == high


def test_a_low_bound_among_the_exceedances_is_the_greatest_value() -> None:
    interval = quantile_bound(range(1, 101), 100, 0.95, 0.95)

    assert (interval.low, interval.high) == (100, None)


def test_exceedances_alone_bound_nothing() -> None:
    interval = quantile_bound([], 100, 0.95, 0.95)

    assert (interval.low, interval.high) == (None, None)
    assert quantile([], 100, 0.95) is None


@pytest.mark.parametrize(
    ("n", "exceedances", "q", "expected"),
    [
        pytest.param(100, 0, 0.95, 95, id="whole rank"),
        pytest.param(10, 0, 0.95, 10, id="rank rounded up"),
        pytest.param(30, 0, 0.1, 3, id="a product that is whole but for the last bits"),
        pytest.param(5, 0, 0.5, 3, id="median"),
        pytest.param(1, 0, 0.01, 1, id="one value"),
        pytest.param(95, 5, 0.95, 95, id="below the exceedances"),
        pytest.param(94, 6, 0.95, None, id="among the exceedances"),
    ],
)
def test_a_quantile_is_an_order_statistic(n: int, exceedances: int, q: float, expected: float | None) -> None:
    assert quantile([float(value) for value in range(n, 0, -1)], exceedances, q) == expected


@settings(max_examples=40, deadline=None)
@given(values=st.lists(st.floats(0, 1e6), min_size=1, max_size=80), exceedances=st.integers(0, 10), data=st.data())
def test_bounds_hold_the_quantile_and_know_no_order(values: list[float], exceedances: int, data: st.DataObject) -> None:
    interval = quantile_bound(values, exceedances, 0.9, 0.95)
    point = quantile(values, exceedances, 0.9)

    assert interval == quantile_bound(data.draw(st.permutations(values)), exceedances, 0.9, 0.95)
    assert interval.low is None or point is None or interval.low <= point
    assert interval.high is None or (point is not None and point <= interval.high)


@pytest.mark.parametrize(
    ("values", "exceedances", "q", "confidence", "found"),
    [
        pytest.param([], 0, 0.95, 0.95, "exceedances must be an integer at least 1, not 0", id="empty"),
        pytest.param([1.0], -1, 0.95, 0.95, "not -1", id="negative exceedances"),
        pytest.param([1.0, nan], 0, 0.95, 0.95, "value 1 is nan", id="nan"),
        pytest.param([inf], 0, 0.95, 0.95, "value 0 is inf", id="infinite"),
        pytest.param([1.0], 0, 1.0, 0.95, "quantile must lie between 0 and 1, not 1.0", id="the maximum"),
        pytest.param([1.0], 0, 95, 0.95, "not 95", id="quantile in percent"),
        pytest.param([1.0], 0, 0.95, nan, "confidence must lie between 0.5 and 1, not nan", id="confidence"),
    ],
)
def test_arguments_that_bound_nothing_are_refused(
    values: list[float], exceedances: int, q: float, confidence: float, found: str
) -> None:
    with pytest.raises(ValueError, match=found):
        quantile_bound(values, exceedances, q, confidence)


def test_the_point_and_the_least_size_refuse_them_too() -> None:
    with pytest.raises(ValueError, match="exceedances must be"):
        quantile([], 0, 0.5)
    with pytest.raises(ValueError, match="q must lie"):
        quantile([1.0], 0, 0)
    with pytest.raises(ValueError, match="quantile must lie"):
        least_n(1.0, 0.95)
