"""Paired comparisons of two runs on the same cases. The p-values are two-sided and against no difference at all."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binom, permutation_test

from harness.domain.scores import Interval
from harness.statistics.arguments import check_count, finite
from harness.statistics.intervals import DRAWS, bounded_mean

EXACT_UP_TO = 16
"""The most differences other than 0 for which every assignment of signs is enumerated."""

_RANDOM_SIGNS = 20_000
_DECIMALS = 12
_CELLS = 1_000_000
"""Signed values held at once: 8 MB."""


def paired_mean(
    differences: Sequence[float], lowest: float, highest: float, confidence: float, seed: int, *, draws: int = DRAWS
) -> Interval:
    """The bounds of the mean difference of scores in [lowest, highest]: `bounded_mean` on the range of a difference.

    Without any difference in n cases the low bound is -(1 - alpha^(1/n)) ranges, about -3/n at 0.95: the rule of
    three. Raises ValueError as `bounded_mean` does.
    """
    width = highest - lowest
    return bounded_mean(differences, -width, width, confidence, seed, draws=draws)


def sign_flip_p(differences: Sequence[float], seed: int) -> float:
    """The two-sided p-value of the mean difference when each sign is as likely as its opposite (Fisher 1935).

    Exact where at most 16 differences are not 0, which are the ones that count; otherwise from 20,000 random
    assignments. Differences below half of 1e-12 are rounding and count as 0. It tests a difference of 0 and no other
    margin. Raises ValueError for an empty or a bad sample.
    """
    ordered = np.sort(np.round(finite(differences), _DECIMALS))
    moved = ordered[ordered != 0]
    if moved.size <= 1:
        return 1.0
    tested = permutation_test(
        (moved,),
        _mean,
        permutation_type="samples",
        n_resamples=2**EXACT_UP_TO if moved.size <= EXACT_UP_TO else _RANDOM_SIGNS,
        batch=max(1, _CELLS // moved.size),
        vectorized=True,
        rng=np.random.default_rng(seed),
    )
    return float(tested.pvalue)


def mcnemar_mid_p(only_first: int, only_second: int) -> float:
    """The two-sided mid-p of McNemar's test: whether each run alone is right as often (Fagerland 2013).

    2 P(Bin(m, 1/2) < least) + P(Bin(m, 1/2) = least), m the sum of the two counts; 1 where m = 0.
    Raises ValueError where a count is negative or no integer.
    """
    check_count("only_first", only_first)
    check_count("only_second", only_second)
    least, m = min(only_first, only_second), only_first + only_second
    return min(1.0, float(2 * binom.cdf(least, m, 0.5) - binom.pmf(least, m, 0.5))) if m else 1.0


def _mean(values: NDArray[np.float64], axis: int) -> NDArray[np.float64]:
    """The mean along an axis, as `permutation_test` asks for it."""
    return np.asarray(values.mean(axis=axis))
