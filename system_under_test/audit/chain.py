"""The chain: what a record's line says of the lines before it, for the writer and for whoever reads the log again.

Line n is canonical JSON: the record, its place `seq` (from 1), its time `ts` (UTC, never going backwards), `prev_hash`
(SHA-256 of line n-1 without its newline; 64 zeros for the first), and `checkpoint` (SHA-256 of the signed note over the
n-1 records before it where there is one, else null).
"""

import hashlib
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import BinaryIO, Final, Literal

from system_under_test.audit.merkle import Frontier, leaf_hash
from system_under_test.errors import ReferenceSystemError
from system_under_test.strict_json import StrictJsonError, canonical, parse

GENESIS: Final = "0" * 64
LINE_LIMIT: Final = 1 << 20
"""The longest line in bytes, without its newline: what reading one takes of memory."""

Break = Literal["unreadable", "place", "link", "time", "checkpoint"]


class BrokenChainError(ReferenceSystemError):
    """A line does not continue the chain."""

    def __init__(self, kind: Break, found: int | None = None) -> None:
        super().__init__(kind)
        self.kind: Break = kind
        self.found = found
        """The place that the line claims, where it has one."""


class RecordRefusedError(ReferenceSystemError):
    """The record cannot be written as a line. Nothing was written and the chain is as it was."""


class Chain:
    """The state after the last line: enough to write the next one or to check it."""

    def __init__(self) -> None:
        self.tree = Frontier()
        self.last_hash = GENESIS
        self.last_time = ""

    @property
    def size(self) -> int:
        """Records so far."""
        return self.tree.size

    def write(self, fields: Mapping[str, object], now: str, checkpoint: str | None) -> bytes:
        """The line of the next record, without its newline; the chain has moved past it. Raises RecordRefusedError."""
        time = max(self.last_time, now)
        added = {"seq": self.size + 1, "ts": time, "prev_hash": self.last_hash, "checkpoint": checkpoint}
        try:
            line = canonical({**fields, **added})
        except (TypeError, ValueError) as fault:
            raise RecordRefusedError(f"the record is no JSON: {type(fault).__name__}") from None
        if len(line) > LINE_LIMIT:
            raise RecordRefusedError("the record is too long for a line")
        self._move(line, time)
        return line

    def read(self, line: bytes, checkpoint: str | None) -> Mapping[str, object]:
        """The record in the next line; the chain has moved past it. Raises BrokenChainError and stays where it was."""
        fields = parsed(line)
        place, time = fields.get("seq"), fields.get("ts")
        if type(place) is not int or not isinstance(time, str):
            raise BrokenChainError("unreadable")
        if place != self.size + 1:
            raise BrokenChainError("place", place)
        if fields.get("prev_hash") != self.last_hash:
            raise BrokenChainError("link", place)
        if time < self.last_time:
            raise BrokenChainError("time", place)
        if fields.get("checkpoint") != checkpoint:
            raise BrokenChainError("checkpoint", place)
        self._move(line, time)
        return fields

    def _move(self, line: bytes, time: str) -> None:
        self.tree.append(leaf_hash(line))
        self.last_hash, self.last_time = line_hash(line), time


def parsed(line: bytes) -> Mapping[str, object]:
    """The members of a line. Raises BrokenChainError where it is no JSON object or too long."""
    try:
        fields = parse(line) if len(line) <= LINE_LIMIT else None
    except StrictJsonError:
        fields = None
    if not isinstance(fields, dict):
        raise BrokenChainError("unreadable")
    return fields


def line_hash(line: bytes) -> str:
    """What the next line names as `prev_hash`."""
    return hashlib.sha256(line).hexdigest()


def lines_of(file: BinaryIO) -> Iterator[bytes]:
    """The finished lines from here on, without their newlines. One that is too long comes cut, and is the last."""
    while line := file.readline(LINE_LIMIT + 1):
        if line.endswith(b"\n"):
            yield line[:-1]
            continue
        if len(line) > LINE_LIMIT:
            yield line
        return


def written(moment: datetime) -> str:
    """A moment as `ts` has it: text that sorts as the moments do."""
    return moment.isoformat(timespec="microseconds")
