"""Words as stems with their order, and term statistics of one tenant, for re-ranking."""

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from system_under_test.retrieval.sparse import SparseEncoder

_WORD = re.compile(r"[^\W_]+")


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
        """The stems of a question. Nothing is remembered, so questions cannot fill the memory."""
        known = self._stems
        words = _WORD.findall(text)
        return tuple(stem for word in words for stem in known.get(word) or self._encoder.question(word).terms)


@dataclass(frozen=True, slots=True)
class TermStatistics:
    """How many passages a tenant has, and in how many of them a stem occurs. Current documents only."""

    passages: int
    frequencies: Mapping[int, int]

    def idf(self, stem: int) -> float:
        """Inverse document frequency as Qdrant has it, ln(1 + (n - f + 0.5) / (f + 0.5)); above 0."""
        frequency = self.frequencies.get(stem, 0)
        return math.log(1 + (self.passages - frequency + 0.5) / (frequency + 0.5))


def statistics_of(term_sets: Iterable[Iterable[int]]) -> TermStatistics:
    """The statistics of passages given as their distinct stems."""
    frequencies: Counter[int] = Counter()
    passages = 0
    for terms in term_sets:
        # An iterator, since a Counter would add up the values of a mapping.
        frequencies.update(iter(terms))
        passages += 1
    return TermStatistics(passages, frequencies)
