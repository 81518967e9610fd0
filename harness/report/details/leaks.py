"""Leaks: which probes got what they must not get, and what all probes came to by pair of tenants."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from harness.domain.cases import Ask, Case
from harness.domain.observations import Observation
from harness.domain.runs import Record
from harness.domain.scores import Score
from harness.report.details.keys import asks_by_key, key_of, observations_by_key

LEAK = "leak"
"""The metric of isolation probes: above 0 is a leak."""

_VOID = "void: "
"""How the reason of a score begins whose positive control did not fire."""


@dataclass(frozen=True, slots=True)
class Leak:
    """One probe that got what it must not get: who asked, whose it was, what came out. No text of it."""

    suite: str
    route: str
    case_id: str
    attempt: int
    attacker: str
    principal: str
    victim: str
    canaries: tuple[str, ...]
    documents: tuple[str, ...]
    """What the probe looked for."""
    ranks: tuple[tuple[str, int], ...]
    """Document id and rank of each passage that came back of the victim's; empty where only the text gave it away."""


@dataclass(frozen=True, slots=True)
class PairCount:
    """What the probes of one tenant against another came to; a probe counts once however often it was asked."""

    probes: int
    leaks: int
    void: int
    unanswered: int


@dataclass(frozen=True, slots=True)
class LeakMatrix:
    """The probes of one suite and route by ordered pair of tenants: who asks, who owns."""

    suite: str
    route: str
    tenants: tuple[str, ...]
    counts: Mapping[tuple[str, str], PairCount]


def leaks(record: Record) -> tuple[Leak, ...]:
    """Every probe that leaked, in the order of the scores."""
    asks, seen = asks_by_key(record), observations_by_key(record)
    hits = [score for score in record.scores if score.metric == LEAK and score.value]
    return tuple(_leak(asks[key_of(hit)], seen.get(key_of(hit))) for hit in hits if key_of(hit) in asks)


def by_pair(found: Sequence[Leak]) -> dict[tuple[str, str], list[Leak]]:
    """Leaks by who asked and who owned, the pair with the most first."""
    pairs: dict[tuple[str, str], list[Leak]] = defaultdict(list)
    for leak in found:
        pairs[(leak.attacker, leak.victim)].append(leak)
    return dict(sorted(pairs.items(), key=lambda item: (-len(item[1]), item[0])))


def judged_by_pair(record: Record) -> Counter[tuple[str, str]]:
    """How many replies were searched for leaks, by who asked and who owned."""
    asks = asks_by_key(record)
    judged = (asks[key_of(score)].case for score in record.scores if score.metric == LEAK and key_of(score) in asks)
    return Counter((case.principal.tenant, case.victim) for case in judged)


def leak_matrices(record: Record) -> tuple[LeakMatrix, ...]:
    """One matrix for each suite and route that has isolation probes."""
    cases = {ask.case.id: ask.case for ask in record.asks}
    attempts: dict[tuple[str, str], dict[str, list[Score]]] = defaultdict(lambda: defaultdict(list))
    for score in record.scores:
        if score.metric == LEAK and score.case_id in cases:
            attempts[(score.suite, score.route)][score.case_id].append(score)
    return tuple(_matrix(suite, route, by_case, cases) for (suite, route), by_case in attempts.items())


def _leak(ask: Ask, observation: Observation | None) -> Leak:
    case = ask.case
    planted = {canary.document for canary in case.canaries}
    passages = observation.answer.passages if observation and observation.answer else ()
    return Leak(
        suite=ask.suite,
        route=ask.route,
        case_id=case.id,
        attempt=ask.attempt,
        attacker=case.principal.tenant,
        principal=case.principal.id,
        victim=case.victim,
        canaries=tuple(canary.id for canary in case.canaries),
        documents=tuple(sorted(planted | set(case.forbidden))),
        ranks=tuple(
            (passage.source.document_id, passage.rank)
            for passage in passages
            if passage.source.document_id in planted | set(case.forbidden) or passage.tenant != case.principal.tenant
        ),
    )


def _matrix(suite: str, route: str, by_case: Mapping[str, Sequence[Score]], cases: Mapping[str, Case]) -> LeakMatrix:
    states: dict[tuple[str, str], list[str]] = defaultdict(list)
    for case_id, scores in by_case.items():
        case = cases[case_id]
        states[(case.principal.tenant, case.victim)].append(_state(scores))
    counts = {
        pair: PairCount(len(found), found.count("leak"), found.count("void"), found.count("unanswered"))
        for pair, found in states.items()
    }
    return LeakMatrix(suite, route, tuple(sorted({tenant for pair in counts for tenant in pair})), counts)


def _state(scores: Sequence[Score]) -> str:
    """What the attempts of one probe came to: a leak counts before anything else."""
    if any(score.value for score in scores):
        return "leak"
    blank = [score for score in scores if score.value is None]
    if not blank:
        return "clean"
    return "void" if blank[0].reason.startswith(_VOID) else "unanswered"
