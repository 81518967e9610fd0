"""What sets of numbers have in common with a question: sums over all sets at once, each set's from itself alone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.uint32] | NDArray[np.uint64]
"""Distinct numbers, ascending."""
Sums = NDArray[np.float64]

_BUCKETS = 1 << 16


@dataclass(frozen=True, slots=True)
class Weighted:
    """Numbers with a weight each, ascending by number."""

    numbers: NDArray[np.uint64]
    weights: Sums
    total: float
    """The sum of the weights; 0 if there are none."""


def weighted(weights: Mapping[int, float]) -> Weighted:
    """The numbers of a mapping with their weights."""
    numbers = sorted(weights)
    values = [weights[number] for number in numbers]
    return Weighted(np.array(numbers, np.uint64), np.array(values, np.float64), sum(values))


def overlaps(sets: Sequence[Numbers], wanted: Weighted, factors: Sequence[NDArray[np.float32]] | None = None) -> Sums:
    """For each of at least one set the sum of the weights of the wanted numbers that it holds, [n].

    With `factors`, one array beside each set, every weight is multiplied by the factor of the number in that set.
    A sum runs over the numbers of its set in ascending order, so it depends on no other set.
    """
    if not wanted.total:
        return np.zeros(len(sets))
    held = np.concatenate(sets, dtype=np.uint64)
    # Nearly every number is dismissed by its lower bits, which costs half of comparing it with each wanted one.
    bucket = np.zeros(_BUCKETS, np.bool_)
    bucket[wanted.numbers & (_BUCKETS - 1)] = True
    places = np.flatnonzero(bucket[held & (_BUCKETS - 1)])
    found = held[places]
    nearest = np.minimum(np.searchsorted(wanted.numbers, found), len(wanted.numbers) - 1)
    same = wanted.numbers[nearest] == found
    places, values = places[same], wanted.weights[nearest[same]]
    if factors is not None:
        values = values * np.concatenate(factors)[places]
    ends = np.cumsum([len(numbers) for numbers in sets])
    rows = np.searchsorted(ends, places, side="right")
    return np.bincount(rows, weights=values, minlength=len(sets)).astype(np.float64, copy=False)
