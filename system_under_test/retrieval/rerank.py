"""The re-ranker: a fixed linear model over eight features of question and passage, each from 0 (cosines: -1) to 1.

**How the weights were chosen.** Pairwise logistic regression (L2, C = 0.1) on enterprise5: relevant document's best
passage against the ten best passages of other documents, on the 524 questions whose id has an even SHA-256; divided by
the cosine's weight and rounded to one decimal. The other 542 questions were only used to validate. Features of the
document (gist, whole) order documents; the others order passages, within a document too.

On SciFact, which nothing was fitted on, nDCG@10 is .685 by BM25, .649 by cosine, .724 fused and .739 re-ranked
(`benchmarks/retrieval_legs.py --scifact`).

Like the fused score, a score depends on the question, the passage, its document and the tenant's term statistics, and
on no other candidate.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from system_under_test.retrieval.fuse import Legs, Question
from system_under_test.retrieval.library import Record
from system_under_test.retrieval.overlap import Numbers, Weighted, overlaps

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
        "covered": _shares(question.terms, [record.terms for record in records]),
        "head": _shares(question.terms, [record.head for record in records]),
        "whole": _shares(question.terms, [record.whole for record in records]),
        "adjacent": _shares(question.pairs, [record.neighbours for record in records]),
        "gist": np.vecdot(np.stack([record.gist for record in records]).astype(np.float64), question.vector),
        "sentence": _nearest_sentences(question, records),
    }


def _shares(wanted: Weighted, held: Sequence[Numbers]) -> Scores:
    """The share of the wanted weight that each set holds; 0 where nothing is wanted."""
    return overlaps(held, wanted) / wanted.total if wanted.total else np.zeros(len(held))


def _nearest_sentences(question: Question, records: Sequence[Record]) -> Scores:
    """The highest cosine of a passage's sentences; 0 for a passage without one."""
    counts = np.array([len(record.sentence_vectors) for record in records])
    nearest = np.zeros(len(records))
    if counts.any():
        vectors = np.concatenate([record.sentence_vectors for record in records]).astype(np.float64)
        starts = np.concatenate([[0], np.cumsum(counts)[:-1]])[counts > 0]
        nearest[counts > 0] = np.maximum.reduceat(np.vecdot(vectors, question.vector), starts)
    return nearest
