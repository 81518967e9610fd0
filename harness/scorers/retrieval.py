"""Retrieval metrics over a ranking of documents, equal to trec_eval's; a document is relevant from grade 1.

A ranking names each document once, best first. Grades come from the judgments; a document without one counts as not
relevant, which `judged@k` makes visible. Where nothing is relevant, recall, average precision and nDCG do not exist:
ValueError, as for a ranking that repeats a document or a cutoff below 1.
"""

from collections.abc import Mapping, Sequence
from itertools import accumulate
from math import log2

LEAST_RELEVANT = 1
"""The lowest grade that counts as relevant."""


def recall_at(ranking: Sequence[str], grades: Mapping[str, int], k: int) -> float:
    """The share of the relevant documents that stand in the first k (trec_eval's recall_k)."""
    return sum(_relevance(ranking, grades, k)) / _relevant(grades)


def precision_at(ranking: Sequence[str], grades: Mapping[str, int], k: int) -> float:
    """The relevant documents in the first k, over k however short the ranking is (trec_eval's P_k)."""
    return sum(_relevance(ranking, grades, k)) / k


def hit_at(ranking: Sequence[str], grades: Mapping[str, int], k: int) -> float:
    """1 where a relevant document stands in the first k, else 0 (trec_eval's success_k)."""
    return float(any(_relevance(ranking, grades, k)))


def reciprocal_rank(ranking: Sequence[str], grades: Mapping[str, int]) -> float:
    """One over the rank of the first relevant document, 0 where there is none (trec_eval's recip_rank)."""
    ranks = (rank for rank, relevant in enumerate(_relevance(ranking, grades), start=1) if relevant)
    first = next(ranks, None)
    return 1 / first if first else 0.0


def average_precision(ranking: Sequence[str], grades: Mapping[str, int]) -> float:
    """The mean over the relevant documents of the precision at their ranks, 0 for one not ranked (trec_eval's map)."""
    relevance = _relevance(ranking, grades)
    found = accumulate(relevance)
    precisions = (sofar / rank for rank, sofar in enumerate(found, start=1) if relevance[rank - 1])
    return sum(precisions) / _relevant(grades)


def ndcg_at(ranking: Sequence[str], grades: Mapping[str, int], k: int) -> float:
    """Discounted gain of the first k over that of the best ranking of all judgments (trec_eval's ndcg_cut_k).

    The gain is the grade itself, not 2^grade - 1; the discount is log2(rank + 1).
    """
    _relevant(grades)
    ideal = sorted(grades.values(), reverse=True)[:k]
    return _discounted([grades.get(document, 0) for document in _first(ranking, k)]) / _discounted(ideal)


def judged_at(ranking: Sequence[str], grades: Mapping[str, int], k: int) -> float:
    """The share of the first k, or of as many as there are, that has a judgment; 0 for an empty ranking."""
    first = _first(ranking, k)
    return sum(document in grades for document in first) / len(first) if first else 0.0


def _first(ranking: Sequence[str], k: int | None = None) -> Sequence[str]:
    """The first k of a ranking that names each document once."""
    if k is not None and k < 1:
        raise ValueError(f"a cutoff is at least 1, not {k}")
    if len(set(ranking)) < len(ranking):
        raise ValueError("a ranking names each document once; this one repeats a document")
    return ranking[:k]


def _relevance(ranking: Sequence[str], grades: Mapping[str, int], k: int | None = None) -> list[bool]:
    """Whether each of the first k documents is relevant."""
    return [grades.get(document, 0) >= LEAST_RELEVANT for document in _first(ranking, k)]


def _relevant(grades: Mapping[str, int]) -> int:
    """How many documents are relevant, at least one."""
    count = sum(grade >= LEAST_RELEVANT for grade in grades.values())
    if count == 0:
        raise ValueError("no judgment of grade 1 or more: the metric does not exist")
    return count


def _discounted(gains: Sequence[int]) -> float:
    """The sum of the gains, each over log2(rank + 1); negative grades gain nothing."""
    return sum(gain / log2(rank + 1) for rank, gain in enumerate(gains, start=1) if gain > 0)
