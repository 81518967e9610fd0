"""The contract with a target: what is sent, and how a reply becomes an observation.

    POST /v1/answer    {question, route?, top_k?}  with  Authorization: Bearer <JWT>
    200                {answer, refused, citations: [{passage_id, quote?}],
                        passages: [{id, rank, text, tenant, source: {document_id, uri, title, version, sha256, span}}],
                        route: {name, model, reason}, usage: {input_tokens, output_tokens, cost_usd},
                        timings_ms: {auth, retrieve, rerank, generate, total}, audit: {record_id}}
                        or, to `Accept: text/event-stream`, events of which the last one holds all of this
    POST /v1/retrieve  the same without an answer
    GET  /v1/release   everything that is released, by digest

Probes that need them also use, where the target has them:

    GET    /v1/documents/{id}   one document, or the same 404 for one that is foreign, forbidden or not there
    PUT    /v1/documents/{id}   a document without `id` and `tenant`; DELETE takes it away: for `document-admins`
    GET    /v1/audit/{id}       the audit record of an answer: for `auditors` of the same tenant

A system of another shape is mapped by JMESPath expressions in the gate file (`mapping`), one for each part.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

import jmespath
from jmespath.exceptions import JMESPathError
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from harness.domain.cases import Ask
from harness.domain.observations import (
    Answer,
    Citation,
    Failure,
    FailureKind,
    Observation,
    Passage,
    RouteTaken,
    Source,
    Usage,
)
from harness.domain.suites import Suite
from harness.targets.events import event_data, is_events

LARGEST_BODY = 2 * 1024 * 1024
"""Bytes of a reply that are read; a longer one is a failure, never cut and judged."""

PARTS = ("answer", "refused", "citations", "passages", "route", "usage", "timings_ms", "audit")


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back, before it is read: HTTP status (0: nothing came), body, milliseconds, and what went wrong."""

    status: int
    body: str
    latency_ms: float
    fault: Failure | None = None
    headers: str = ""
    """`name: value`, one a line in order of name; the date is left out."""


class _Part(BaseModel):
    """Strict about types, open to additional members: a target may say more than the contract asks."""

    model_config = ConfigDict(strict=True, extra="ignore", allow_inf_nan=False)


class _Source(_Part):
    document_id: str
    uri: str = ""
    title: str = ""
    version: str = ""
    sha256: str = ""
    span: list[int] | None = Field(default=None, min_length=2, max_length=2)


class _Passage(_Part):
    id: str = Field(min_length=1)
    rank: int = Field(ge=1)
    text: str
    tenant: str
    source: _Source


class _Citation(_Part):
    passage_id: str
    quote: str | None = None


class _Route(_Part):
    name: str
    model: str = ""
    reason: str = ""


class _Usage(_Part):
    input_tokens: int = Field(ge=0)
    output_tokens: int = Field(ge=0)
    cost_usd: float | None = Field(default=None, ge=0)


class _Audit(_Part):
    record_id: str = ""


class _Reply(_Part):
    answer: str = ""
    refused: bool = False
    citations: list[_Citation] = Field(default_factory=list)
    passages: list[_Passage]
    route: _Route | None = None
    usage: _Usage | None = None
    timings_ms: dict[str, float] = Field(default_factory=dict)
    audit: _Audit | None = None


_NAMES = frozenset(
    name for part in (_Source, _Passage, _Citation, _Route, _Usage, _Audit, _Reply) for name in part.model_fields
)
"""Every member name of the contract."""


def request_body(suite: Suite, ask: Ask) -> dict[str, object]:
    """The JSON body of one ask. It says nothing that would tell the target that it is being judged."""
    if ask.case.verb == "open":
        return {"id": ask.case.question}
    body: dict[str, object] = {"question": ask.case.question, "top_k": suite.top_k}
    if ask.route:
        body["route"] = ask.route
    return {**body, **dict(ask.case.extra.members)}


def observe(ask: Ask, reply: Reply, verb: str, mapping: Mapping[str, str]) -> Observation:
    """The observation of one ask. A reply that breaks the contract is a failure that says where."""
    answer: Answer | None = None
    failure = reply.fault or _failure_of(reply.status)
    if failure is None:
        try:
            answer = read_answer(_whole(reply), verb, mapping)
        except _UnreadableError as fault:
            failure = Failure("unreadable", str(fault))
    return Observation(
        *ask.key,
        latency_ms=reply.latency_ms,
        status=reply.status,
        body=reply.body,
        answer=answer,
        failure=failure,
        headers=reply.headers,
    )


def _whole(reply: Reply) -> str:
    """The body; of a stream of events the last one, which holds the reply as it would have come without events."""
    if not is_events(reply.headers):
        return reply.body
    events = event_data(reply.body)
    if not events:
        raise _UnreadableError("the stream of events ended before its first event")
    return events[-1]


class _UnreadableError(Exception):
    """A reply that is not what the contract says."""


def read_answer(body: str, verb: str, mapping: Mapping[str, str]) -> Answer:
    """A reply's body as an answer; what an `open` or a `record` brings is an answer without parts."""
    if verb in {"open", "record"}:
        _json(body)
        return Answer("", refused=False, citations=(), passages=(), route=None, usage=None)
    found = _mapped(_json(body), mapping)
    if verb == "answer" and not ({"answer", "refused"} <= found.keys()):
        raise _UnreadableError("the reply lacks `answer` or `refused`")
    try:
        reply = _Reply.model_validate(found)
    except ValidationError as fault:
        first = fault.errors(include_url=False, include_input=False)[0]
        raise _UnreadableError(f"{_where(first['loc'])}: {first['msg']}") from None
    return _answer(reply)


def _where(location: tuple[int | str, ...]) -> str:
    """The place of a breach in the contract's own words: a name that the target made up stands as `[name]`."""
    return ".".join(str(part) if isinstance(part, int) or part in _NAMES else "[name]" for part in location)


def _answer(reply: _Reply) -> Answer:
    passages = sorted(reply.passages, key=lambda passage: passage.rank)
    return Answer(
        text=reply.answer,
        refused=reply.refused,
        citations=tuple(Citation(item.passage_id, item.quote) for item in reply.citations),
        passages=tuple(_passage(item) for item in passages),
        route=RouteTaken(reply.route.name, reply.route.model, reply.route.reason) if reply.route else None,
        usage=Usage(reply.usage.input_tokens, reply.usage.output_tokens, reply.usage.cost_usd) if reply.usage else None,
        timings_ms=reply.timings_ms,
        audit_id=reply.audit.record_id if reply.audit else "",
    )


def _passage(item: _Passage) -> Passage:
    source = item.source
    span = (source.span[0], source.span[1]) if source.span else None
    where = Source(source.document_id, source.uri, source.title, source.version, source.sha256, span)
    return Passage(item.id, item.rank, item.text, item.tenant, where)


def _json(body: str) -> object:
    def refuse(name: str) -> NoReturn:
        raise _UnreadableError(f"the reply holds {name}")

    def once(pairs: list[tuple[str, object]]) -> dict[str, object]:
        found = dict(pairs)
        if len(found) < len(pairs):
            raise _UnreadableError("the reply holds a member twice, and readers disagree on which one counts")
        return found

    def finite(digits: str) -> float:
        return number if math.isfinite(number := float(digits)) else refuse("a number that is not finite")

    try:
        value: object = json.loads(body, parse_constant=refuse, parse_float=finite, object_pairs_hook=once)
    except (ValueError, RecursionError) as fault:  # a number of more than 4,300 digits is a plain ValueError
        raise _UnreadableError("the reply is not JSON") from fault
    if "\\ud" in body.lower():
        _refuse_half_characters(value)
    return value


def _refuse_half_characters(value: object) -> None:
    """One half of a surrogate pair is no text: no report and no other system could write it down."""
    try:
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError as fault:
        raise _UnreadableError("the reply holds half a character") from fault


def _mapped(value: object, mapping: Mapping[str, str]) -> dict[str, Any]:
    """The parts of the contract, taken as they are or through the gate's JMESPath expressions."""
    if not mapping:
        if not isinstance(value, dict):
            raise _UnreadableError("the reply is not a JSON object")
        return value
    found: dict[str, Any] = {}
    for part in PARTS:
        if part in mapping:
            try:
                result = jmespath.search(mapping[part], value)
            except (JMESPathError, TypeError, ValueError, RecursionError) as fault:  # jmespath lets Python's through
                raise _UnreadableError(f"mapping.{part}: {type(fault).__name__}") from fault
            if result is not None:
                found[part] = result
        elif isinstance(value, dict) and part in value:
            found[part] = value[part]
    return found


def _failure_of(status: int) -> Failure | None:
    """What an HTTP status means when it is not 200."""
    if status == 200:
        return None
    kind: FailureKind = "unreadable"
    if status in {401, 403}:
        kind = "denied"
    elif 400 <= status < 500:
        kind = "rejected"
    elif status >= 500:
        kind = "server_error"
    return Failure(kind, f"HTTP {status}")
