"""The audit log: append-only JSON Lines, chained by hash, durable before anybody is answered.

Line n carries `prev_hash`, the SHA-256 of the bytes of line n-1 without its newline; the first carries 64 zeros.
A chain alone does not show a cut-off tail or a rewritten file; signed checkpoints are needed for that.
"""

import fcntl
import hashlib
import os
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, Final

from system_under_test.audit.records import Record
from system_under_test.errors import ReferenceSystemError
from system_under_test.strict_json import StrictJsonError, canonical, parse

GENESIS: Final = "0" * 64


class AuditError(ReferenceSystemError):
    """A record cannot be kept, so that nothing may be answered."""


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a record stands in the file, and whose it is."""

    offset: int
    length: int
    tenant: str | None


class AuditLog:
    """One writer for one file. Appends of several threads share a write and an fsync where they meet.

    After a failed write the log stays closed to appends, because nobody knows what is on the disk.
    """

    def __init__(
        self,
        path: Path,
        *,
        sync: Callable[[int], None] = os.fsync,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = _opened(path)
        self._sync = sync
        self._now = now
        self._places: dict[str, _Place] = {}
        self._seq = 0
        self._previous = GENESIS
        self._last = ""
        self._end = 0
        self._broken = False
        self._waiting: deque[tuple[Record, Future[None]]] = deque()
        self._reading = threading.Lock()
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="audit")
        try:
            self._resume()
        except AuditError:
            self._file.close()
            raise

    def append(self, record: Record) -> Future[None]:
        """A future that is done once the record is on the disk, and fails with AuditError where it is not."""
        future: Future[None] = Future()
        future.set_running_or_notify_cancel()  # a caller who goes away cannot take the record back
        self._waiting.append((record, future))
        try:
            self._writer.submit(self._drain)
        except RuntimeError:
            future.set_exception(AuditError("the audit log is closed"))
        return future

    def read(self, record_id: str, tenant: str) -> object | None:
        """The record with this id if it is this tenant's own, else None: foreign and missing look the same."""
        place = self._places.get(record_id)
        if place is None or place.tenant != tenant:
            return None
        with self._reading:
            return parse(os.pread(self._file.fileno(), place.length, place.offset))

    def close(self) -> None:
        """Write what is waiting, then give the file back. Safe to call twice."""
        self._writer.shutdown(wait=True)
        with self._reading:
            self._file.close()

    def _drain(self) -> None:
        batch: list[tuple[Record, Future[None]]] = []
        while self._waiting:
            batch.append(self._waiting.popleft())
        if not batch:
            return
        try:
            self._write([record for record, _ in batch])
        except (OSError, ValueError, AuditError) as fault:
            self._broken = True
            for _, future in batch:
                future.set_exception(AuditError(f"the audit log cannot be written: {type(fault).__name__}"))
            return
        for _, future in batch:
            future.set_result(None)

    def _write(self, records: list[Record]) -> None:
        if self._broken:
            raise AuditError("an earlier write failed")
        lines, places, previous, end = [], {}, self._previous, self._end
        for number, record in enumerate(records, self._seq + 1):
            self._last = max(self._last, self._now().isoformat(timespec="microseconds"))
            line = canonical({**record.fields(), "seq": number, "ts": self._last, "prev_hash": previous})
            places[record.record_id] = _Place(end, len(line), record.tenant)
            previous, end = hashlib.sha256(line).hexdigest(), end + len(line) + 1
            lines.append(line + b"\n")
        self._file.write(b"".join(lines))
        self._file.flush()
        self._sync(self._file.fileno())
        self._places.update(places)
        self._seq, self._previous, self._end = self._seq + len(records), previous, end

    def _resume(self) -> None:
        """Read what is there and check its chain. A last line without its newline was never acknowledged: cut it."""
        self._file.seek(0)
        for line in self._file:
            if not line.endswith(b"\n"):
                self._file.truncate(self._end)
                break
            self._take(line[:-1])
        self._file.seek(0, os.SEEK_END)

    def _take(self, line: bytes) -> None:
        try:
            fields = parse(line)
        except StrictJsonError:
            fields = None
        if not isinstance(fields, dict) or fields.get("prev_hash") != self._previous or fields["seq"] != self._seq + 1:
            raise AuditError(f"the audit log does not continue after record {self._seq}")
        self._places[fields["record_id"]] = _Place(self._end, len(line), fields["tenant"])
        self._seq, self._last = self._seq + 1, fields["ts"]
        self._previous, self._end = hashlib.sha256(line).hexdigest(), self._end + len(line) + 1


def _opened(path: Path) -> BinaryIO:
    """The file, created where missing, for its owner only, locked against a second writer."""
    file = os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600), "r+b")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.close()
        raise AuditError("another process writes this audit log") from None
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    os.fsync(folder)  # a new file is durable only once its folder is
    os.close(folder)
    return file
