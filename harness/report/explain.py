"""Why a check or a case came out as it did, in plain lines. Text of the target is never in them."""

from collections.abc import Iterator

from harness.domain.cases import Ask, Case
from harness.domain.checks import Check
from harness.domain.observations import Observation
from harness.domain.runs import Record
from harness.domain.scores import Score
from harness.errors import InvalidInput
from harness.load.strict import nearest
from harness.report.details.worst import lower_is_better
from harness.report.text import Redaction, redaction_of

MOST_CASES = 10
MOST_PASSAGES = 10


def explain(record: Record, name: str) -> str:
    """The explanation of the check or case that `name` is. Raises InvalidInput, with the nearest name, for neither."""
    checks = {check.id: check for check in record.verdict.checks}
    if name in checks:
        return "\n".join(_check_lines(record, checks[name]))
    asks = [ask for ask in record.asks if ask.case.id == name]
    if asks:
        return "\n".join(_case_lines(record, asks))
    known = list(checks) + sorted({ask.case.id for ask in record.asks})
    raise InvalidInput(
        f"{record.run.id} has neither a check nor a case {name!r}; {nearest(name, known)[:300]}",
        next_step=f"run `harness show {record.run.id}` to see the checks",
    )


def _check_lines(record: Record, check: Check) -> Iterator[str]:
    rule = check.rule
    yield f"{check.status}  {check.id}  ({check.reason})"
    yield f"  {check.message}"
    demand = f"{rule.bound}, {rule.aggregate} of {rule.metric}"
    yield f"  rule      {demand}, {rule.confidence:.0%} one-sided, {rule.severity}"
    yield f"  why       {rule.why}"
    metric = check.metric
    if metric is None:
        yield "  measured  nothing: no case of this kind was planned"
        return
    yield f"  measured  n {metric.n}, errored {metric.errored}, missing {metric.missing}, clusters {metric.clusters}"
    worst = _lost(record, check)
    if worst:
        yield f"  the worst of {len(worst)} cases that lost:"
    for score in worst[:MOST_CASES]:
        yield f"    {score.case_id:<44} {_figure(score.value):>9}  {score.reason}"
    if worst:
        yield f"next: harness explain {worst[0].case_id} --run {record.run.id}"


def _lost(record: Record, check: Check) -> list[Score]:
    """The check's scores that are absent, failed, or worse than they may be, missing ones first, then the worst."""
    place = (check.suite, check.route, check.rule.metric)
    tag = check.rule.slice_tag
    inside = {ask.case.id for ask in record.asks if tag is None or tag in ask.case.tags}
    low_is_good = lower_is_better(check.rule.metric)
    limit = _limit(check)
    lost = [
        score
        for score in record.scores
        if (score.suite, score.route, score.metric) == place
        and score.case_id in inside
        and (score.value is None or score.errored or (score.value > limit if low_is_good else score.value < limit))
    ]
    sign = -1 if low_is_good else 1
    return sorted(lost, key=lambda score: (score.value is not None, sign * (score.value or 0.0), score.case_id))


def _limit(check: Check) -> float:
    """What one score must reach: the best there is; for a time or a price, which has none, the rule's own limit."""
    if not lower_is_better(check.rule.metric):
        return 1.0
    own = check.rule.cap if check.rule.cap is not None else check.rule.threshold
    return own if own is not None else 0.0


def _case_lines(record: Record, asks: list[Ask]) -> Iterator[str]:
    case = asks[0].case
    who = case.principal
    yield f"{case.id}  ({case.kind}{f', {case.family}' if case.family else ''})"
    yield f"  question  {_plain(case.question)}"
    yield f"  asked by  {who.id} of {who.tenant}, groups {', '.join(who.groups)}, clearance {who.clearance}"
    yield from _expected(case)
    observations = {item.key: item for item in record.observations}
    for ask in asks:
        yield from _ask_lines(record, ask, observations.get(ask.key))
    if case.twin:
        yield f"next: harness explain {case.twin} --run {record.run.id}   (its positive control)"


def _ask_lines(record: Record, ask: Ask, observation: Observation | None) -> Iterator[str]:
    place = " ".join(part for part in (ask.suite, ask.route, f"attempt {ask.attempt}") if part)
    yield f"  {place}: " + ("not asked" if observation is None else _what_came(observation, redaction_of(record)))
    if observation is not None:
        yield from _passages(ask.case, observation, redaction_of(record))
    for score in record.scores:
        if (score.suite, score.route, score.case_id, score.attempt) == ask.key:
            yield f"    {score.metric:<22} {_figure(score.value):>9}  {score.reason}"


def _expected(case: Case) -> Iterator[str]:
    for judgment in sorted(case.judgments, key=lambda item: -item.grade):
        yield f"  expected  grade {judgment.grade}  {judgment.document}"
    if case.forbidden:
        word = "must come out" if case.kind == "twin" else "must not come out"
        yield f"  {word}: {', '.join(case.forbidden)}"
    if case.credential != "valid":
        yield f"  credential  {case.credential}: must be refused"


def _what_came(observation: Observation, redaction: Redaction) -> str:
    if observation.failure is not None:
        return f"{observation.failure.kind}, {observation.failure.message}, after {observation.latency_ms:.0f} ms"
    answer = observation.answer
    if answer is None:
        return "nothing"
    said = "refused" if answer.refused else f"answered with {len(answer.citations)} citations"
    audit = f", audit record {redaction.document_id(answer.audit_id)}" if answer.audit_id else ""
    return f"{said}, {len(answer.passages)} passages, after {observation.latency_ms:.0f} ms{audit}"


def _passages(case: Case, observation: Observation, redaction: Redaction) -> Iterator[str]:
    grades = {judgment.document: judgment.grade for judgment in case.judgments}
    for passage in observation.answer.passages[:MOST_PASSAGES] if observation.answer else ():
        document = redaction.document_id(passage.source.document_id)
        grade = f"grade {grades[document]}" if document in grades else "unjudged"
        foreign = "  FOREIGN TENANT" if passage.tenant != case.principal.tenant else ""
        yield f"    {passage.rank:>3}. {document:<52} {grade}{foreign}"


def _figure(value: float | None) -> str:
    return "no value" if value is None else f"{value:.4g}"


def _plain(text: str) -> str:
    """Printable text in one line: control characters would be obeyed by a terminal."""
    return "".join(character if character.isprintable() else " " for character in text)
