"""What probes found beside leaks of marked documents: answers that changed, refusals told apart, tokens accepted."""

import shlex
from dataclasses import dataclass

from harness.domain.cases import Ask, Case
from harness.domain.runs import Record
from harness.domain.scores import Score
from harness.report.details.keys import asks_by_key, key_of
from harness.report.details.leaks import LEAK
from harness.report.details.worst import lower_is_better


@dataclass(frozen=True, slots=True)
class ProbeFinding:
    """One hit of a zero-tolerance rule by a probe: who asked, how, and what gave it away. No text of the target."""

    suite: str
    route: str
    attempt: int
    case: Case
    metric: str
    reason: str


def findings(record: Record) -> tuple[ProbeFinding, ...]:
    """Every hit that is not a leak, in the order of the scores."""
    asks = asks_by_key(record)
    hits = _zero_tolerance(record)
    return tuple(
        _finding(asks[key_of(score)], score)
        for score in record.scores
        if (score.suite, score.metric) in hits
        and not score.errored
        and score.value == hits[score.suite, score.metric]
        and key_of(score) in asks
    )


def request_of(case: Case) -> str:
    """What was sent, as far as it differs from a plain question with a right token."""
    parts = [] if case.credential == "valid" else [f"credential {case.credential}"]
    parts += [f"verb {case.verb}"] if case.verb else []
    for what, pairs in (("header", case.extra.headers), ("query", case.extra.query), ("member", case.extra.members)):
        parts += [f"{what} {name}" for name, _ in pairs]
    return ", ".join(parts)


def reproduction(run: str, case_id: str) -> str:
    """The command that asks the same again, of the same corpus, and says whether it is still so."""
    return f"harness reproduce {shlex.quote(case_id)} --run {shlex.quote(run)}"


def _finding(ask: Ask, score: Score) -> ProbeFinding:
    return ProbeFinding(ask.suite, ask.route, ask.attempt, ask.case, score.metric, score.reason)


def _zero_tolerance(record: Record) -> dict[tuple[str, str], float]:
    """What counts as a hit of each metric with a zero-tolerance rule in a suite of probes, by suite and metric."""
    return {
        (suite.name, rule.metric): 1.0 if lower_is_better(rule.metric) else 0.0
        for suite in record.gate.suites
        if suite.probes is not None
        for rule in suite.rules
        if rule.bound == "zero_tolerance" and rule.metric != LEAK
    }
