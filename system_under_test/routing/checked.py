"""A checked answer, sentence by sentence, for a caller that shows it as it arrives."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from system_under_test.routing.reply import Citation

_SENTENCE: Final = re.compile(r".+?(?:[.!?](?=\s)\s+|\Z)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class CheckedSentence:
    """A sentence of an answer whose citations have all been checked."""

    text: str
    """With the blanks after it: the texts of an answer's sentences, put together, are the answer."""
    citations: tuple[Citation, ...]
    """Those whose quote holds the sentence or stands in it, word for word.

    A model that answers in its own words cites for the answer as a whole; its sentences can have none of their own.
    """


def checked_sentences(answer: str, citations: Sequence[Citation]) -> tuple[CheckedSentence, ...]:
    """The sentences of an answer in their order. An empty answer has none."""
    return tuple(
        CheckedSentence(text, tuple(one for one in citations if text.strip() in one.quote or one.quote in text))
        for text in _SENTENCE.findall(answer)
    )
