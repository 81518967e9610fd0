"""The journal: a line for each observation, flushed as it arrives, so that a kill loses only asks in flight.

Its lines are what recorded evidence holds of an observation; answers are read from the body again by `wire`.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import IO, Self, TypeVar

from pydantic import Field

from harness.domain.cases import Ask
from harness.domain.observations import Failure, FailureKind, Observation
from harness.domain.suites import Gate
from harness.errors import EvidenceError
from harness.load.strict import Declared
from harness.targets.wire import Reply, observe

Key = tuple[str, str, str, int]
Entry = TypeVar("Entry", bound=Declared)


class Line(Declared):
    """One observation as it is kept: the reply itself, not what was read from it."""

    suite: str
    route: str
    case_id: str
    attempt: int = Field(ge=1)
    latency_ms: float = Field(ge=0)
    status: int = Field(ge=0, le=999)
    body: str
    fault_kind: FailureKind | None
    fault_message: str
    headers: str = ""
    contacts: int = Field(default=0, ge=0)

    @property
    def key(self) -> Key:
        """The key of the ask that it belongs to."""
        return (self.suite, self.route, self.case_id, self.attempt)


def line_of(ask: Ask, reply: Reply, contacts: int = 0) -> Line:
    """The line that keeps `reply`, and how often an address that stood in the request alone was called."""
    suite, route, case_id, attempt = ask.key
    return Line(
        suite=suite,
        route=route,
        case_id=case_id,
        attempt=attempt,
        latency_ms=round(reply.latency_ms, 3),
        status=reply.status,
        body=reply.body,
        fault_kind=reply.fault.kind if reply.fault else None,
        fault_message=reply.fault.message if reply.fault else "",
        headers=reply.headers,
        contacts=contacts,
    )


def observation_of(ask: Ask, line: Line, verb: str, mapping: Mapping[str, str]) -> Observation:
    """What the kept reply says, read as the contract or the gate's mapping says."""
    fault = Failure(line.fault_kind, line.fault_message) if line.fault_kind else None
    reply = Reply(line.status, line.body, line.latency_ms, fault, line.headers)
    return replace(observe(ask, reply, ask.case.verb or verb, mapping), contacts=line.contacts)


def observations_of(gate: Gate, asks: Sequence[Ask], lines: Iterable[Line]) -> dict[Key, Observation]:
    """The observations of all planned asks that have a line."""
    planned = {ask.key: ask for ask in asks}
    verbs = {suite.name: suite.verb for suite in gate.suites}
    return {
        line.key: observation_of(planned[line.key], line, verbs[line.suite], gate.mapping)
        for line in lines
        if line.key in planned
    }


class Journal:
    """Appends lines to a file. A last line that a kill cut short is dropped on opening; its ask is made again."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: IO[str] | None = None

    def __enter__(self) -> Self:
        """Open for appending, after the last whole line."""
        if self.path.is_file():
            with self.path.open("r+b") as file:
                file.truncate(file.read().rfind(b"\n") + 1)
        self._file = self.path.open("a", encoding="utf-8", newline="\n")
        return self

    def __exit__(self, *_: object) -> None:
        """Close the file."""
        if self._file:
            self._file.close()
            self._file = None

    def write(self, line: Declared) -> None:
        """Append one line and hand it to the operating system before returning."""
        if self._file is None:
            raise EvidenceError(f"{self.path}: the journal is not open")
        self._file.write(line.model_dump_json() + "\n")
        self._file.flush()


def read_journal(path: Path) -> Iterator[Line]:
    """Every whole line of a run's journal. Raises EvidenceError, with the line's number, for one that is damaged."""
    return read_entries(path, Line)


def read_entries(path: Path, kind: type[Entry]) -> Iterator[Entry]:
    """Every whole line that a journal of that kind holds; nothing where there is no file. Raises EvidenceError."""
    if not path.is_file():
        return
    with path.open("rb") as file:
        for number, text in enumerate(file, 1):
            if not text.endswith(b"\n"):
                return
            try:
                yield kind.model_validate_json(text)
            except ValueError as fault:
                raise EvidenceError(
                    f"{path}:{number}: not a line of the journal",
                    next_step="the evidence was changed; run the gate again",
                ) from fault
