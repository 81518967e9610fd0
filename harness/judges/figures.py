"""Agreement of yes-or-no predictions with human labels: pure figures, and intervals that respect clusters."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

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
    sensitivity = float(predicted[labels].mean())
    specificity = float((~predicted[~labels]).mean())
    agreed = float((labels == predicted).mean())
    by_chance = float(labels.mean() * predicted.mean() + (1 - labels.mean()) * (1 - predicted.mean()))
    return Figures(
        balanced_accuracy=(sensitivity + specificity) / 2,
        sensitivity=sensitivity,
        specificity=specificity,
        kappa=(agreed - by_chance) / (1 - by_chance),
        auroc=auroc(labels, scores),
    )


def auroc(labels: Bools, scores: Floats) -> float:
    """Area under the ROC curve, from the rank sum (Hanley and McNeil 1982)."""
    positive = int(labels.sum())
    negative = len(labels) - positive
    ranks = rankdata(scores)
    return float((ranks[labels].sum() - positive * (positive + 1) / 2) / (positive * negative))


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
    order = np.argsort(scores, kind="stable")
    ordered, weight = scores[order], np.where(labels, shares, -shares)[order]
    above = np.cumsum(weight[::-1])[::-1]
    starts = np.flatnonzero(np.concatenate([[True], ordered[1:] > ordered[:-1]]))
    return float(ordered[starts[int(np.argmax(np.round(above[starts], 12)))]])


def _bounds(draws: Floats) -> Bounds:
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(draws, [tail, 1 - tail])
    return Bounds(float(low), float(high))
