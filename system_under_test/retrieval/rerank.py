"""The re-ranker: a fixed linear model over eight features of question and passage, each from 0 (cosines: -1) to 1.

**How the weights were chosen.** Pairwise logistic regression (L2, C = 0.1) on enterprise5: relevant document's best
passage against the ten best passages of other documents, on the 524 questions whose id has an even SHA-256; divided by
the cosine's weight and rounded to one decimal. The other 542 questions were only used to validate. Features of the
document (gist, whole) order documents; the others order passages, within a document too.

Like the fused score, a score depends on the question, the passage, its document and the tenant's term statistics, and
on no other candidate.
"""

from itertools import pairwise

import numpy as np

from system_under_test.retrieval.fuse import Legs, Question
from system_under_test.retrieval.library import Record

WEIGHTS = {
    "cosine": 1.0,
    "bm25": 0.6,
    "covered": 0.5,
    "head": 0.7,
    "whole": 0.4,
    "adjacent": 1.0,
    "gist": 1.1,
    "sentence": 0.5,
}
_TOTAL = sum(WEIGHTS.values())


def rerank_score(question: Question, record: Record, legs: Legs) -> float:
    """The weighted mean of the features; at most 1."""
    return sum(WEIGHTS[name] * value for name, value in features(question, record, legs).items()) / _TOTAL


def features(question: Question, record: Record, legs: Legs) -> dict[str, float]:
    """The features by name.

    `cosine`, `bm25`: the two legs. `covered`, `head`, `whole`: the share of the question's stems, weighted by inverse
    document frequency, that passage with headings, title with headings, and whole document hold. `adjacent`: the same
    share over neighbouring stems of the question that are neighbours in the passage. `gist`: cosine with the mean of
    the document's passages. `sentence`: cosine with the nearest sentence.
    """
    return {
        "cosine": legs.cosine,
        "bm25": legs.bm25,
        "covered": _share(question, record.stems),
        "head": _share(question, record.head),
        "whole": _share(question, record.whole),
        "adjacent": _adjacent_share(question, record),
        "gist": float(question.vector @ record.gist),
        "sentence": _nearest_sentence(question, record),
    }


def _share(question: Question, stems: frozenset[int]) -> float:
    if not question.total:
        return 0.0
    return sum(idf for stem, idf in question.idf.items() if stem in stems) / question.total


def _adjacent_share(question: Question, record: Record) -> float:
    idf = question.idf
    weights = {pair: idf[pair[0]] + idf[pair[1]] for pair in pairwise(question.stems) if pair[0] != pair[1]}
    if not weights:
        return 0.0
    return sum(weight for pair, weight in weights.items() if pair in record.neighbours) / sum(weights.values())


def _nearest_sentence(question: Question, record: Record) -> float:
    if not len(record.sentence_vectors):
        return 0.0
    return float((record.sentence_vectors.astype(np.float64) @ question.vector).max())
