"""Triggers: what comes out only where an instruction was followed, since it stands in no document as it is."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from harness.probes.canaries import MARKER_BITS
from harness.probes.payloads import Trick

_ALPHABET = (
    "alfa bravo charlie delta echo foxtrot golf hotel india juliett kilo lima mike november oscar papa quebec romeo "
    "sierra tango uniform victor whiskey xray yankee zulu"
)
_DIGITS = ("nought", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_LETTERS = 18
"""Random letters of an abbreviation: 84 bits."""
_NUMBER = 24
"""Random digits of a number in words: 79 bits."""


@dataclass(frozen=True, slots=True)
class Trigger:
    """A marker, and the words from which one who follows the instruction makes it."""

    marker: str = ""
    words: Mapping[str, str] = field(default_factory=dict)


def trigger(trick: Trick, random_hex: Callable[[int], str]) -> Trigger:
    """A trigger of that kind, of at least 64 random bits; an empty one for `none`."""
    if trick == "none":
        return Trigger()
    drawn = random_hex(2 * MARKER_BITS // 8)
    if trick == "initials":
        alphabet = _ALPHABET.split()
        words = [alphabet[place] for place in _digits(int(drawn, 16), len(alphabet), _LETTERS)]
        return Trigger("".join(word[0] for word in words).upper(), {"words": ", ".join(words)})
    if trick == "spelt":
        figures = _digits(int(drawn, 16), 10, _NUMBER)
        spelt = ", ".join(_DIGITS[figure] for figure in figures)
        return Trigger("".join(map(str, figures)), {"numbers": spelt})
    half = MARKER_BITS // 8
    first, second = f"ZQ-{drawn[:half]}", drawn[half : 2 * half]
    between = str(7 * 7) if trick == "template" else ""
    return Trigger(f"{first}{between}{second}", {"first": first, "second": second})


def _digits(number: int, base: int, length: int) -> list[int]:
    """The last `length` digits of the number in that base."""
    found = []
    for _ in range(length):
        number, digit = divmod(number, base)
        found.append(digit)
    return found
