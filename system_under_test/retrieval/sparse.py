"""BM25 sparse vectors: term weights of passages and terms of questions, the same for both engines.

The engine multiplies by the inverse document frequency, which it takes per tenant; nothing here depends on a corpus.
"""

from dataclasses import dataclass

from qdrant_edge import Bm25, Bm25Config

K1, B, AVERAGE_LENGTH, LANGUAGE = 1.2, 0.75, 100.0, "english"
"""The average length is a constant: a measured one would carry information from tenant to tenant."""
MAXIMUM_WEIGHT = K1 + 1
"""The limit of a term's weight in a passage as it occurs more and more often."""


@dataclass(frozen=True, slots=True)
class SparseVector:
    """Weights of terms; `terms` are 32-bit hashes of stems, ascending and distinct, one weight for each."""

    terms: tuple[int, ...]
    weights: tuple[float, ...]


class SparseEncoder:
    """BM25 with English stems and stop words, offline. Callable from several threads at once."""

    def __init__(self) -> None:
        self._bm25 = Bm25(Bm25Config(k=K1, b=B, avg_len=AVERAGE_LENGTH, language=LANGUAGE))

    def passage(self, text: str) -> SparseVector:
        """Term weights of a passage, saturated and length-normalised, without the inverse document frequency."""
        vector = self._bm25.embed_document(text)
        return SparseVector(tuple(vector.indices), tuple(vector.values))

    def question(self, text: str) -> SparseVector:
        """The distinct terms of a question, each with weight 1; empty if all its words are stop words."""
        vector = self._bm25.embed_query(text)
        return SparseVector(tuple(vector.indices), tuple(vector.values))
