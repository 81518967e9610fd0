"""Fusion of the two legs: one score for each candidate that either leg found."""

from collections.abc import Sequence

import numpy as np

from system_under_test.retrieval.lexicon import TermStatistics
from system_under_test.retrieval.library import Record
from system_under_test.retrieval.sparse import MAXIMUM_WEIGHT
from system_under_test.retrieval.vectors import Vector

DENSE_SHARE = 0.5


def dense_score(record: Record, question: Vector) -> float:
    """Cosine of question and passage."""
    return _dot(record.vector, question)


def sparse_score(record: Record, stems: Sequence[int], statistics: TermStatistics) -> float:
    """BM25 as a share of the most that any passage could reach for this question, 0 to 1."""
    idfs = {stem: statistics.idf(stem) for stem in stems}
    most = MAXIMUM_WEIGHT * sum(idfs.values())
    return sum(idf * record.weights.get(stem, 0.0) for stem, idf in idfs.items()) / most if most else 0.0


def _dot(left: Vector, right: Vector) -> float:
    return float(np.sum(left.astype(np.float64) * right))
