"""Splits a question that asks for several things into its clauses, so that each one can find its own sentence."""

import re
from typing import Final

_ASKING: Final = r"how|what|when|where|which|who|whom|whose|why|can|may|do|does|is|are|must|will"
_LEADING: Final = r"(?:for|by|on|in|at|to|within|after|from|until|before)"
_BORDER: Final = re.compile(
    rf"(?:[,;]\s+|\s+)(?:and|but|or)\s+(?=(?:{_LEADING}\s+)?(?:{_ASKING})\b)|[?.!]\s+(?=\w)", re.IGNORECASE
)
_ASKS: Final = re.compile(rf"\b(?:{_ASKING})\b", re.IGNORECASE)
_FEWEST_WORDS: Final = 3
_MOST: Final = 2
"""Each clause costs an embedding."""


def clauses(question: str) -> tuple[str, ...]:
    """The first two clauses of the question that ask something, in their order; none where it asks one thing."""
    pieces = (piece.strip(" ?.,;") for piece in _BORDER.split(question))
    found = [piece for piece in pieces if len(piece.split()) >= _FEWEST_WORDS and _ASKS.search(piece)]
    return tuple(found[:_MOST]) if len(found) > 1 else ()
