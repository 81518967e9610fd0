"""Quantiles of a sample, and distribution-free bounds of them by order statistics.

An exceedance is an ask without a value (a timeout, an error): it counts above every value and needs none itself.
"""

from collections.abc import Sequence
from math import ceil

import numpy as np
from scipy.special import bdtr  # scipy.stats costs every start another second

from harness.domain.scores import Interval
from harness.statistics.arguments import check_confidence, check_count, check_share, finite
from harness.statistics.sample_size import least_trials

_ROUNDING = 1e-9
"""Slack for a product of a size and a quantile that is a whole number but for the last bits."""


def quantile_bound(values: Sequence[float], exceedances: int, quantile: float, confidence: float) -> Interval:
    """Bounds of a quantile, each one-sided at `confidence`, whatever the distribution.

    With n = values + exceedances in order, the high bound is the r-th, r the least rank with
    P(Binomial(n, quantile) < r) >= confidence; None where r > n or the r-th is an exceedance. The low bound is the
    s-th, s the greatest rank with P(Binomial(n, quantile) >= s) >= confidence; the greatest value where the s-th is
    an exceedance; None where s = 0 or there is no value. Raises ValueError for an empty or a bad sample.
    """
    check_confidence(confidence)
    check_share("quantile", quantile)
    ordered, n = _ordered(values, exceedances)
    above = _binomial_quantile(confidence, n, quantile) + 1
    below = min(n - _binomial_quantile(confidence, n, 1 - quantile), len(ordered))
    return Interval(
        low=ordered[below - 1] if below > 0 else None,
        high=ordered[above - 1] if above <= len(ordered) else None,
        confidence=confidence,
        method="order_statistic",
    )


def least_n(quantile: float, confidence: float) -> int:
    """The smallest sample that can give a high bound of the quantile: the least n with 1 - quantile^n >= confidence.

    59 for the 0.95 quantile and 299 for the 0.99 at 0.95. Raises ValueError where an argument is out of range.
    """
    check_share("quantile", quantile)
    return least_trials(1 - quantile, confidence)


def quantile(values: Sequence[float], exceedances: int, q: float) -> float | None:
    """The sample quantile: the ceil(n q)-th of n = values + exceedances in order; None where that is an exceedance.

    Raises ValueError for an empty or a bad sample.
    """
    check_share("q", q)
    ordered, n = _ordered(values, exceedances)
    rank = max(1, ceil(n * q - _ROUNDING))
    return ordered[rank - 1] if rank <= len(ordered) else None


def _binomial_quantile(confidence: float, n: int, probability: float) -> int:
    """The least k with P(Binomial(n, probability) <= k) >= confidence."""
    return int(np.searchsorted(bdtr(np.arange(n + 1), n, probability), confidence))


def _ordered(values: Sequence[float], exceedances: int) -> tuple[list[float], int]:
    """The values in ascending order, and the size of the sample with its exceedances."""
    check_count("exceedances", exceedances, 0 if len(values) else 1)
    ordered: list[float] = np.sort(finite(values)).tolist() if len(values) else []
    return ordered, len(ordered) + exceedances
