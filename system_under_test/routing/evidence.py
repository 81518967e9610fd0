"""What an answerer may look at: the question, the retrieved passages and their sentences."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from system_under_test.nouns import Passage, Principal, RankedPassage, Retrieved

Vector = NDArray[np.float32]
DIMENSIONS: Final = 384


class Sentence(Protocol):
    """A sentence of a passage, as retrieval prepared it."""

    @property
    def passage_id(self) -> str:
        """The passage it stands in."""
        ...

    @property
    def text(self) -> str:
        """A verbatim piece of the passage's text."""
        ...

    @property
    def vector(self) -> Vector:
        """Its embedding, of unit length."""
        ...


class Retrieval(Protocol):
    """The verbs of the retriever that answering needs. Callable from several threads at once."""

    def search(self, principal: Principal, question: str, top_k: int, *, vector: Vector | None = None) -> Retrieved:
        """The best passages that the principal may see, at most `top_k`; `vector` is the question's, where known."""
        ...

    def sentences(self, passages: Sequence[Passage]) -> Sequence[Sentence]:
        """The sentences of these passages in their order, with vectors of unit length."""
        ...

    def query_vector(self, question: str) -> Vector:
        """The question as a vector of unit length, float32[384]."""
        ...

    def digests(self) -> dict[str, str]:
        """SHA-256 of index parameters, model weights and corpus, by name."""
        ...

    def close(self) -> None:
        """Give files and threads back."""
        ...


@dataclass(frozen=True, slots=True)
class Clause:
    """One of the things that a question asks for, in its words and as a vector."""

    text: str
    vector: Vector


@dataclass(frozen=True, slots=True)
class Evidence:
    """One question with everything that may be quoted."""

    question: str
    query: Vector
    """The question as a vector."""
    passages: tuple[RankedPassage, ...]
    sentences: tuple[Sentence, ...]
    clauses: tuple[Clause, ...] = ()
    """The parts of a question that asks for several things."""
