"""Pure answerers: they quote the sentences that support an answer best, and refuse where none does.

A sentence's support is a weighted mean of the covered share of the question (`support.coverage`) and of the cosine
between question and sentence, stretched from [floor, ceiling] to [0, 1]. A route without vectors uses coverage alone.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from system_under_test.nouns import Passage
from system_under_test.routing.evidence import Evidence, Sentence
from system_under_test.routing.support import Need, context_terms, coverage, needs
from system_under_test.routing.terms import terms

_ACTIVE: Final = re.compile(r"://|\]\(|\]\[|<[a-zA-Z!/?]|javascript:|data:", re.IGNORECASE)
"""Links, images and markup are not quoted: a planted one could carry data out through whoever renders the answer."""
_FIGURE: Final = re.compile(r"\d|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|twelve|half|double)\b", re.IGNORECASE)
_ASKS_FOR_FIGURE: Final = re.compile(
    r"\bhow (?:many|much|long|soon|often|far|old|late|early|quick\w*|fast|big|high)\b|\bwhen\b|\bwhat (?:date|day|time|rate"
    r"|percentage|share|amount|limit|number|maximum|minimum)\b|\b(?:rate|limit|amount|extension|deadline|maximum|minimum)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class ExtractSettings:
    """How one extractive route selects. Every weight and share is in [0, 1]."""

    passages: int
    """The best passages that are looked at."""
    sentences: int
    """At most so many are quoted."""
    documents: int
    """From at most so many documents."""
    cosine_weight: float
    """Of the cosine in the support; the rest is coverage. 0 means that no vectors are used."""
    cosine_floor: float
    cosine_ceiling: float
    context_credit: float
    """What a term counts that stands in the heading or title alone."""
    figure_bonus: float
    """Added in ranking, not in support, to a sentence with a figure where the question asks for one."""
    rank_penalty: float
    """Taken off in ranking, not in support, per place of the passage below the first."""
    further: float
    """A further sentence must reach this share of the best one's support."""
    threshold: float
    """Below this support the answer is a refusal."""


@dataclass(frozen=True, slots=True)
class Extract:
    """The sentences to quote, best first; none means a refusal. `support` is the best sentence's, in [0, 1]."""

    quotes: tuple[Sentence, ...]
    support: float


@dataclass(frozen=True, slots=True)
class _Candidate:
    sentence: Sentence
    document_id: str
    terms: frozenset[str]
    context: frozenset[str]
    cosine: float
    support: float
    standing: float
    """Support with what only ranking counts."""


def extract(evidence: Evidence, settings: ExtractSettings) -> Extract:
    """The quotes that answer the question. The same evidence gives the same quotes."""
    looked_at = evidence.passages[: settings.passages]
    wanted = needs(evidence.question, [ranked.passage for ranked in evidence.passages])
    places = {ranked.passage.id: (ranked.passage, place) for place, ranked in enumerate(looked_at)}
    candidates = _candidates(evidence, wanted, places, settings)
    if not candidates:
        return Extract((), 0.0)
    best = max(candidates, key=lambda candidate: candidate.standing)
    support = max(candidate.support for candidate in candidates)
    if support < settings.threshold:
        return Extract((), support)
    return Extract(tuple(one.sentence for one in _chosen(best, candidates, wanted, settings)), support)


def _candidates(
    evidence: Evidence, wanted: Sequence[Need], places: Mapping[str, tuple[Passage, int]], settings: ExtractSettings
) -> list[_Candidate]:
    asks_for_figure = bool(_ASKS_FOR_FIGURE.search(evidence.question))
    contexts = {passage_id: frozenset(context_terms(passage)) for passage_id, (passage, _) in places.items()}
    found = []
    for sentence in evidence.sentences:
        if sentence.passage_id not in places or not _quotable(sentence.text):
            continue
        passage, place = places[sentence.passage_id]
        own, context = frozenset(terms(sentence.text)), contexts[sentence.passage_id]
        cosine = _stretched(evidence, sentence, settings)
        share = coverage(wanted, own, context, settings.context_credit)
        support = settings.cosine_weight * cosine + (1 - settings.cosine_weight) * share
        bonus = settings.figure_bonus if asks_for_figure and _FIGURE.search(sentence.text) else 0.0
        standing = support + bonus - settings.rank_penalty * place
        found.append(_Candidate(sentence, passage.document.id, own, context, cosine, support, standing))
    return found


def _stretched(evidence: Evidence, sentence: Sentence, settings: ExtractSettings) -> float:
    cosine = float(evidence.query @ sentence.vector)
    share = (cosine - settings.cosine_floor) / (settings.cosine_ceiling - settings.cosine_floor)
    return min(1.0, max(0.0, share))


def _chosen(
    best: _Candidate, candidates: Sequence[_Candidate], wanted: Sequence[Need], settings: ExtractSettings
) -> list[_Candidate]:
    """The best sentence, then the ones that stand highest among those that are well supported themselves."""
    chosen = [best]
    ranked = sorted(candidates, key=lambda candidate: -candidate.standing)
    for candidate in ranked:
        if len(chosen) == settings.sentences:
            break
        documents = {one.document_id for one in chosen} | {candidate.document_id}
        if candidate in chosen or len(documents) > settings.documents:
            continue
        if candidate.support >= max(settings.threshold, settings.further * best.support):
            chosen.append(candidate)
    return chosen


def _quotable(text: str) -> bool:
    return bool(terms(text)) and not _ACTIVE.search(text)
