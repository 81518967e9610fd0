"""Two one-sided bounds, each at the given confidence, for shares and for means of bounded values.

Why these and not the t interval or the bootstrap: when nothing fails, the sample variance is 0 and those intervals
have width 0, so that twenty passes out of twenty would prove perfection. The bounds here never do that.
"""

from collections.abc import Sequence
from itertools import pairwise
from math import sqrt

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaincinv, stdtrit

from harness.domain.scores import Interval
from harness.statistics.arguments import bounded, check_confidence, check_count

DRAWS = 20_000
"""Monte Carlo draws of `bounded_mean`; ask for 200,000 where the bound lies close to a limit."""

LEAST_CLUSTERS = 5
"""Below this a bound over clusters says nothing."""

_CELLS = 2_000_000
"""Random numbers held at once: 16 MB."""

_DECIMALS = 12
"""Bounds on the unit scale are rounded to this, so that a processor's last bits do not change a recomputed verdict."""


def clopper_pearson(successes: int, trials: int, confidence: float) -> Interval:
    """The exact bounds of a binomial share (Clopper and Pearson 1934), each one-sided at `confidence`.

    The bounds lie in 0..1. Raises ValueError where 0 <= successes <= trials, trials >= 1 does not hold.
    """
    check_confidence(confidence)
    check_count("trials", trials, 1)
    check_count("successes", successes, 0, trials)
    low = _share_low(successes, trials, 1 - confidence)
    high = 1 - _share_low(trials - successes, trials, 1 - confidence)
    return Interval(low, high, confidence, "clopper_pearson")


def hit_rate(hits: int, trials: int, confidence: float) -> Interval:
    """The bounds of the rate behind `hits` in `trials` independent probes; no hit in n leaves 1 - alpha^(1/n) possible.

    Clones of one template are one trial. Raises ValueError as `clopper_pearson` does.
    """
    return clopper_pearson(hits, trials, confidence)


def share_over(values_over: int, n: int, confidence: float) -> Interval:
    """The bounds of the share of asks over a cap (or without a value, which counts as over), in 0..1.

    Raises ValueError as `clopper_pearson` does.
    """
    return clopper_pearson(values_over, n, confidence)


def bounded_mean(
    values: Sequence[float], lowest: float, highest: float, confidence: float, seed: int, *, draws: int = DRAWS
) -> Interval:
    """The bounds of the mean of independent values in [lowest, highest], by the worst-case padded Dirichlet.

    One observation at the worst possible value joins the sample; the low bound is the alpha quantile of the mean
    under Dirichlet(1, ..., 1) weights, and the high bound its mirror image (Gaffke 2005; Learned-Miller and Thomas
    2019). A sample of two values at most, the padding included, needs no draws: the quantile is a Beta's. Data at
    the two ends give the Clopper-Pearson bounds, for which validity is a theorem; **for other data it is a
    conjecture** with no counterexample known. The order of the values cannot matter: they are sorted.

    With 20,000 draws the standard error of a bound is about 0.015 standard errors of the mean. Raises ValueError
    for an empty sample, a value that is not finite or out of range, or too few draws.
    """
    check_confidence(confidence)
    check_count("draws", draws, 1_000)
    array = np.sort(bounded(values, lowest, highest))
    width = highest - lowest
    units = (array - lowest) / width
    shortfalls = ((highest - array) / width)[::-1]
    low, gap = _padded_lows((units, shortfalls), 1 - confidence, seed, draws)
    mean = float(array.mean())
    return Interval(
        low=max(lowest, min(lowest + width * low, mean)),
        high=min(highest, max(highest - width * gap, mean)),
        confidence=confidence,
        method="clopper_pearson" if np.isin(array, (lowest, highest)).all() else "gaffke",
    )


def clustered_mean(
    values: Sequence[float],
    clusters: Sequence[str],
    lowest: float,
    highest: float,
    confidence: float,
    seed: int,
    *,
    draws: int = DRAWS,
) -> Interval:
    """The bounds of the mean over cases of values in [lowest, highest] where cases of one cluster are no news.

    On each side the wider of two: the cluster-robust t with G - 1 degrees of freedom around the mean over cases
    (Miller's variance times G / (G - 1)), and `bounded_mean` of the G cluster means. The second is over clusters,
    not cases, because clusters that pass or fail whole leave no variance between equal ones: ten clusters of ten,
    all passing, are ten pieces of evidence. Fewer than five clusters give no bound (None on both sides). The order
    of the cases cannot matter: they are sorted.

    Limit: where the size of a cluster goes with its quality, the cluster means answer another question than the mean
    over cases, and only the t part looks at the sizes. Raises ValueError as `bounded_mean` does, and where there is
    not one cluster for each value.
    """
    check_confidence(confidence)
    array = bounded(values, lowest, highest)
    if len(clusters) != array.size:
        raise ValueError(f"{array.size} values need as many clusters, not {len(clusters)}")
    names, members = np.unique(np.asarray(clusters, dtype=np.str_), return_inverse=True)
    if names.size < LEAST_CLUSTERS:
        return Interval(None, None, confidence, "cluster_t+gaffke")
    order = np.lexsort((array, members))
    array, members = array[order], members[order]
    reach = _cluster_reach(array, members, names.size, confidence)
    means = np.clip(np.bincount(members, weights=array) / np.bincount(members), lowest, highest)
    padded = bounded_mean(means.tolist(), lowest, highest, confidence, seed, draws=draws)
    mean = float(array.mean())
    return Interval(
        low=max(lowest, min(mean - reach, lowest if padded.low is None else padded.low)),
        high=min(highest, max(mean + reach, highest if padded.high is None else padded.high)),
        confidence=confidence,
        method="cluster_t+gaffke",
    )


def _cluster_reach(array: NDArray[np.float64], members: NDArray[np.intp], clusters: int, confidence: float) -> float:
    """The half width of the cluster-robust t interval of a mean over cases."""
    totals = np.bincount(members, weights=array - array.mean())
    error = sqrt(clusters / (clusters - 1) * float((totals**2).sum())) / array.size
    return round(float(stdtrit(clusters - 1, confidence)) * error, _DECIMALS)


def _share_low(successes: int, trials: int, alpha: float) -> float:
    """The alpha quantile of Beta(successes, trials - successes + 1): Clopper-Pearson's low bound."""
    return 0.0 if successes == 0 else round(float(betaincinv(successes, trials - successes + 1, alpha)), _DECIMALS)


def _padded_lows(
    samples: tuple[NDArray[np.float64], NDArray[np.float64]], alpha: float, seed: int, draws: int
) -> tuple[float, float]:
    """Low bounds of two samples of one size in 0..1, each sorted and padded with 0; drawn together where needed."""
    exact = [_exact_low(sample, alpha) for sample in samples]
    if None in exact:
        means = _dirichlet_means(np.column_stack([np.concatenate(([0.0], sample)) for sample in samples]), seed, draws)
        drawn = np.quantile(means, alpha, axis=0)
        exact = [round(float(d), _DECIMALS) if e is None else e for d, e in zip(drawn, exact, strict=True)]
    low, gap = (bound for bound in exact if bound is not None)
    return low, gap


def _exact_low(sample: NDArray[np.float64], alpha: float) -> float | None:
    """The low bound where the sample has one value besides 0, or none; otherwise None."""
    above = sample[sample > 0]
    if above.size == 0:
        return 0.0
    if above.min() < above.max():
        return None
    return float(above[0]) * _share_low(above.size, sample.size, alpha)


def _dirichlet_means(columns: NDArray[np.float64], seed: int, draws: int) -> NDArray[np.float64]:
    """Means of each column under `draws` flat Dirichlet weightings of its rows, shape (draws, columns)."""
    generator = np.random.default_rng(seed)
    rows = columns.shape[0]
    step = max(1, _CELLS // rows)
    means = np.empty((draws, columns.shape[1]))
    for start, stop in pairwise([*range(0, draws, step), draws]):
        weights = generator.standard_exponential((stop - start, rows))
        means[start:stop] = (weights @ columns) / weights.sum(axis=1, keepdims=True)
    return means
