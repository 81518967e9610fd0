"""Splits a question that asks for several things into its clauses, so that each one can find its own sentence."""

import re
from typing import Final

_ASKING: Final = r"how|what|when|where|which|who|whom|whose|why|can|may|do|does|is|are|must|will"
_LEADING: Final = r"(?:for|by|on|in|at|to|within|after|from|until|before)"
_BORDER: Final = re.compile(
    rf"(?:[,;]\s+|\s+)(?:and|but|or)\s+(?=(?:{_LEADING}\s+)?(?:{_ASKING})\b)|[?.!]\s+(?=\w)", re.IGNORECASE
)
_FEWEST_WORDS: Final = 3


def clauses(question: str) -> tuple[str, ...]:
    """The clauses of the question in their order; none where it is a single one."""
    pieces = (piece.strip(" ?.,;") for piece in _BORDER.split(question))
    found = tuple(piece for piece in pieces if len(piece.split()) >= _FEWEST_WORDS)
    return found if len(found) > 1 else ()
