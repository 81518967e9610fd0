from itertools import product
from math import comb, nan

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest

from harness.statistics.paired import EXACT_UP_TO, mcnemar_mid_p, paired_mean, sign_flip_p

DARWIN = (49, -67, 8, 16, 6, 23, 28, 41, 14, 29, 56, 24, 75, 60, -48)
SLEEP = tuple(
    x - y
    for x, y in zip(
        (0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0, 2),
        (1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4),
        strict=True,
    )
)


@pytest.mark.parametrize(
    ("n", "low"),
    [(20, -0.13911), (50, -0.05816), (59, -0.04951), (100, -0.02951), (200, -0.01487), (500, -0.00597)],
)
def test_no_difference_leaves_the_rule_of_three_for_regressions(n: int, low: float) -> None:
    interval = paired_mean([0.0] * n, 0, 1, 0.95, 1)

    exact = 1 - 0.05 ** (1 / n)
    assert interval.low == pytest.approx(low, abs=5.1e-6)
    assert (interval.low, interval.high) == pytest.approx((-exact, exact), abs=1e-10)


def test_a_difference_is_bounded_by_the_range_of_two_scores() -> None:
    assert paired_mean([-3.0] * 9 + [3.0], 2, 5, 0.95, 1).method == "clopper_pearson"
    with pytest.raises(ValueError, match=r"value 1 is 1\.5, outside -1 to 1"):
        paired_mean([0.0, 1.5], 0, 1, 0.95, 1)
    with pytest.raises(ValueError, match="a range needs"):
        paired_mean([0.0], 1, 0, 0.95, 1)


def test_darwins_maize_gives_the_exact_share_of_sign_flips() -> None:
    assert sign_flip_p(DARWIN, 1) == 1726 / 32768


def test_students_sleep_gives_the_exact_share_of_sign_flips() -> None:
    assert sign_flip_p(SLEEP, 1) == 0.00390625


@pytest.mark.parametrize(
    "differences",
    [
        pytest.param([0.0] * 30, id="none"),
        pytest.param([1.0], id="one case"),
        pytest.param([0.0, 0.0, -1.0], id="one case that moved"),
        pytest.param([0.1 + 0.2 - 0.3] * 30, id="the last bits"),
    ],
)
def test_no_difference_at_all_or_one_alone_is_no_evidence(differences: list[float]) -> None:
    assert sign_flip_p(differences, 1) == 1


def test_a_large_sample_comes_close_to_its_exact_value_and_repeats_with_its_seed() -> None:
    differences = [*DARWIN, 1, -1]

    exact = np.mean([abs(np.dot(signs, differences)) >= sum(differences) for signs in product((-1, 1), repeat=17)])

    assert len(differences) > EXACT_UP_TO
    assert sign_flip_p(differences, 1) == pytest.approx(exact, abs=0.008)
    assert sign_flip_p(differences, 1) == sign_flip_p(differences[::-1], 1)


@settings(max_examples=20, deadline=None)
@given(differences=st.lists(st.integers(-5, 5), min_size=1, max_size=9), data=st.data())
def test_sign_flips_count_what_enumeration_counts(differences: list[int], data: st.DataObject) -> None:
    total = abs(sum(differences))
    exact = np.mean([abs(np.dot(signs, differences)) >= total for signs in product((-1, 1), repeat=len(differences))])

    assert sign_flip_p(differences, 1) == pytest.approx(float(exact))
    assert sign_flip_p(data.draw(st.permutations(differences)), 2) == pytest.approx(float(exact))
    assert sign_flip_p([-difference for difference in differences], 1) == pytest.approx(float(exact))


@pytest.mark.parametrize(("differences", "found"), [([], "at least one value"), ([1.0, nan], "value 1 is nan")])
def test_differences_that_carry_no_statement_are_refused(differences: list[float], found: str) -> None:
    with pytest.raises(ValueError, match=found):
        sign_flip_p(differences, 1)


def test_mcnemars_mid_p_is_the_reference_one() -> None:
    assert mcnemar_mid_p(1, 7) == pytest.approx(0.0390625, abs=1e-12)


@pytest.mark.parametrize(
    ("only_first", "only_second", "exact", "tolerance"),
    [
        pytest.param(1, 7, 0.0703125, 1e-12, id="1 and 7"),
        pytest.param(0, 5, 0.0625, 1e-12, id="0 and 5"),
        pytest.param(0, 6, 0.03125, 1e-12, id="0 and 6"),
        pytest.param(150, 86, 3.715936e-05, 5.1e-12, id="Agresti, approval"),
        pytest.param(12, 2, 0.0129, 5.1e-5, id="Armitage and Berry"),
    ],
)
def test_mcnemars_mid_p_is_the_exact_p_less_the_probability_of_what_was_seen(
    only_first: int, only_second: int, exact: float, tolerance: float
) -> None:
    total = only_first + only_second
    both_sides = binomtest(only_first, total, 0.5).pvalue
    as_seen = comb(total, only_first) / 2**total

    assert both_sides == pytest.approx(exact, abs=tolerance)
    assert mcnemar_mid_p(only_first, only_second) == pytest.approx(both_sides - as_seen)


@settings(max_examples=30, deadline=None)
@given(one=st.integers(0, 60), other=st.integers(0, 60))
def test_mcnemars_mid_p_is_symmetric_and_a_probability(one: int, other: int) -> None:
    assert 0 < mcnemar_mid_p(one, other) == mcnemar_mid_p(other, one) <= 1


@pytest.mark.parametrize("even", [0, 1, 30])
def test_as_many_on_either_side_is_no_evidence(even: int) -> None:
    assert mcnemar_mid_p(even, even) == pytest.approx(1)


@pytest.mark.parametrize("counts", [(-1, 3), (2, 1.5)])
def test_counts_that_are_none_are_refused(counts: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="must be an integer"):
        mcnemar_mid_p(*counts)
