"""Checkpoints: signed statements of how many records a log holds and what their Merkle root is.

The text of one is a C2SP tlog-checkpoint: the log's origin, the number of records, the root in base64, and two lines of
this log's own, `last` with the hash of the last record's line and `time` with the moment of signing. It is kept as a
signed note, one JSON line `{"note": ...}` each, in the file beside the log.
"""

import hashlib
import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from system_under_test.audit.chain import BrokenChainError, Chain, lines_of, parsed
from system_under_test.audit.notes import NoteError, decode, encode, opened_note, signed_note
from system_under_test.strict_json import canonical

FILE_NAME: Final = "checkpoints.jsonl"
_TEXT: Final = re.compile(
    r"(?P<origin>\S+)\n(?P<size>0|[1-9][0-9]{0,17})\n(?P<root>[A-Za-z0-9+/]{43}=)\n"
    r"last (?P<last>[0-9a-f]{64})\ntime (?P<time>[0-9T:.+-]{32})\n",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What was signed. Two checkpoints are the same where their notes are."""

    origin: str
    """Names one log: drawn at its first start."""
    size: int
    root: bytes
    last_hash: str
    time: str
    note: str

    def digest(self) -> str:
        """SHA-256 of the note: the next record's `checkpoint`."""
        return hashlib.sha256(self.note.encode("utf-8")).hexdigest()

    def line(self) -> bytes:
        """The line in a file of checkpoints, without its newline."""
        return canonical({"note": self.note})


def new_origin() -> str:
    """A name for a log that no other log has."""
    return f"rag-reference/audit/{secrets.token_hex(8)}"


def signed_checkpoint(origin: str, chain: Chain, time: str, key: Ed25519PrivateKey) -> Checkpoint:
    """The statement about the chain as it stands."""
    root = chain.tree.root()
    text = f"{origin}\n{chain.size}\n{encode(root)}\nlast {chain.last_hash}\ntime {time}\n"
    return Checkpoint(origin, chain.size, root, chain.last_hash, time, signed_note(text, origin, key))


def opened_checkpoint(note: str, key: Ed25519PublicKey) -> Checkpoint:
    """The checkpoint in a note that this key signed. Raises NoteError."""
    text, name = opened_note(note, key)
    found = _TEXT.fullmatch(text)
    if found is None or found["origin"] != name:
        raise NoteError("it is no checkpoint of an audit log")
    return Checkpoint(name, int(found["size"]), decode(found["root"]), found["last"], found["time"], note)


def read_line(line: bytes, key: Ed25519PublicKey) -> Checkpoint:
    """The checkpoint in a line of a file of checkpoints. Raises NoteError."""
    try:
        note = parsed(line).get("note")
    except BrokenChainError:
        note = None
    if not isinstance(note, str):
        raise NoteError("it is no line with a note")
    checkpoint = opened_checkpoint(note, key)
    if checkpoint.line() != line:
        raise NoteError("it holds more than a note")
    return checkpoint


class CheckpointReader:
    """Reads a file of checkpoints side by side with its log, one checkpoint in memory at a time.

    The file may grow meanwhile. An unfinished last line was never relied on and counts as not there.
    """

    def __init__(self, path: Path, key: Ed25519PublicKey) -> None:
        self._file = path.open("rb") if path.exists() else None
        self._known = path.stat().st_size if self._file else 0
        self._key = key
        self._next: Checkpoint | None = None
        self.last: Checkpoint | None = None
        """The last one that was taken."""
        self.count = 0
        """Those that were taken."""
        self.end = 0
        """Bytes of the lines that were taken."""

    def __enter__(self) -> Self:
        """The reader itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Give the file back."""
        if self._file:
            self._file.close()

    def at(self, size: int) -> Checkpoint | None:
        """The checkpoint over this many records, where there is one; ask with growing sizes. Raises NoteError."""
        following = self._peek()
        return self._take(following) if following and following.size == size else None

    def left(self) -> Iterator[Checkpoint]:
        """Those that were in the file when it was opened and were not taken yet. Raises NoteError."""
        while self.end < self._known and (following := self._peek()):
            yield self._take(following)

    def _take(self, following: Checkpoint) -> Checkpoint:
        self.last, self._next = following, None
        self.count += 1
        self.end += len(following.line()) + 1
        return following

    def _peek(self) -> Checkpoint | None:
        if self._next is None and self._file:
            self._file.seek(self.end)
            for line in lines_of(self._file):
                self._next = self._continuing(line)
                break
        return self._next

    def _continuing(self, line: bytes) -> Checkpoint:
        where = f"line {self.count + 1} of {FILE_NAME}"
        try:
            checkpoint = read_line(line, self._key)
        except NoteError as fault:
            raise NoteError(f"{where} cannot be relied on: {fault}") from None
        before = self.last
        if before and (checkpoint.origin != before.origin or checkpoint.size <= before.size):
            raise NoteError(f"{where} does not follow the line before it")
        return checkpoint
