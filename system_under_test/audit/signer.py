"""When a checkpoint is due, and writing it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from system_under_test.audit.append_file import AppendFile
from system_under_test.audit.chain import Chain, written
from system_under_test.audit.checkpoints import Checkpoint, new_origin, signed_checkpoint


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How far the signed part may lag behind."""

    every: int = 64
    """Records."""
    interval: timedelta = timedelta(minutes=1)
    """Looked at when a record is written: a log at rest is signed when it is closed."""


class Signer:
    """Appends checkpoints over one chain to one file."""

    def __init__(
        self,
        file: AppendFile,
        key: Ed25519PrivateKey,
        last: Checkpoint | None,
        rhythm: Rhythm,
        now: Callable[[], datetime],
    ) -> None:
        self._file = file
        self._key = key
        self._last = last
        self._rhythm = rhythm
        self._now = now

    def digest(self, size: int) -> str | None:
        """The digest of the checkpoint over exactly this many records, if the last one is that."""
        return self._last.digest() if self._last and self._last.size == size else None

    def sign_when_due(self, chain: Chain) -> None:
        """Sign where enough records or enough time have passed. Raises OSError."""
        last = self._last
        if (
            last is None
            or chain.size - last.size >= self._rhythm.every
            or self._now() - datetime.fromisoformat(last.time) >= self._rhythm.interval
        ):
            self.sign(chain)

    def sign(self, chain: Chain) -> None:
        """Sign the chain as it stands, unless that was done. Durable afterwards. Raises OSError."""
        last = self._last
        if last and last.size == chain.size:
            return
        origin, before = (last.origin, last.time) if last else (new_origin(), "")
        time = max(written(self._now()), chain.last_time, before)
        checkpoint = signed_checkpoint(origin, chain, time, self._key)
        self._file.append(checkpoint.line() + b"\n")
        self._last = checkpoint
