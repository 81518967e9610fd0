"""Pure answerers: they quote the sentences that support an answer best, and refuse where none does.

A sentence's support is a weighted mean of the covered share of the question (`support.coverage`) and of the cosine
between question and sentence, stretched from [floor, ceiling] to [0, 1]. A route without vectors uses coverage alone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from system_under_test.nouns import Passage
from system_under_test.routing.active import is_active
from system_under_test.routing.evidence import Clause, Evidence, Sentence, Vector
from system_under_test.routing.expectation import expected, fit
from system_under_test.routing.notes import NOTES
from system_under_test.routing.support import Need, context_terms, coverage, needs
from system_under_test.routing.terms import terms


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
    misfit_penalty: float
    """Taken off in ranking, not in support, where a sentence holds nothing of the kind that is asked for."""
    rank_penalty: float
    """Taken off in ranking, not in support, per place of the passage below the first."""
    clause_share: float
    """Of a clause's own vector in the cosine for that clause; the rest is the whole question's. 0: no clauses."""
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
    place: int
    """Of its passage, from 0."""
    terms: frozenset[str]
    context: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Asked:
    """The whole question, or one of its clauses."""

    text: str
    vector: Vector
    wanted: tuple[Need, ...]


def extract(evidence: Evidence, settings: ExtractSettings) -> Extract:
    """The quotes that answer the question. The same evidence gives the same quotes."""
    candidates = _candidates(evidence, settings)
    if not candidates:
        return Extract((), 0.0)
    wanted = needs(evidence.question, [ranked.passage for ranked in evidence.passages])
    whole = _Asked(evidence.question, evidence.query, wanted)
    supports = [_support(whole, candidate, settings) for candidate in candidates]
    if max(supports) < settings.threshold:
        return Extract((), max(supports))
    standings = _standings(whole, candidates, supports, settings)
    bests = (_best_for(_asked(clause, whole, settings), candidates, settings) for clause in evidence.clauses)
    first = [place for place in bests if place is not None]
    chosen = _chosen(first, candidates, supports, standings, settings)
    return Extract(tuple(candidates[place].sentence for place in chosen), max(supports))


def _candidates(evidence: Evidence, settings: ExtractSettings) -> list[_Candidate]:
    looked_at = [ranked.passage for ranked in evidence.passages[: settings.passages]]
    places: Mapping[str, tuple[int, Passage]] = {
        passage.id: (place, passage) for place, passage in enumerate(looked_at)
    }
    contexts = {passage.id: frozenset(context_terms(passage)) for passage in looked_at}
    found = []
    for sentence in evidence.sentences:
        if sentence.passage_id in places:
            place, passage = places[sentence.passage_id]
            own = frozenset(NOTES.terms(passage, sentence.text))
            if own and not is_active(sentence.text) and not _only_asks(sentence.text):
                found.append(_Candidate(sentence, passage.document.id, place, own, contexts[passage.id]))
    return found


def _only_asks(text: str) -> bool:
    """Whether the sentence is a question: it covers one like it best of all, and answers nothing."""
    return text.rstrip().endswith("?")


def _support(asked: _Asked, candidate: _Candidate, settings: ExtractSettings) -> float:
    share = coverage(asked.wanted, candidate.terms, candidate.context, settings.context_credit)
    cosine = float(asked.vector @ candidate.sentence.vector)
    stretched = (cosine - settings.cosine_floor) / (settings.cosine_ceiling - settings.cosine_floor)
    clipped = min(1.0, max(0.0, stretched))
    return settings.cosine_weight * clipped + (1 - settings.cosine_weight) * share


def _standings(
    asked: _Asked, candidates: Sequence[_Candidate], supports: Sequence[float], settings: ExtractSettings
) -> list[float]:
    """Support with what only ranking counts."""
    kinds = expected(asked.text)
    return [
        support
        - settings.rank_penalty * candidate.place
        - settings.misfit_penalty * (1 - fit(kinds, candidate.sentence.text))
        for candidate, support in zip(candidates, supports, strict=True)
    ]


def _asked(clause: Clause, whole: _Asked, settings: ExtractSettings) -> _Asked:
    own = frozenset(terms(clause.text))
    wanted = tuple(need for need in whole.wanted if need.typed in own)
    mixed = settings.clause_share * clause.vector + (1 - settings.clause_share) * whole.vector
    return _Asked(clause.text, mixed, wanted or whole.wanted)


def _best_for(asked: _Asked, candidates: Sequence[_Candidate], settings: ExtractSettings) -> int | None:
    """The candidate for a clause, or None where none supports it to the share that a further sentence needs."""
    supports = [_support(asked, candidate, settings) for candidate in candidates]
    standings = _standings(asked, candidates, supports, settings)
    best = max(range(len(candidates)), key=standings.__getitem__)
    return best if supports[best] >= settings.further * settings.threshold else None


def _chosen(
    first: Sequence[int],
    candidates: Sequence[_Candidate],
    supports: Sequence[float],
    standings: Sequence[float],
    settings: ExtractSettings,
) -> list[int]:
    """The best sentence, one for each clause, then what stands highest among the well supported."""
    ranked = sorted(range(len(candidates)), key=lambda place: -standings[place])
    enough = max(settings.threshold, settings.further * supports[ranked[0]])
    well_supported = (place for place in ranked if supports[place] >= enough)
    chosen: list[int] = []
    for place in dict.fromkeys((ranked[0], *first, *well_supported)):
        documents = {candidates[one].document_id for one in (*chosen, place)}
        if len(chosen) == settings.sentences:
            break
        if len(documents) <= settings.documents:
            chosen.append(place)
    return chosen
