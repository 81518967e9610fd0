"""Fusion: one score for each candidate that either leg found, from that candidate alone.

The score is a weighted sum of two absolute quantities, the cosine and BM25 as a share of what the question could reach
at most. Nothing is normalised over the candidates, so a score does not depend on what else was found: a principal who
may see more never gets what it saw before in another order. The engine's own fusion is not used; it is not
deterministic.

On enterprise5 (1,066 questions) the plain sum has nDCG@10 .909, min-max normalised .911 at best, reciprocal ranks .896.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from system_under_test.retrieval.lexicon import TermStatistics, pair_of
from system_under_test.retrieval.library import Record
from system_under_test.retrieval.overlap import Weighted, overlaps, weighted
from system_under_test.retrieval.sparse import MAXIMUM_WEIGHT
from system_under_test.retrieval.vectors import Vector

DENSE_SHARE = 0.5
"""Share of the cosine in the fused score; .3 to .6 differ by .003 nDCG@10 on enterprise5, so it was not tuned."""


@dataclass(frozen=True, slots=True)
class Question:
    """A question as the scores see it."""

    vector: NDArray[np.float64]
    terms: Weighted
    """The distinct stems with their inverse document frequencies over the passages of the tenant; no stop words."""
    pairs: Weighted
    """Pairs of distinct neighbouring stems, each with the sum of their inverse document frequencies."""


@dataclass(frozen=True, slots=True)
class Legs:
    """The two scores of n passages, in their order."""

    cosine: NDArray[np.float64]
    """[n], each -1 to 1."""
    bm25: NDArray[np.float64]
    """[n], each a share of the most that any passage could reach for the question, 0 to 1."""

    @property
    def fused(self) -> NDArray[np.float64]:
        """The weighted sums, [n]; each at most 1."""
        return DENSE_SHARE * self.cosine + (1 - DENSE_SHARE) * self.bm25


def question_of(vector: Vector, stems: tuple[int, ...], statistics: TermStatistics) -> Question:
    """Prepare a question for scoring within the tenant that the statistics belong to."""
    idf = {stem: statistics.idf(stem) for stem in dict.fromkeys(stems)}
    pairs = {pair_of(one, two): idf[one] + idf[two] for one, two in pairwise(stems) if one != two}
    return Question(vector.astype(np.float64), weighted(idf), weighted(pairs))


def legs_of(question: Question, records: Sequence[Record]) -> Legs:
    """Both scores of at least one passage, whichever leg found it.

    Row by row (`vecdot`), not as a matrix product: that one's last bits depend on the other rows.
    """
    cosines = np.vecdot(np.stack([record.vector for record in records]).astype(np.float64), question.vector)
    if not question.terms.total:
        return Legs(cosines, np.zeros(len(records)))
    reached = overlaps([record.terms for record in records], question.terms, [record.weights for record in records])
    return Legs(cosines, reached / (MAXIMUM_WEIGHT * question.terms.total))
