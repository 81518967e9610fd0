"""A groundedness judge without network or model: nine explainable features and one reviewed file of weights.

It sees words, not meaning. A fluent paraphrase may be called unsupported and a contradiction in the same words may be
called supported; how often is measured in agreement.py and stated in the certificate. Claim and evidence are foreign
text: they are only ever compared, never obeyed, and read up to fixed lengths. What a claim says beyond its limit counts
as unsupported, so that nothing can be hidden there.

Known limits. The words of the evidence in another order are called supported. An answer can raise its share of
supported sentences by copying further ones out of the evidence, by adding short ones whose words happen to stand there,
or by cutting a false one into short ones of which only some are false; the judgement of the whole, which is that of the
weakest, does not rise. Words that are joined to a sentence without an end of sentence change that sentence.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import Field

from harness.domain.digest import digest_of, digest_of_bytes
from harness.errors import DeclarationError, Place
from harness.judges import text
from harness.judges.features import (
    DIRECTIONS,
    Evidence,
    Nearest,
    Sentence,
    features,
    join,
    nearest,
    read_evidence,
    read_sentence,
)
from harness.load.strict import Declared, read_json

HERE = Path(__file__).resolve().parent
_CODE = ("features.py", "lexical.py", "text.py")
MODEL_FILE = HERE / "lexical.json"
LONGEST_CLAIM = 20_000
"""Characters of a claim or answer that are judged."""
MOST_SENTENCES = 200
"""Sentences of a claim or answer that are judged."""
LEAST_CONTENT = 3
"""A sentence with fewer content words is also judged together with what stands before it."""
SUPPORTED = 0.5
"""The natural point of a logistic model that was fitted with equal weight on both classes; no gate threshold."""


class FittedOn(Declared):
    """One labelled set that the weights come from."""

    set: str
    sha256: str = Field(pattern="^[0-9a-f]{64}$")
    examples: int = Field(gt=0)


class Model(Declared):
    """The reviewed file of weights."""

    name: str
    version: str
    fitted: str
    """ISO date."""
    fitted_on: list[FittedOn]
    intercept: float
    weights: dict[str, float]
    """Log-odds for each feature of `DIRECTIONS`, all of them and no other, none against its direction."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """Whether a whole claim is supported."""

    supported_probability: float
    """Of the weakest sentence, 0..1: a claim is supported only where all of it is."""
    best_evidence: int | None
    """Index of the passage nearest to the weakest sentence; None where none shares a word with it."""
    reasons: tuple[str, ...]
    """What was seen of the weakest sentence, in plain words; never foreign text."""


@dataclass(frozen=True, slots=True)
class Groundedness:
    """How much of an answer is supported."""

    share: float
    """Supported sentences over sentences that claim something, 0..1; 0 where nothing is claimed."""
    judged: int
    unsupported: tuple[int, ...]
    """Positions of the unsupported sentences, from 1, counting every sentence; unread text counts from 201 on."""


@dataclass(frozen=True, slots=True)
class _Part:
    position: int
    probability: float
    nearest: Nearest
    seen: dict[str, float]


def read_model(path: Path) -> Model:
    """The weights. Raises DeclarationError where a feature lacks, is unknown or has a weight against its direction."""
    model = read_json(path, Model)
    if list(model.weights) != list(DIRECTIONS):
        raise DeclarationError(Place(str(path)), f"weights must be, in this order: {', '.join(DIRECTIONS)}")
    wrong = [name for name, weight in model.weights.items() if weight * DIRECTIONS[name] < 0]
    if wrong:
        raise DeclarationError(Place(str(path)), f"weights against their direction: {', '.join(wrong)}")
    return model


class LexicalJudge:
    """Judges claims against passages with a fitted model; the shipped one unless another is given."""

    def __init__(self, model: Model | None = None) -> None:
        """`model` is for fitting and for measuring; the gate uses the shipped one."""
        self._model = model or read_model(MODEL_FILE)
        code = {name: digest_of_bytes((HERE / name).read_bytes()) for name in _CODE}
        self._digest = digest_of({"code": code, "model": self._model.model_dump()})

    @property
    def name(self) -> str:
        """The judge, as the certificate names it."""
        return self._model.name

    @property
    def version(self) -> str:
        """The model's version."""
        return self._model.version

    @property
    def digest(self) -> str:
        """sha256 over the weights and the source of everything that can move a judgement."""
        return self._digest

    def judge(self, claim: str, evidence: Sequence[str]) -> Judgement:
        """Whether every sentence of `claim` is supported by the passages `evidence`."""
        parts, beyond = self._parts(claim, evidence)
        if beyond:
            return Judgement(0.0, None, (f"{beyond} sentences or pieces beyond the limit of what is judged",))
        if not parts:
            return Judgement(0.0, None, ("nothing is claimed that evidence could support",))
        weakest = min(parts, key=lambda part: part.probability)
        return Judgement(weakest.probability, weakest.nearest.passage, _reasons(weakest))

    def ground(self, answer: str, evidence: Sequence[str]) -> Groundedness:
        """Which sentences of `answer` are supported by the passages `evidence`."""
        parts, beyond = self._parts(answer, evidence)
        unsupported = {part.position for part in parts if part.probability < SUPPORTED}
        positions = {part.position for part in parts}
        unread = range(MOST_SENTENCES + 1, MOST_SENTENCES + 1 + beyond)
        judged = len(positions) + len(unread)
        share = (len(positions) - len(unsupported)) / judged if judged else 0.0
        return Groundedness(share, judged, (*sorted(unsupported), *unread))

    def _parts(self, claim: str, evidence: Sequence[str]) -> tuple[list[_Part], int]:
        read = read_evidence(evidence)
        units, beyond = units_of(claim)
        return [self._part(position, unit, read) for position, unit in units], beyond

    def _part(self, position: int, unit: Sentence, evidence: Evidence) -> _Part:
        near = nearest(unit, evidence)
        seen = features(unit, evidence, near)
        if not evidence.stems:
            return _Part(position, 0.0, near, seen)
        logit = math.fsum([self._model.intercept, *(self._model.weights[name] * seen[name] for name in seen)])
        return _Part(position, (1.0 + math.tanh(logit / 2)) / 2, near, seen)


def units_of(claim: str) -> tuple[list[tuple[int, Sentence]], int]:
    """The sentences that claim something, with their positions from 1, and how many lie beyond the limits.

    A fragment is judged twice, by itself and together with what stands before it, and is supported only if both are.
    So it cannot borrow the support of the sentence before it, and nothing that is appended as a sentence can better the
    judgement of an earlier one.
    """
    parts = text.sentences(text.cleaned(claim, LONGEST_CLAIM))
    read = [read_sentence(part) for part in parts[:MOST_SENTENCES]]
    units: list[tuple[int, Sentence]] = []
    for index, sentence in enumerate(read):
        if not sentence.content:
            continue
        units.append((index + 1, sentence))
        whole, before = sentence, index
        while before and len(set(whole.content)) < LEAST_CONTENT:
            before -= 1
            whole = join(read[before], whole)
        if whole is not sentence:
            units.append((index + 1, whole))
    return units, max(0, len(parts) - MOST_SENTENCES) + (len(claim) > LONGEST_CLAIM)


def _reasons(part: _Part) -> tuple[str, ...]:
    seen = part.seen
    reasons = [f"sentence {part.position}: {seen['window_coverage']:.0%} of its words stand close together"]
    if seen["numbers_lacking"]:
        reasons.append(f"{seen['numbers_lacking']:.0%} of its numbers are not in the evidence")
    if seen["names_lacking"]:
        reasons.append(f"{seen['names_lacking']:.0%} of its names are not in the evidence")
    if seen["negation_mismatch"]:
        reasons.append("of it and the nearest sentence, one is negated and the other is not")
    if seen["opposites"]:
        reasons.append("the nearest passage says the opposite of one of its words")
    return tuple(reasons)
