"""Words as stems with their order, and term statistics of one tenant, for re-ranking."""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from system_under_test.retrieval.sparse import SparseEncoder

_WORD = re.compile(r"[^\W_]+")

Stems = NDArray[np.uint32]
"""Distinct stems, ascending."""
Pairs = NDArray[np.uint64]
"""Distinct pairs of neighbouring stems, ascending; the first stem in the upper half of the number."""


class Lexicon:
    """Turns a text into the stems of its words in order, with the stems and stop words of the sparse encoder."""

    def __init__(self, encoder: SparseEncoder) -> None:
        self._encoder = encoder
        self._stems: dict[str, tuple[int, ...]] = {}

    def learn(self, text: str) -> tuple[int, ...]:
        """The stems of a corpus text, stop words left out; its words are remembered."""
        stems: list[int] = []
        for word in _WORD.findall(text):
            if word not in self._stems:
                self._stems[word] = self._encoder.question(word).terms
            stems.extend(self._stems[word])
        return tuple(stems)

    def stems(self, text: str) -> tuple[int, ...]:
        """The stems of a question.

        What the corpus taught is not asked: a question would be quicker with words of another tenant's documents.
        """
        return tuple(stem for word in _WORD.findall(text) for stem in self._encoder.question(word).terms)


@dataclass(frozen=True, slots=True)
class TermStatistics:
    """How many passages a tenant has, and in how many of them a stem occurs. Current documents only."""

    passages: int
    frequencies: Mapping[int, int]

    def idf(self, stem: int) -> float:
        """Inverse document frequency as Qdrant has it, ln(1 + (n - f + 0.5) / (f + 0.5)); above 0."""
        frequency = self.frequencies.get(stem, 0)
        return math.log(1 + (self.passages - frequency + 0.5) / (frequency + 0.5))


def statistics_of(term_sets: Iterable[Stems]) -> TermStatistics:
    """The statistics of passages given as their distinct stems."""
    sets = list(term_sets)
    if not sets:
        return TermStatistics(0, {})
    stems, counts = np.unique(np.concatenate(sets), return_counts=True)
    return TermStatistics(len(sets), dict(zip(stems.tolist(), counts.tolist(), strict=True)))


def stem_set(stems: Iterable[int]) -> Stems:
    """The distinct stems among `stems`; an array takes a tenth of the memory of a frozenset."""
    return np.array(sorted(set(stems)), np.uint32)


def pair_set(stems: Sequence[int]) -> Pairs:
    """The distinct pairs of stems that follow each other in `stems`."""
    return np.array(sorted({pair_of(one, two) for one, two in pairwise(stems)}), np.uint64)


def pair_of(first: int, second: int) -> int:
    """Two neighbouring stems as one number."""
    return first << 32 | second
