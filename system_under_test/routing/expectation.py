"""What kind of thing a question asks for, read off its wording, and whether a sentence holds such a thing.

English only, and rough: it moves a sentence up or down among others and never decides about a refusal.
"""

import re
from collections.abc import Sequence
from typing import Final

_NUMBER: Final = r"(?:\d[\d,.]*|one|two|three|four|five|six|seven|eight|nine|ten|twelve)"
_UNITS: Final = r"second|minute|hour|day|night|week|month|year"
_MONTHS: Final = "january|february|march|april|may|june|july|august|september|october|november|december"
_WEEKDAYS: Final = "monday|tuesday|wednesday|thursday|friday|saturday|sunday"


def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(text, re.IGNORECASE)


_NAMED_UNIT: Final = _pattern(
    rf"\bhow (?:many|soon|long|quickly|far|late|early|old)\b.*?\b({_UNITS})s?\b"
    rf"|\b(?:how many|what|which) ({_UNITS})s?\b"
)
_KINDS: Final = (
    (
        _pattern(r"\bhow (?:long|soon|quickly|fast|often|far ahead|late|early)\b"),
        _pattern(
            rf"{_NUMBER}\s*(?:working |calendar |business |full |more |further )?(?:{_UNITS}|shift)s?\b|\d\d:\d\d"
            r"|\b(?:daily|weekly|monthly|yearly|every|once|twice|end of|immediately|at once)\b"
        ),
    ),
    (
        _pattern(
            r"\bhow much\b|\b(?:price|cost|fee|salary|ceiling|budget|limit|pay|rate|amount|allowance|charge|bonus"
            r"|excess)\b"
        ),
        _pattern(r"\d"),
    ),
    (
        _pattern(r"\bwhen\b|\b(?:what|which) (?:date|day|month|time|hour)s?\b"),
        _pattern(
            rf"\b(?:{_MONTHS}|{_WEEKDAYS})\b|\d\d:\d\d|\b\d+(?:st|nd|rd|th)\b"
            rf"|{_NUMBER}\s*(?:working |calendar )?(?:{_UNITS})s?\b|\b(?:first|second|last|start|end|day)\b"
        ),
    ),
    (
        _pattern(r"\bwho(?:m|se)?\b"),
        _pattern(
            r"\b(?:manager|director|head|officer|team|lead|desk|committee|chair|staff|owner|board|department|executive"
            r"|counsel|reception|sponsor|colleague|representative|supervisor)s?\b|(?-i:(?<=[a-z] )[A-Z][a-z]+)"
        ),
    ),
    (
        _pattern(r"\bhow many\b|\b(?:extension|percent\w*|share|score|minimum|maximum)\b"),
        _pattern(rf"\b{_NUMBER}\b"),
    ),
)


def expected(question: str) -> tuple[re.Pattern[str], ...]:
    """What the question asks for: one pattern for each kind of thing; none where nothing can be told."""
    held = tuple(answer for asks, answer in _KINDS if asks.search(question))
    named = _NAMED_UNIT.search(question)
    if named is None:
        return held
    return (*held, _pattern(rf"{_NUMBER}\b.*?\b{(named[1] or named[2]).lower()}s?\b"))


def fit(kinds: Sequence[re.Pattern[str]], sentence: str) -> float:
    """The share, in [0, 1], of the kinds of thing asked for that the sentence holds; 1 where none is asked for."""
    if not kinds:
        return 1.0
    return sum(1 for kind in kinds if kind.search(sentence)) / len(kinds)
