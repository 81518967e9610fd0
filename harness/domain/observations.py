"""Observations: what one ask did. A fault is data with a kind and a message."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

FailureKind = Literal["denied", "rejected", "server_error", "timeout", "unreachable", "unreadable", "unprepared"]
"""denied: 401 or 403. rejected: another 4xx. server_error: 5xx. unreadable: not the contract's JSON.
unprepared: the corpus could not be changed as the ask needed, so it was not made."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where a passage came from."""

    document_id: str
    uri: str
    title: str
    version: str
    sha256: str
    span: tuple[int, int] | None


@dataclass(frozen=True, slots=True)
class Passage:
    """What retrieval returned, best first."""

    id: str
    rank: int
    text: str
    tenant: str
    source: Source


@dataclass(frozen=True, slots=True)
class Citation:
    """What the answer says that it rests on."""

    passage_id: str
    quote: str | None


@dataclass(frozen=True, slots=True)
class RouteTaken:
    """The model path that the router took, and why."""

    name: str
    model: str
    reason: str


@dataclass(frozen=True, slots=True)
class Usage:
    """What the answer consumed; `cost_usd` is None where the target does not price it, which is never zero."""

    input_tokens: int
    output_tokens: int
    cost_usd: float | None


@dataclass(frozen=True, slots=True)
class Answer:
    """A readable reply of the target."""

    text: str
    refused: bool
    citations: tuple[Citation, ...]
    passages: tuple[Passage, ...]
    route: RouteTaken | None
    usage: Usage | None
    timings_ms: Mapping[str, float] = field(default_factory=dict)
    audit_id: str = ""


@dataclass(frozen=True, slots=True)
class Failure:
    """A reply that is not an answer, or no reply."""

    kind: FailureKind
    message: str


@dataclass(frozen=True, slots=True)
class Observation:
    """What one ask did: an answer or a failure, never both, never neither."""

    suite: str
    route: str
    case_id: str
    attempt: int
    latency_ms: float
    status: int
    """HTTP status; 0 where there was no reply."""
    body: str
    """The reply as it came, at most wire.LARGEST_BODY characters: leaks are looked for in all of it."""
    answer: Answer | None
    failure: Failure | None
    headers: str = ""
    """Of the reply: `name: value`, one a line in order of name; the date is left out."""
    contacts: int = 0
    """How often the target called an address of the harness that stood in the request alone."""

    @property
    def key(self) -> tuple[str, str, str, int]:
        """The key of the ask that it belongs to."""
        return (self.suite, self.route, self.case_id, self.attempt)
