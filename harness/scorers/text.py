"""How two texts are compared: folded alike, and found only at the borders of words and numbers."""

import unicodedata

_LOOK_ALIKES = str.maketrans({"\u2018": "'", "\u2019": "'", "\u201c": '"', "\u201d": '"', "*": None, "`": None})
"""Curly quotes read as straight ones; the asterisks and backticks of Markdown are not part of what is said."""


def fold_space(text: str) -> str:
    """The text with every run of white space as one space, and none at the ends."""
    return " ".join(text.split())


def fold(text: str) -> str:
    """The text as it is compared: NFKC, without case, invisible characters and emphasis, one kind of dash and quote.

    Two texts that a reader takes for the same are the same after folding; what is found in one is found in the other.
    """
    plain = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    if not plain.isascii():
        plain = "".join(character if character < "\x80" else _visible(character) for character in plain)
    return fold_space(plain.translate(_LOOK_ALIKES))


def stands_in(folded_spelling: str, folded_text: str) -> bool:
    """Whether the spelling stands in the text as whole words and whole numbers; both are folded already.

    `8 days` does not stand in `28 days` or `2.8 days`, nor `150` in `1,150`. An empty spelling stands nowhere.
    """
    start = folded_text.find(folded_spelling) if folded_spelling else -1
    while start >= 0:
        end = start + len(folded_spelling)
        if not _joined(folded_text[:start][-2:][::-1], folded_spelling[0]) and not _joined(
            folded_text[end : end + 2], folded_spelling[-1]
        ):
            return True
        start = folded_text.find(folded_spelling, start + 1)
    return False


def _joined(outwards: str, edge: str) -> bool:
    """Whether the characters beyond an edge, nearest first, belong to the word or the number that ends there."""
    if not outwards or not _in_word(edge):
        return False
    if _in_word(outwards[0]):
        return True
    return edge.isdigit() and outwards[0] in ".," and outwards[1:].isdigit()


def _in_word(character: str) -> bool:
    """Whether the character is a letter, a digit or an underscore."""
    return character.isalnum() or character == "_"


def _visible(character: str) -> str:
    """The character, a plain hyphen for a dash, nothing for a format character (zero width, soft hyphen, direction)."""
    category = unicodedata.category(character)
    if category == "Cf":
        return ""
    return "-" if category == "Pd" or character == "\u2212" else character
