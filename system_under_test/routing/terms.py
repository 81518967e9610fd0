"""The words of a text as an answerer compares them: lower case, without function words, lightly stemmed."""

import re
from typing import Final

_WORD: Final = re.compile(r"[^\W_]+(?:[.,'\u2019-][^\W_]+)*")
_TOKEN: Final = re.compile(r"[^\W_]+|[^\w\s]|_")

_FUNCTION_WORDS: Final = frozenset(
    """
    a about after again all also am an and any anybody anyone anything are as ask at be because been before being both
    but by can cannot could did do does doing done down during each either else ever every everyone for from further
    get gets getting give given go goes going got had has have having he her here hers him his how i if in into is it
    its itself just know let like long many may me might mine more most much must my myself need needs no nor not of
    off on once one only or other our ours out over own please same say says shall she should so some someone somebody
    something still such take takes tell than that the their theirs them then there these they thing things this those
    through to too under until up upon us use used very want was we were what whatever when where whether which while
    who whoever whom whose why will with within without would yes yet you your yours
    """.split()  # noqa: SIM905 - a list of quoted words would hide the words
)

_SUFFIXES: Final = (
    ("ies", "y"), ("sses", "ss"), ("ations", "at"), ("ation", "at"), ("ments", ""), ("ment", ""), ("ings", ""),
    ("ing", ""), ("edly", ""), ("ed", ""), ("ly", ""), ("ers", ""), ("er", ""), ("es", ""), ("s", ""), ("e", ""),
)  # fmt: skip
_SHORTEST_STEM: Final = 3


def words(text: str) -> tuple[str, ...]:
    """The words of the text in lower case; figures keep their separators (`14,000`, `11.5`)."""
    return tuple(match.group().lower() for match in _WORD.finditer(text))


def terms(text: str) -> tuple[str, ...]:
    """The informative words of the text, stemmed, in their order, with repetitions."""
    return tuple(
        stem(part)
        for word in words(text)
        for part in _parts(word)
        if part not in _FUNCTION_WORDS and (len(part) > 1 or part.isdigit())
    )


def stem(word: str) -> str:
    """The word without an inflectional ending. Words with a digit stay as they are.

    A light stemmer: it joins `days` and `day`, `booking` and `book`, `approved` and `approve`; it knows no exceptions.
    """
    if any(character.isdigit() for character in word) or word.endswith("ss"):
        return word
    for ending, replacement in _SUFFIXES:
        if word.endswith(ending) and len(word) - len(ending) >= _SHORTEST_STEM:
            return _single(word[: -len(ending)] + replacement)
    return word


def count_tokens(text: str) -> int:
    """Words and punctuation marks: the unit in which the extractive models are priced."""
    return sum(1 for _ in _TOKEN.finditer(text))


def _parts(word: str) -> tuple[str, ...]:
    """A compound counts as its parts, a figure as itself, and a possessive as its owner."""
    if any(character.isdigit() for character in word):
        return (word,)
    return tuple(part for part in re.split(r"[.,'\u2019-]", word) if part and part != "s")


def _single(word: str) -> str:
    doubled = len(word) > _SHORTEST_STEM and word[-1] == word[-2] and word[-1] not in "aeiouls"
    return word[:-1] if doubled else word
