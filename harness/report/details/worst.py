"""The worst cases of a suite: what was asked, what was expected, what came back, and why it scored as it did."""

from collections import defaultdict
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass

from harness.domain.cases import Ask, Case
from harness.domain.observations import Observation
from harness.domain.runs import Record
from harness.domain.scores import Score
from harness.report.details.keys import Key, asks_by_key, key_of, observations_by_key
from harness.report.details.leaks import LEAK
from harness.scorers.catalogue import scorer_named

MOST_CASES = 8
"""Worst cases that are shown of one suite and route."""
WORST_OF_A_METRIC = 3
"""Worst cases that each metric names."""

_ALLOWED = "passages_allowed"
"""The metric that says whether the asking principal may see what came back: 1, or an answer is not shown."""
_MAY_BE_SHOWN = frozenset({"answerable", "unanswerable"})
"""Kinds whose answers hold nothing that the asking principal may not read, unless a score says otherwise."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A bad or absent score of a case, under one metric or several that say the same."""

    metrics: tuple[str, ...]
    value: float | None
    reason: str


@dataclass(frozen=True, slots=True)
class WorstCase:
    """A case that scored badly over one suite and route."""

    case: Case
    attempt: int
    findings: tuple[Finding, ...]
    expected: tuple[str, ...]
    """Documents judged relevant, best grade first."""
    returned: tuple[str, ...]
    """Documents that came back, best rank first."""
    answer: str | None
    """None where it may not be shown, or where there is none; `note` says why."""
    note: str


@dataclass(frozen=True, slots=True)
class WorstCases:
    """The worst cases of one suite and route, and how many cases have a bad or absent score in all."""

    shown: tuple[WorstCase, ...]
    of: int


def worst_cases(record: Record) -> dict[tuple[str, str], WorstCases]:
    """By suite and route: the worst cases of the metrics that a rule names.

    Each metric names at most three: absent scores, then the lowest, then failed asks. Of these at most eight are shown,
    those with the most bad scores first.
    """
    asks, observations = asks_by_key(record), observations_by_key(record)
    suspects = {key_of(score) for score in record.scores if score.metric == _ALLOWED and score.value != 1.0}
    found: dict[tuple[str, str], WorstCases] = {}
    for place, bad in _bad_scores(record).items():
        named = {key_of(score) for scores in bad.values() for score in scores[:WORST_OF_A_METRIC]} & asks.keys()
        by_ask: dict[Key, list[Score]] = defaultdict(list)
        for score in (score for scores in bad.values() for score in scores):
            by_ask[key_of(score)].append(score)
        worst = sorted(named, key=lambda key: (-len(by_ask[key]), key))[:MOST_CASES]
        shown = tuple(_worst_case(asks[key], observations.get(key), by_ask[key], suspects) for key in worst)
        found[place] = WorstCases(shown, len({case_id for _, _, case_id, _ in by_ask}))
    return found


def lower_is_better(metric: str) -> bool:
    """Which end of a metric is good, as its scorer says."""
    return not scorer_named(metric, None).higher_is_better


def _bad_scores(record: Record) -> dict[tuple[str, str], dict[str, list[Score]]]:
    """By place and by metric that a rule names: scores that are absent or not as good as can be, worst first."""
    limits = _limits(record)
    found: dict[tuple[str, str], dict[str, list[Score]]] = defaultdict(lambda: defaultdict(list))
    for score in record.scores:
        limit = limits.get((score.suite, score.route, score.metric))
        if limit is not None and _is_bad(score, limit):
            found[(score.suite, score.route)][score.metric].append(score)
    for by_metric in found.values():
        for scores in by_metric.values():
            scores.sort(key=_goodness)
    return found


def _limits(record: Record) -> Mapping[tuple[str, str, str], float]:
    """By place and metric that a rule names: what a single score must reach so as not to be shown.

    The best value there is; for a duration or a cost, which has none, the rule's own limit.
    """
    found: dict[tuple[str, str, str], float] = {}
    for check in record.verdict.checks:
        rule = check.rule
        limit = rule.cap if rule.cap is not None else rule.threshold
        best = 0.0 if lower_is_better(rule.metric) else 1.0
        spent = scorer_named(rule.metric, None).highest is None
        found[(check.suite, check.route, rule.metric)] = limit if spent and limit is not None else best
    return found


def _is_bad(score: Score, limit: float) -> bool:
    if score.value is None or score.errored:
        return True
    return score.value > limit if lower_is_better(score.metric) else score.value < limit


def _goodness(score: Score) -> tuple[bool, bool, float, str, int]:
    """Sorts the worst first, but failed asks, which the ledger counts, last; at the end by name, for a fixed order."""
    value = score.value or 0.0
    signed = -value if lower_is_better(score.metric) else value
    return (score.errored, score.value is not None, signed, score.case_id, score.attempt)


def _worst_case(ask: Ask, observation: Observation | None, scores: Sequence[Score], suspects: Set[Key]) -> WorstCase:
    relevant = sorted((item for item in ask.case.judgments if item.grade > 0), key=lambda item: -item.grade)
    answer, note = _answer(ask, observation, suspects)
    passages = observation.answer.passages if observation and observation.answer else ()
    return WorstCase(
        case=ask.case,
        attempt=ask.attempt,
        findings=_findings(scores, observation),
        expected=tuple(item.document for item in relevant),
        returned=tuple(dict.fromkeys(passage.source.document_id for passage in passages)),
        answer=answer,
        note=note,
    )


def _findings(scores: Sequence[Score], observation: Observation | None) -> tuple[Finding, ...]:
    """What the metrics say, each thing once."""
    said: dict[tuple[float | None, str], list[str]] = defaultdict(list)
    for score in scores:
        said[(score.value, _reason(score, observation))].append(score.metric)
    return tuple(Finding(tuple(metrics), value, reason) for (value, reason), metrics in said.items())


def _reason(score: Score, observation: Observation | None) -> str:
    """The scorer's words, but for two kinds that may quote the target: a failed ask, and a leak."""
    if score.errored and observation is not None and observation.failure is not None:
        status = f"HTTP {observation.status}" if observation.status else "no reply"
        return f"the ask failed: {observation.failure.kind} ({status})"
    if score.metric == LEAK and score.value:
        return "it leaked: what came out, and at which rank, stands in the table of leaks"
    return score.reason


def _answer(ask: Ask, observation: Observation | None, suspects: Set[Key]) -> tuple[str | None, str]:
    """The answer where it may be shown, else None and why."""
    case = ask.case
    if observation is None:
        return None, "not asked"
    if observation.answer is None:
        return None, f"no answer: {observation.failure.kind if observation.failure else 'nothing came'}"
    if case.kind not in _MAY_BE_SHOWN or case.canaries:
        return None, "not shown: the answer to a case of this kind may hold what is not the reader's"
    foreign = any(
        passage.tenant != case.principal.tenant or passage.source.document_id in case.forbidden
        for passage in observation.answer.passages
    )
    if foreign or ask.key in suspects:
        return None, "not shown: it rests on passages that the asking principal may not see"
    return observation.answer.text, "refused" if observation.answer.refused else ""
