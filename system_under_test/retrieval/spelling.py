"""Misspelt words of a question, replaced by the nearest word of a document that the principal may see.

A word is touched only if it is neither common English nor in such a document, and only words of such documents are put
in its place. What a principal may not see therefore cannot show through a correction.
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence

from rapidfuzz.distance import OSA
from rapidfuzz.process import extract

from system_under_test.nouns import Document
from system_under_test.retrieval.access import Scope, allowed

SHORTEST, LONG = 4, 8
"""Letters from which a word is looked at, and from which two edits are allowed."""
MOST_CORRECTIONS = 8
"""Unknown words looked at in one question; a limit on the work that a question can cause."""

_WORD = re.compile(rf"[^\W\d_]{{{SHORTEST},}}")

Vocabulary = Mapping[str, Sequence[Document]]
"""The words of one tenant's current documents, lower case, each with the documents that hold it."""


def vocabulary_of(texts: Iterable[tuple[Document, str]]) -> Vocabulary:
    """The words of at least four letters in the texts of documents."""
    words: dict[str, list[Document]] = {}
    for document, text in texts:
        for word in set(_WORD.findall(text.lower())):
            words.setdefault(word, []).append(document)
    return words


def corrected(question: str, vocabularies: Sequence[Vocabulary], scope: Scope, common: Collection[str]) -> str:
    """The question with each unknown word replaced by the nearest word within the scope, if one is near.

    Near is one edit (a letter added, dropped or changed, or two swapped), or two for words of eight letters and more.
    Among equally near words the one in more documents is taken, then the first in the alphabet.
    """
    left = MOST_CORRECTIONS

    def replace(match: re.Match[str]) -> str:
        nonlocal left
        word = match[0].lower()
        if left == 0 or word in common or _known(word, vocabularies, scope):
            return match[0]
        left -= 1
        return _nearest(word, vocabularies, scope) or match[0]

    return _WORD.sub(replace, question)


def _known(word: str, vocabularies: Sequence[Vocabulary], scope: Scope) -> bool:
    # The first document decides; a common word may be in thousands.
    return any(allowed(scope, document) for vocabulary in vocabularies for document in vocabulary.get(word, ()))


def _nearest(word: str, vocabularies: Sequence[Vocabulary], scope: Scope) -> str | None:
    furthest = 2 if len(word) >= LONG else 1
    near = [
        (distance, -seen, candidate)
        for vocabulary in vocabularies
        for candidate, distance, _ in extract(
            word, list(vocabulary), scorer=OSA.distance, score_cutoff=furthest, limit=None
        )
        if (seen := _seen(vocabulary[candidate], scope))
    ]
    return min(near)[2] if near else None


def _seen(documents: Iterable[Document], scope: Scope) -> int:
    return sum(allowed(scope, document) for document in documents)
