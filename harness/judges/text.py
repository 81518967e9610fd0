"""Reading foreign text for a judge: sentences, words, stems and numbers, in linear time and without a model."""

import re
import unicodedata

_BREAK = re.compile(
    r"""(?<=[.!?])["')\]]*\s+"""  # whatever follows: a suffix must not escape by beginning with a small letter
    r"|(?<=[a-z)%]\.)(?=[A-Z][a-z])"  # a lost space, common in text taken from web pages and abstracts
    r"|\s*\n[\s*#>|-]*"
)
_ABBREVIATION = re.compile(
    r"(?:^|[\s(])(?:e\.g|i\.e|etc|vs|cf|no|nr|fig|dr|mr|mrs|ms|prof|st|jr|[a-z])\.$", re.IGNORECASE
)
_TOKEN = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|[^\W\d_](?:[^\W_]|'(?=[^\W\d_]))*")
_SPACES = re.compile(r"[^\S\n]+")
_INVISIBLE = frozenset({"Cc", "Cf", "Cn", "Co", "Cs"})
_ORDINALS = frozenset({"st", "nd", "rd", "th"})
_FOLDED = str.maketrans({"\u2018": "'", "\u2019": "'", "\u201c": '"', "\u201d": '"'})

NUMBER_WORDS = {
    word: str(value)
    for value, word in enumerate(
        ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"), start=1
    )
}
"""Numbers that people write out; they read as their digits."""

_FUNCTION = """
a about above after again all also am an and any are as at be because been before being below between both but by
can could did do does doing down during each either few for from further had has have having he her here hers him
his how i if in into is it its itself just many may me might more most much must my nor now of off on once only or
other our ours out over own same shall she should since so some such than that the their theirs them then there
these they this those though through to too under until up upon us very was we were what when where whether which
while who whom whose why will with would yes you your yours 's 're 've 'll 'd 'm
"""
FUNCTION_WORDS = frozenset(_FUNCTION.split())
"""Words that carry no claim of their own."""

_NEGATIONS = """
no not never none neither nor nobody nothing nowhere cannot without lack lacks lacked
"""
NEGATIONS = frozenset(_NEGATIONS.split())
"""Words that turn a sentence round; so does every word that ends in n't."""


def cleaned(text: str, longest: int) -> str:
    """The first `longest` characters in NFKC form; invisible characters, which could hide or split words, are gone.

    Runs of spaces become one, so that the patterns of this module stay linear on hostile text.
    """
    folded = unicodedata.normalize("NFKC", text[:longest])[:longest].translate(_FOLDED)
    visible = "".join(c for c in folded if c in "\n\t" or unicodedata.category(c) not in _INVISIBLE)
    return _SPACES.sub(" ", visible)


def sentences(text: str) -> tuple[str, ...]:
    """The sentences of a cleaned text in order; a line break ends one, an abbreviation's full stop does not."""
    parts: list[str] = []
    start = 0
    for found in _BREAK.finditer(text):
        if "\n" not in found[0] and _ABBREVIATION.search(text[max(start, found.start() - 6) : found.start()]):
            continue
        parts.append(text[start : found.start()].strip())
        start = found.end()
    parts.append(text[start:].strip())
    return tuple(part for part in parts if _TOKEN.search(part))


def tokens(text: str) -> tuple[str, ...]:
    """Words as they are written and numbers in their plain form: `1,150` is 1150, `27th` is 27, `3.50` is 3.5."""
    found: list[str] = []
    for token in _TOKEN.findall(text):
        if token[0].isdigit():
            found.append(plain_number(token))
        elif not (found and found[-1][0].isdigit() and token in _ORDINALS):
            found.append(token)
    return tuple(found)


def plain_number(token: str) -> str:
    """Digits without separators, leading zeros or trailing decimal zeros."""
    whole, _, decimals = token.replace(",", "").partition(".")
    decimals = decimals.rstrip("0")
    return (whole.lstrip("0") or "0") + (f".{decimals}" if decimals else "")


def stem(token: str) -> str:
    """A light stem: number words become digits, common English endings fall; the same for claim and evidence."""
    word = token.casefold().removesuffix("'s")
    word = NUMBER_WORDS.get(word, word)
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    for ending in ("ations", "ation", "ments", "ment", "ings", "ing", "edly", "ed", "ely", "ly", "es", "s", "e"):
        if word.endswith(ending) and len(word) - len(ending) >= 3 and not word.endswith("ss"):
            return word[: -len(ending)]
    return word


def is_number(token: str) -> bool:
    """Whether a token or stem is a number."""
    return token[0].isdigit()


def is_negation(token: str) -> bool:
    """Whether a word turns a sentence round."""
    word = token.casefold()
    return word in NEGATIONS or word.endswith("n't")


def content(words: tuple[str, ...]) -> tuple[str, ...]:
    """Stems of the words that carry a claim, in order, repeats kept."""
    return tuple(stem(word) for word in words if word.casefold() not in FUNCTION_WORDS and not is_negation(word))
