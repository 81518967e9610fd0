"""How well a sentence supports a question: the share of the question's informative terms that it covers.

A term weighs as much as it is rare among the retrieved passages (BM25's inverse document frequency,
ln(1 + (N - n + 0.5) / (n + 0.5))), so a term that no passage holds weighs most: the near miss is refused because
its one decisive word is nowhere.
"""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Final

from rapidfuzz.distance import OSA

from system_under_test.nouns import Passage
from system_under_test.routing.notes import NOTES
from system_under_test.routing.terms import terms

MISSPELT_CREDIT: Final = 0.9
"""What a term counts that is matched by a word within one typing error (two from eight letters on)."""
_LETTERS_FOR_ONE_ERROR: Final = 5
_LETTERS_FOR_TWO_ERRORS: Final = 8


@dataclass(frozen=True, slots=True)
class Need:
    """One informative term of the question."""

    term: str
    """As it occurs in the passages: a misspelt term is replaced by the word that is meant."""
    typed: str
    """As it was typed, stemmed."""
    weight: float
    """Above 0: rarity times the credit for its spelling is what covering it earns."""
    credit: float
    """1 for a term as it was typed, less for a corrected one."""


def needs(question: str, passages: Sequence[Passage]) -> tuple[Need, ...]:
    """The informative terms of the question, each once, weighed by rarity among the passages."""
    held = [frozenset(passage_terms(passage)) for passage in passages]
    counts = Counter(term for vocabulary in held for term in vocabulary)
    return tuple(_need(term, counts, len(held)) for term in dict.fromkeys(terms(question)))


def passage_terms(passage: Passage) -> Set[str]:
    """Every term of the passage, its headings and its title."""
    return {*NOTES.terms(passage, passage.text), *context_terms(passage)}


def context_terms(passage: Passage) -> Set[str]:
    """The terms of what stands above the passage: the title of its document and its headings."""
    return {*NOTES.terms(passage, passage.document.title), *NOTES.terms(passage, passage.heading)}


def coverage(wanted: Iterable[Need], sentence: Set[str], context: Set[str], context_credit: float) -> float:
    """The covered share of the question's weight, in [0, 1]; 0 where the question has no informative term.

    A term in the sentence counts in full, one that only stands above it counts `context_credit`.
    """
    total = covered = 0.0
    for need in wanted:
        total += need.weight
        if need.term in sentence:
            covered += need.weight * need.credit
        elif need.term in context:
            covered += need.weight * need.credit * context_credit
    return covered / total if total else 0.0


def _need(term: str, counts: Mapping[str, int], passages: int) -> Need:
    meant = term if term in counts else _meant(term, counts)
    present = counts.get(meant, 0)
    weight = math.log(1 + (passages - present + 0.5) / (present + 0.5))
    return Need(meant, term, weight, 1.0 if meant == term else MISSPELT_CREDIT)


def _meant(term: str, counts: Mapping[str, int]) -> str:
    """The word of the passages that the term most likely misspells, or the term itself."""
    if len(term) < _LETTERS_FOR_ONE_ERROR or not term.isalpha():
        return term
    allowed = 2 if len(term) >= _LETTERS_FOR_TWO_ERRORS else 1
    near = (
        (OSA.distance(term, word, score_cutoff=allowed), -counts[word], word)
        for word in counts
        if abs(len(word) - len(term)) <= allowed and word[0] == term[0]
    )
    best = min((candidate for candidate in near if candidate[0] <= allowed), default=None)
    return best[2] if best is not None else term
