"""What is told about a request that is over: enough to watch the service, nothing of what was asked or answered."""

from dataclasses import dataclass
from typing import Literal, Protocol

from system_under_test.audit.records import Outcome

StageName = Literal["auth", "retrieve", "rerank", "generate", "audit"]


@dataclass(frozen=True, slots=True)
class Stage:
    """One part of a request's work, in milliseconds since the request began."""

    name: StageName
    start_ms: float
    spent_ms: float


@dataclass(frozen=True, slots=True)
class Finished:
    """One request, over. No question, answer, token, subject or document is in it."""

    request_id: str
    endpoint: str
    status: int
    outcome: Outcome
    route: str | None
    tenant: str | None
    """None where nobody was authenticated."""
    began_unix_ns: int
    total_ms: float
    stages: tuple[Stage, ...]
    audited: bool
    """False where the record could not be kept, so that nothing was answered."""


class Watcher(Protocol):
    """Somebody who counts or traces requests. It is called on the event loop and must not wait."""

    def finished(self, request: Finished) -> None:
        """A request is over."""
        ...

    def close(self) -> None:
        """Hand over what is held back."""
        ...
