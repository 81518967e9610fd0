"""The audit log: append-only JSON Lines, chained by hash, signed at checkpoints, durable before anybody is answered.

`chain` says what a line holds, `checkpoints` what is signed, `verification` what can be found out later. A checkpoint
is written when `signer` says so, at a start that finds unsigned records, and at the end; always after its records were
acknowledged, so that no answer waits for its own signature. The file is not rotated.
"""

import os
import threading
from collections import deque
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from system_under_test.audit import audit_key, checkpoints
from system_under_test.audit.append_file import AppendFile, InUseError
from system_under_test.audit.audit_key import AuditKeyError, made_key, signing_key
from system_under_test.audit.chain import RecordRefusedError, written
from system_under_test.audit.records import Record
from system_under_test.audit.signer import Rhythm, Signer
from system_under_test.audit.verification import TamperedError, Verified, verify
from system_under_test.errors import ReferenceSystemError
from system_under_test.strict_json import parse

_DEFAULT: Final = Rhythm()


class AuditError(ReferenceSystemError):
    """A record cannot be kept, so that nothing may be answered."""


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a record of a tenant stands in the file, and whose it is. A stranger's is never read: none is kept."""

    offset: int
    length: int
    tenant: object


class AuditLog:
    """One writer for one file. Appends of several threads share a write and an fsync where they meet.

    After a failed write the log stays closed to appends, because nobody knows what is on the disk.
    """

    def __init__(
        self,
        path: Path,
        *,
        key_path: Path | None = None,
        rhythm: Rhythm = _DEFAULT,
        sync: Callable[[int], None] = os.fsync,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """Open or begin the log at `path`; the key lies beside it unless `key_path` says where. Raises AuditError."""
        self._now = now
        self._places: dict[object, _Place] = {}
        self._broken = False
        self._waiting: deque[tuple[Record, Future[None]]] = deque()
        self._reading = threading.Lock()
        with ExitStack() as opened:
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
                self._file = _opened(opened, path, sync)
                signed = _opened(opened, path.with_name(checkpoints.FILE_NAME), sync)
                key_path = key_path or path.with_name(audit_key.FILE_NAME)
                key = _key(key_path, begins=not self._file.size() and not signed.size())
                held = self._verified(path, key_path, key)
                self._file.cut(held.end)
                signed.cut(held.checkpoints_end)
                self._chain, self._end = held.chain, held.end
                self._signer = Signer(signed, key, held.checkpoint, rhythm, now)
                self._signer.sign(self._chain)
            except (InUseError, AuditKeyError, OSError) as fault:
                raise AuditError(str(fault)) from fault
            self._files = opened.pop_all()
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="audit")

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
            return parse(self._file.read(place.offset, place.length))

    def close(self) -> None:
        """Write what is waiting, sign it, then give the files back. Safe to call twice.

        Raises AuditError where the last records are kept but could not be signed.
        """
        self._writer.shutdown(wait=True)
        with self._reading, self._files:
            if not self._broken:
                self._broken = True
                try:
                    self._signer.sign(self._chain)
                except OSError as fault:
                    raise AuditError(f"the last checkpoint cannot be written: {type(fault).__name__}") from None

    def _drain(self) -> None:
        batch: list[tuple[Record, Future[None]]] = []
        while self._waiting:
            batch.append(self._waiting.popleft())
        if not batch:
            return
        try:
            kept = self._write(batch)
        except Exception as fault:  # noqa: BLE001 - whatever it was, nobody may be left waiting for an answer
            self._broken = True
            for _, future in batch:
                if not future.done():
                    future.set_exception(AuditError(f"the audit log cannot be written: {type(fault).__name__}"))
            return
        for future in kept:
            future.set_result(None)
        try:
            self._signer.sign_when_due(self._chain)
        except Exception:  # noqa: BLE001 - the records are safe and acknowledged; the next one is refused
            self._broken = True

    def _write(self, batch: list[tuple[Record, Future[None]]]) -> list[Future[None]]:
        """Those whose records are on the disk. One whose record is no line fails alone: nothing of it was written."""
        if self._broken:
            raise AuditError("an earlier write failed")
        lines, places, kept, end = [], {}, [], self._end
        for record, future in batch:
            checkpoint = self._signer.digest(self._chain.size)
            try:
                line = self._chain.write(record.fields(), written(self._now()), checkpoint)
            except RecordRefusedError as fault:
                future.set_exception(AuditError(str(fault)))
                continue
            if record.tenant is not None:
                places[record.record_id] = _Place(end, len(line), record.tenant)
            lines.append(line + b"\n")
            kept.append(future)
            end += len(line) + 1
        if lines:
            self._file.append(b"".join(lines))
        self._places.update(places)
        self._end = end
        return kept

    def _verified(self, path: Path, key_path: Path, key: Ed25519PrivateKey) -> Verified:
        """What the log holds. A last line without its newline was never acknowledged and is not part of it."""
        try:
            return verify(path, key.public_key(), found=self._found)
        except TamperedError as fault:
            raise AuditError(_refusal(path, key_path, fault)) from fault

    def _found(self, fields: Mapping[str, object], offset: int, length: int) -> None:
        tenant = fields.get("tenant")
        if tenant is not None:
            self._places[fields.get("record_id")] = _Place(offset, length, tenant)


def _opened(opened: ExitStack, path: Path, sync: Callable[[int], None]) -> AppendFile:
    file = AppendFile(path, sync)
    opened.callback(file.close)
    return file


def _key(path: Path, *, begins: bool) -> Ed25519PrivateKey:
    """The log's key. Only a log that begins may get a new one: a log that is signed is not signed on by a stranger."""
    if begins:
        return made_key(path)
    try:
        return signing_key(path)
    except AuditKeyError as fault:
        raise AuditKeyError(f"{fault}; put back the key of this log, or move its folder away to begin anew") from None


def _refusal(path: Path, key_path: Path, fault: TamperedError) -> str:
    return (
        f"the audit log is not continued: {fault}. Keep the folder as it is and look with "
        f"`python -m system_under_test audit key {key_path} > audit-key.pub` and "
        f"`python -m system_under_test audit verify {path.parent} --key audit-key.pub`"
    )
