"""A signed log on the disk, to be tampered with."""

import hashlib
import json
import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from system_under_test.audit.audit_key import signing_key
from system_under_test.audit.checkpoints import Checkpoint, read_line
from system_under_test.audit.log import AuditLog
from system_under_test.audit.records import Record
from system_under_test.audit.signer import Rhythm
from system_under_test.strict_json import canonical

EVERY = 4


@dataclass(frozen=True)
class SignedLog:
    """A folder with a log, its checkpoints and its key."""

    folder: Path
    key: Ed25519PublicKey

    @property
    def path(self) -> Path:
        """The log."""
        return self.folder / "audit.jsonl"

    @property
    def checkpoints_path(self) -> Path:
        """The checkpoints."""
        return self.folder / "checkpoints.jsonl"

    def lines(self) -> list[bytes]:
        """The lines of the log."""
        return self.path.read_bytes().splitlines()

    def put(self, lines: Iterable[bytes]) -> None:
        """Replace the lines of the log."""
        self.path.write_bytes(b"".join(line + b"\n" for line in lines))

    def checkpoints(self) -> list[Checkpoint]:
        """The checkpoints, opened."""
        return [read_line(line, self.key) for line in self.checkpoints_path.read_bytes().splitlines()]

    def put_checkpoints(self, checkpoints: Iterable[Checkpoint]) -> None:
        """Replace the lines of the checkpoints."""
        self.checkpoints_path.write_bytes(b"".join(one.line() + b"\n" for one in checkpoints))


def record(name: str, **fields: Any) -> Record:
    """An answered request."""
    return Record(name, "answer", "answered", 200, tenant="acme", **fields)


def signed_log(folder: Path, records: int, *, close: bool = True, **fields: Any) -> SignedLog:
    """A log that was written with a checkpoint every four records. Without `close` it is left as a crash leaves it."""
    work = folder / "work"
    log = AuditLog(work / "audit.jsonl", rhythm=Rhythm(every=EVERY))
    for number in range(1, records + 1):
        log.append(record(f"record-{number}", **fields)).result()
    log._writer.submit(lambda: None).result()  # the checkpoint comes after the acknowledgement
    if not close:
        shutil.copytree(work, folder / "crashed")
    log.close()
    kept = work if close else folder / "crashed"
    return SignedLog(kept, signing_key(kept / "audit-key.pem").public_key())


def chained_anew(lines: Iterable[bytes]) -> list[bytes]:
    """The lines with places and hashes that agree again: what somebody without the key can do."""
    previous, chained = "0" * 64, []
    for number, line in enumerate(lines, 1):
        fields = {**json.loads(line), "seq": number, "prev_hash": previous}
        chained.append(canonical(fields))
        previous = hashlib.sha256(chained[-1]).hexdigest()
    return chained


@pytest.fixture(scope="session")
def ten_records(tmp_path_factory: pytest.TempPathFactory) -> SignedLog:
    """Ten records with checkpoints over 0, 4, 8 and 10. Not to be changed."""
    return signed_log(tmp_path_factory.mktemp("ten"), 10)


@pytest.fixture
def ten(ten_records: SignedLog, tmp_path: Path) -> SignedLog:
    """A copy to be tampered with."""
    shutil.copytree(ten_records.folder, tmp_path / "copy")
    return SignedLog(tmp_path / "copy", ten_records.key)


@pytest.fixture(scope="session")
def write_log() -> Callable[..., SignedLog]:
    """Writes a signed log into a folder."""
    return signed_log


@pytest.fixture(scope="session")
def chain_anew() -> Callable[[Iterable[bytes]], list[bytes]]:
    """Makes changed lines agree with each other again."""
    return chained_anew
