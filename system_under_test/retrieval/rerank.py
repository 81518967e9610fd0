"""The re-ranker: a fixed linear model over eight features of question and passage, each from 0 (cosines: -1) to 1.

**How the weights were chosen.** Pairwise logistic regression (L2, C = 0.1) on enterprise5: relevant document's best
passage against the ten best passages of other documents, on the 524 questions whose id has an even SHA-256; divided by
the cosine's weight and rounded to one decimal. The other 542 questions were only used to validate. Features of the
document (gist, whole) order documents; the others order passages, within a document too.

Like the fused score, a score depends on the question, the passage, its document and the tenant's term statistics, and
on no other candidate.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from system_under_test.retrieval.fuse import Legs, Question
from system_under_test.retrieval.library import Record

Scores = NDArray[np.float64]

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


def rerank_scores(question: Question, records: Sequence[Record], legs: Legs) -> Scores:
    """The weighted mean of the features of each of at least one passage, [n]; each at most 1."""
    found = features(question, records, legs)
    return sum((weight * found[name] for name, weight in WEIGHTS.items()), np.zeros(len(records))) / _TOTAL


def features(question: Question, records: Sequence[Record], legs: Legs) -> dict[str, Scores]:
    """The features by name, each [n] in the order of the passages.

    `cosine`, `bm25`: the two legs. `covered`, `head`, `whole`: the share of the question's stems, weighted by inverse
    document frequency, that passage with headings, title with headings, and whole document hold. `adjacent`: the same
    share over neighbouring stems of the question that are neighbours in the passage. `gist`: cosine with the mean of
    the document's passages. `sentence`: cosine with the nearest sentence.
    """
    return {
        "cosine": legs.cosine,
        "bm25": legs.bm25,
        "covered": _shares(question, [record.stems for record in records]),
        "head": _shares(question, [record.head for record in records]),
        "whole": _shares(question, [record.whole for record in records]),
        "adjacent": _adjacent_shares(question, records),
        "gist": np.vecdot(np.stack([record.gist for record in records]), question.vector),
        "sentence": _nearest_sentences(question, records),
    }


def _shares(question: Question, held: Sequence[frozenset[int]]) -> Scores:
    if not question.total:
        return np.zeros(len(held))
    terms = list(question.idf.items())
    return np.array([sum([idf for stem, idf in terms if stem in stems]) for stems in held], np.float64) / question.total


def _adjacent_shares(question: Question, records: Sequence[Record]) -> Scores:
    if not question.pairs:
        return np.zeros(len(records))
    pairs = list(question.pairs.items())
    held = [sum([weight for pair, weight in pairs if pair in record.neighbours]) for record in records]
    return np.array(held, np.float64) / question.pairs_total


def _nearest_sentences(question: Question, records: Sequence[Record]) -> Scores:
    """The highest cosine of a passage's sentences; 0 for a passage without one."""
    counts = np.array([len(record.sentence_vectors) for record in records])
    nearest = np.zeros(len(records))
    if counts.any():
        vectors = np.concatenate([record.sentence_vectors for record in records]).astype(np.float64)
        starts = np.concatenate([[0], np.cumsum(counts)[:-1]])[counts > 0]
        nearest[counts > 0] = np.maximum.reduceat(np.vecdot(vectors, question.vector), starts)
    return nearest
