"""Agreement of yes-or-no predictions with human labels: scikit-learn's figures, and intervals that respect clusters.

The only file that knows scikit-learn. The bootstrap counts by cluster in numpy, where 2,000 draws cost milliseconds and
not the minutes of 2,000 calls; a test holds it to scikit-learn.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import balanced_accuracy_score, cohen_kappa_score, recall_score, roc_auc_score, roc_curve

REPLICATES = 2_000
"""Of the bootstrap."""
CONFIDENCE = 0.95
"""Two-sided."""

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Figures:
    """How far an instrument agrees with people, on rows with both labels."""

    balanced_accuracy: float
    """Mean of sensitivity and specificity; 0.5 is chance."""
    sensitivity: float
    """Share of the supported that are called supported."""
    specificity: float
    """Share of the unsupported that are called unsupported."""
    kappa: float
    """Cohen's (1960); 0 is chance, 1 full agreement."""
    auroc: float
    """Probability that a supported row has the higher score, ties counted half."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """A percentile bootstrap interval."""

    low: float
    high: float


def figures(labels: Bools, predicted: Bools, scores: Floats) -> Figures:
    """All figures of one instrument. Raises ValueError where a class has no row: nothing can then be said."""
    if labels.all() or not labels.any():
        raise ValueError(f"agreement needs rows of both classes; found {int(labels.sum())} of {len(labels)} supported")
    return Figures(
        balanced_accuracy=float(balanced_accuracy_score(labels, predicted)),
        sensitivity=float(recall_score(labels, predicted)),
        specificity=float(recall_score(~labels, ~predicted)),
        kappa=float(cohen_kappa_score(labels, predicted)),
        auroc=float(roc_auc_score(labels, scores)),
    )


def balanced_accuracy_bounds(
    labels: Bools, predicted: Bools, other: Bools, clusters: Integers, seed: int
) -> tuple[Bounds, Bounds]:
    """Intervals of the balanced accuracy of `predicted`, and of its lead over `other` on the same rows.

    Whole clusters are drawn with replacement, never rows. Draws without a row of one class are left out.
    """
    _, index = np.unique(clusters, return_inverse=True)
    groups = int(index.max()) + 1
    columns = [labels, ~labels, labels & predicted, ~labels & ~predicted, labels & other, ~labels & ~other]
    totals = np.stack([np.bincount(index, weights=column, minlength=groups) for column in columns])
    generator = np.random.default_rng(seed)
    drawn = np.stack(
        [totals[:, generator.integers(groups, size=groups)].sum(axis=1) for _ in range(REPLICATES)], axis=1
    )
    usable = drawn[:, (drawn[0] > 0) & (drawn[1] > 0)]
    first = (usable[2] / usable[0] + usable[3] / usable[1]) / 2
    second = (usable[4] / usable[0] + usable[5] / usable[1]) / 2
    return _bounds(first), _bounds(first - second)


def best_threshold(labels: Bools, scores: Floats, shares: Floats) -> float:
    """The least score to call supported with the highest weighted accuracy; the lowest such one of equals.

    With `shares` that weigh both classes alike this is the highest balanced accuracy.
    """
    false_share, true_share, thresholds = roc_curve(labels, scores, sample_weight=shares, drop_intermediate=False)
    gain = true_share * shares[labels].sum() - false_share * shares[~labels].sum()
    return float(thresholds[len(gain) - 1 - int(np.argmax(np.round(gain[::-1], 12)))])


def _bounds(draws: Floats) -> Bounds:
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(draws, [tail, 1 - tail])
    return Bounds(float(low), float(high))
