"""What can be seen of a claim and its evidence without understanding either: nine features between 0 and 1.

Each has a declared direction. A fitted weight may not point the other way (see fit.py), so that no feature can be
turned into a reward for adding words: a claim gains only by having more of itself in the evidence. None needs a
corpus, word frequencies or a model.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from harness.judges import text

Item = TypeVar("Item")

LARGEST_EVIDENCE = 200_000
"""Characters of all passages together that are read; what stands after them supports no claim."""
MOST_EVIDENCE_SENTENCES = 5_000
"""Sentences of all passages together that are read."""
WINDOW = 3
"""Neighbouring sentences that may support a claim together."""
RUN = 4
"""Words in a row that count as verbatim."""

DIRECTIONS: Mapping[str, int] = {
    "coverage": 1,
    "window_coverage": 1,
    "bigram_coverage": 1,
    "verbatim": 1,
    "numbers_lacking": -1,
    "names_lacking": -1,
    "negation_mismatch": -1,
    "opposites": -1,
    "length_ratio": -1,
}
"""Every feature, in the order of a vector, and whether more of it can only speak for (1) or against (-1) support."""

_PAIRS = """
increase/decrease increase/reduce raise/lower high/low higher/lower more/less more/fewer up/down before/after
above/below positive/negative improve/worsen promote/inhibit activate/inhibit enhance/impair enhance/suppress
gain/loss presence/absence upregulate/downregulate allow/forbid allowed/prohibited required/optional always/never
first/last minimum/maximum least/most include/exclude accept/reject enable/disable internal/external early/late
"""


def _opposites() -> dict[str, frozenset[str]]:
    table: dict[str, set[str]] = {}
    for pair in _PAIRS.split():
        left, right = (text.stem(word) for word in pair.split("/"))
        table.setdefault(left, set()).add(right)
        table.setdefault(right, set()).add(left)
    return {word: frozenset(others) for word, others in table.items()}


OPPOSITES = _opposites()
"""Stems to the stems that say the contrary."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of claim or evidence, read once."""

    words: tuple[str, ...]
    """As written, numbers in plain form."""
    stems: tuple[str, ...]
    """Of every word."""
    content: tuple[str, ...]
    """Stems of the words that carry a claim."""
    negated: bool


@dataclass(frozen=True, slots=True)
class Evidence:
    """The passages, read once for all sentences of an answer."""

    passages: tuple[tuple[Sentence, ...], ...]
    stems: frozenset[str]
    bigrams: frozenset[tuple[str, ...]]
    grams: dict[int, frozenset[tuple[str, ...]]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Nearest:
    """Where in the evidence a claim is covered best."""

    passage: int | None
    covered: float
    stems: frozenset[str]
    """Of the window, function words included."""
    negated: bool
    """Whether the one sentence nearest to the claim is negated."""


def read_sentence(sentence: str) -> Sentence:
    """One sentence of cleaned text."""
    words = text.tokens(sentence)
    negated = any(text.is_negation(word) for word in words)
    return Sentence(words, tuple(text.stem(word) for word in words), text.content(words), negated)


def join(first: Sentence, second: Sentence) -> Sentence:
    """Two sentences as if they were one."""
    return Sentence(
        first.words + second.words,
        first.stems + second.stems,
        first.content + second.content,
        first.negated or second.negated,
    )


def read_evidence(passages: Sequence[str]) -> Evidence:
    """Passages as they came, in order, until the limits on characters and sentences are reached."""
    characters, room = LARGEST_EVIDENCE, MOST_EVIDENCE_SENTENCES
    read: list[tuple[Sentence, ...]] = []
    for passage in passages:
        parts = text.sentences(text.cleaned(passage, characters))[:room]
        read.append(tuple(read_sentence(part) for part in parts))
        characters, room = max(0, characters - len(passage)), room - len(parts)
    everything = [sentence for passage in read for sentence in passage]
    return Evidence(
        passages=tuple(read),
        stems=frozenset(stem for sentence in everything for stem in sentence.stems),
        bigrams=frozenset(pair for sentence in everything for pair in _grams(sentence.content, 2)),
    )


def features(claim: Sentence, evidence: Evidence, nearest: Nearest) -> dict[str, float]:
    """The features of one sentence with at least one content word, each in 0..1, in the order of `DIRECTIONS`."""
    stems = frozenset(claim.content)
    pairs = frozenset(_grams(claim.content, 2))
    only_here = frozenset(claim.stems) - nearest.stems
    return {
        "coverage": _share(stems, evidence.stems),
        "window_coverage": nearest.covered,
        "bigram_coverage": _share(pairs, evidence.bigrams) if pairs else _share(stems, evidence.stems),
        "verbatim": _verbatim(claim, evidence),
        "numbers_lacking": 1.0 - _share(numbers(claim), evidence.stems),
        "names_lacking": 1.0 - _share(names(claim), evidence.stems),
        "negation_mismatch": float(claim.negated != nearest.negated),
        "opposites": float(any(OPPOSITES.get(stem, frozenset()) & nearest.stems for stem in only_here)),
        "length_ratio": min(1.0, len(stems) / max(1, len(evidence.stems))),
    }


def nearest(claim: Sentence, evidence: Evidence) -> Nearest:
    """The window of neighbouring sentences, within one passage, that holds most of the claim; the first of equals."""
    wanted = frozenset(claim.content)
    best = Nearest(None, 0.0, frozenset(), negated=False)
    for number, passage in enumerate(evidence.passages):
        held = [wanted.intersection(sentence.stems) for sentence in passage]
        for start in range(max(1, len(passage) - WINDOW + 1) if passage else 0):
            covered = len(frozenset().union(*held[start : start + WINDOW])) / len(wanted)
            if covered > best.covered:
                window = passage[start : start + WINDOW]
                sizes = [len(one) for one in held[start : start + WINDOW]]
                stems = frozenset(stem for sentence in window for stem in sentence.stems)
                best = Nearest(number, covered, stems, window[sizes.index(max(sizes))].negated)
    return best


def numbers(claim: Sentence) -> frozenset[str]:
    """The numbers of a claim; a written `one` is left out, for it is more often a pronoun."""
    pairs = zip(claim.words, claim.stems, strict=True)
    return frozenset(stem for word, stem in pairs if text.is_number(stem) and word.casefold() != "one")


def names(claim: Sentence) -> frozenset[str]:
    """Stems of capitalised words after the first word: names, and anything else that is written like one."""
    return frozenset(
        stem
        for word, stem in zip(claim.words[1:], claim.stems[1:], strict=True)
        if word[0].isupper() and len(word) > 1 and word.casefold() not in text.FUNCTION_WORDS
    )


def _share(wanted: frozenset[Item], held: frozenset[Item]) -> float:
    return len(wanted & held) / len(wanted) if wanted else 1.0


def _grams(stems: tuple[str, ...], size: int) -> list[tuple[str, ...]]:
    return [stems[start : start + size] for start in range(len(stems) - size + 1)]


def _verbatim(claim: Sentence, evidence: Evidence) -> float:
    size = min(RUN, len(claim.stems))
    if size not in evidence.grams:
        every = (gram for passage in evidence.passages for sentence in passage for gram in _grams(sentence.stems, size))
        evidence.grams[size] = frozenset(every)
    copied: set[int] = set()
    for start, gram in enumerate(_grams(claim.stems, size)):
        if gram in evidence.grams[size]:
            copied.update(range(start, start + size))
    return len(copied) / len(claim.stems)
