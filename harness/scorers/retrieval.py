"""Retrieval metrics over a ranking of documents, equal to trec_eval's; a document is relevant from grade 1.

A ranking names each document once, best first. Grades come from the judgments; a document without one counts as not
relevant, which `judged@k` makes visible. Where nothing is relevant, recall, average precision and nDCG do not exist:
ValueError, as for a ranking that repeats a document or a cutoff below 1.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from math import log2

from harness.domain.cases import Case
from harness.domain.observations import Observation, Passage
from harness.errors import InvalidInput
from harness.scorers.missing import NO_ANSWER
from harness.scorers.scorer import Value

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


@dataclass(frozen=True, slots=True)
class RetrievalScorer:
    """One retrieval metric of the documents behind the passages: `recall@10`, `mrr`, `map`, and so on.

    The ranking is that of `ranked_documents`. Raises InvalidInput for a name that is not one of `MEASURES` with a
    cutoff from 1 to 100 or of `WHOLE_RANKING` without one.
    """

    name: str
    version: str = "1"
    lowest: float = 0.0
    highest: float | None = 1.0
    higher_is_better: bool = True
    reads_failures: bool = False

    def __post_init__(self) -> None:
        """Refuse a name that means nothing."""
        if not is_retrieval_metric(self.name):
            raise InvalidInput(
                f"{self.name[:80]!r} is not a retrieval metric",
                next_step=f"write {', '.join(WHOLE_RANKING)}, or {', '.join(f'{name}@k' for name in MEASURES)} "
                f"with k from 1 to {MAX_CUTOFF}",
            )

    def applies(self, case: Case) -> bool:
        """Answerable cases with a relevant document."""
        return case.kind == "answerable" and any(judgment.grade >= LEAST_RELEVANT for judgment in case.judgments)

    def score(self, case: Case, observation: Observation) -> Value:
        """The metric of this ranking; a passage or a document that comes again does not count again."""
        if observation.answer is None:
            return NO_ANSWER
        passages = observation.answer.passages
        ranking = ranked_documents(passages)
        grades = {judgment.document: judgment.grade for judgment in case.judgments}
        measure, _, cutoff = self.name.partition("@")
        value = MEASURES[measure](ranking, grades, int(cutoff)) if cutoff else WHOLE_RANKING[measure](ranking, grades)
        return Value(value, _reason(passages, ranking, grades))


MEASURES: Mapping[str, Callable[[Sequence[str], Mapping[str, int], int], float]] = {
    "recall": recall_at,
    "precision": precision_at,
    "hit": hit_at,
    "ndcg": ndcg_at,
    "judged": judged_at,
}
"""The metrics with a cutoff, by the name before the `@`."""

WHOLE_RANKING: Mapping[str, Callable[[Sequence[str], Mapping[str, int]], float]] = {
    "mrr": reciprocal_rank,
    "map": average_precision,
}
"""The metrics of the whole ranking, by name."""

MAX_CUTOFF = 100
"""As many passages as a target may be asked for."""


def is_retrieval_metric(name: str) -> bool:
    """Whether the name is a metric of this file, such as `mrr` or `ndcg@10`."""
    measure, at, cutoff = name.partition("@")
    if not at:
        return name in WHOLE_RANKING
    written_plainly = cutoff.isascii() and cutoff.isdigit() and not cutoff.startswith("0") and len(cutoff) <= 3
    return measure in MEASURES and written_plainly and int(cutoff) <= MAX_CUTOFF


def ranked_documents(passages: Sequence[Passage]) -> list[str]:
    """The documents behind the passages, best first, each at the rank of its first passage.

    A passage id that comes again names nothing new, whatever document it claims then.
    """
    first: dict[str, Passage] = {}
    for passage in _in_order(passages):
        first.setdefault(passage.id, passage)
    return list(dict.fromkeys(passage.source.document_id for passage in first.values()))


def _in_order(passages: Sequence[Passage]) -> list[Passage]:
    """The passages in order of rank; those of one rank as they came."""
    return sorted(passages, key=lambda passage: passage.rank)


def _reason(passages: Sequence[Passage], ranking: Sequence[str], grades: Mapping[str, int]) -> str:
    """Where the relevant documents stand, and at which ranks a passage came again."""
    places = [str(place) for place, relevant in enumerate(_relevance(ranking, grades), start=1) if relevant]
    ordered = _in_order(passages)
    ids = [passage.id for passage in ordered]
    again = [str(passage.rank) for place, passage in enumerate(ordered) if ids.index(passage.id) < place]
    return (
        f"{len(places)} of {_relevant(grades)} relevant among {len(ranking)} documents"
        + (f", at {', '.join(places)}" if places else "")
        + (f"; a passage id is repeated at rank {', '.join(again)} and counts once" if again else "")
    )
