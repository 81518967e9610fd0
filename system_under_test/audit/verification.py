"""Reading a log again and holding every line against the chain and the signed checkpoints.

What it finds: any change, removal, insertion or reordering of a line, an end that is missing, a rewritten chain, a
removed checkpoint, another key. What no file can show by itself: records that were cut off together with every
checkpoint over them. A checkpoint, or a number of records, that was kept elsewhere shows that too.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import BinaryIO, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from system_under_test.audit.chain import BrokenChainError, Chain, line_hash, lines_of, parsed
from system_under_test.audit.checkpoints import FILE_NAME as CHECKPOINTS_NAME
from system_under_test.audit.checkpoints import Checkpoint, CheckpointReader
from system_under_test.audit.notes import NoteError
from system_under_test.errors import ReferenceSystemError

Found = Callable[[Mapping[str, object], int, int], None]
"""Told of each record: its members, where its line begins in the file, and the length of the line in bytes."""


class TamperedError(ReferenceSystemError):
    """The log is not what was written."""

    def __init__(self, first_bad: int, signed: int, finding: str) -> None:
        vouched = f"a checkpoint vouches for 1 to {signed}" if signed else "no checkpoint vouches for any record"
        super().__init__(f"{finding}; the first bad sequence number is {first_bad}; {vouched}")
        self.first_bad = first_bad
        """The first record that contradicts what stands beside it; where a chain was written anew so that only a
        checkpoint contradicts it, the first that none vouches for: where the new chain begins cannot be seen."""
        self.signed = signed
        """Records that a checkpoint still vouches for. Nothing vouches for one between these and the first bad one."""


class NoLogError(ReferenceSystemError):
    """There is neither a log nor a checkpoint, so that there is nothing to verify."""


@dataclass(frozen=True, slots=True)
class Verified:
    """A log that holds."""

    chain: Chain
    end: int
    """Bytes of the finished lines; what follows was never acknowledged."""
    unfinished: int
    """Bytes after them."""
    checkpoint: Checkpoint | None
    """The last one. There is none where a first start was cut off."""
    checkpoints: int
    checkpoints_end: int

    @property
    def unsigned(self) -> int:
        """Records after the last checkpoint: chained, and not signed yet."""
        return self.chain.size - (self.checkpoint.size if self.checkpoint else 0)


@dataclass(frozen=True, slots=True)
class Expected:
    """What is known of the log from elsewhere."""

    checkpoints: Sequence[Checkpoint] = ()
    """Copies that were kept outside, already opened with the log's key."""
    size: int = 0
    """The log must hold at least this many records."""


def verify(
    log: Path, key: Ed25519PublicKey, *, expected: Expected = Expected(), found: Found = lambda *_: None
) -> Verified:
    """Read a log and the checkpoints beside it, each line once. Memory does not grow with the log.

    The log may be written to meanwhile. Raises TamperedError with the first bad sequence number, or NoLogError.
    """
    checkpoints = log.with_name(CHECKPOINTS_NAME)
    if not log.exists() and not checkpoints.exists():
        raise NoLogError(f"there is no audit log in {log.parent}")
    with CheckpointReader(checkpoints, key) as reader:
        walk = _Walk(reader, expected, found)
        try:
            if log.exists():
                with log.open("rb") as file:
                    walk.through(file)
            walk.finish()
        except NoteError as fault:
            raise TamperedError(walk.signed + 1, walk.signed, str(fault)) from None
        return Verified(walk.chain, walk.end, walk.unfinished, reader.last, reader.count, reader.end)


class _Walk:
    """One reading from the first record to the last."""

    def __init__(self, reader: CheckpointReader, expected: Expected, found: Found) -> None:
        self.chain = Chain()
        self.end = self.unfinished = 0
        self.signed = 0
        """Records that a checkpoint has vouched for so far."""
        self._reader = reader
        self._found = found
        self._size = expected.size
        self._outside = sorted(expected.checkpoints, key=lambda one: one.size, reverse=True)
        """From the largest to the smallest; one that was compared is taken away."""

    def through(self, file: BinaryIO) -> None:
        """Every finished line of the log."""
        lines = lines_of(file)
        for line in lines:
            checkpoint = self._compared(line)
            try:
                fields = self.chain.read(line, checkpoint)
            except BrokenChainError as broken:
                raise self._tampered(broken, line, next(lines, None)) from None
            self._found(fields, self.end, len(line))
            self.end += len(line) + 1
        self.unfinished = file.tell() - self.end

    def finish(self) -> None:
        """What must be there after the last line, and is not."""
        self._compared(None)
        held = self.chain.size
        for checkpoint in self._outside:
            self._is_of_this_log(checkpoint)
        sizes = chain((one.size for one in self._reader.left()), (one.size for one in self._outside))
        vouched = max(sizes, default=0)
        if vouched > held:
            raise self._wrong(held + 1, f"the log holds {held} records, and a checkpoint was signed over {vouched}")
        if self._size > held:
            raise self._wrong(held + 1, f"the log holds {held} records, and {self._size} are expected")
        if held and self._reader.last is None:
            raise TamperedError(1, 0, f"{CHECKPOINTS_NAME} is missing or empty beside a log of {held} records")

    def _compared(self, following: bytes | None) -> str | None:
        """The digest of the checkpoint over the records so far, once it was found to be about these very records."""
        beside = self._reader.at(self.chain.size)
        if beside:
            self._compare(beside, following)
        while self._outside and self._outside[-1].size == self.chain.size:
            outside = self._outside.pop()
            self._is_of_this_log(outside)
            self._compare(outside, following)
        return beside.digest() if beside else None

    def _is_of_this_log(self, outside: Checkpoint) -> None:
        if self._reader.last and outside.origin != self._reader.last.origin:
            raise TamperedError(1, 0, "the log is another one than the log that the expected checkpoint is about")

    def _compare(self, checkpoint: Checkpoint, following: bytes | None) -> None:
        size, first = self.chain.size, self.signed + 1
        if (checkpoint.root, checkpoint.last_hash) == (self.chain.tree.root(), self.chain.last_hash):
            self.signed = size
        elif first > size:
            raise self._wrong(size, f"the key has signed two different logs of {size} records")
        elif following is not None and _link(following) == checkpoint.last_hash:
            raise self._wrong(size, f"record {size} is not the one that was signed")
        else:
            raise self._wrong(first, f"the records {first} to {size} are not those that were signed")

    def _tampered(self, broken: BrokenChainError, line: bytes, following: bytes | None) -> TamperedError:
        place = self.chain.size + 1
        if broken.kind == "link" and not self._line_is_at_fault(line, following):
            return self._wrong(place - 1, f"record {place - 1} is not the one that record {place} was chained to")
        return self._wrong(place, _FINDINGS[broken.kind].format(place=place, found=broken.found))

    def _line_is_at_fault(self, line: bytes, following: bytes | None) -> bool:
        """Whether a link is broken by the line that names it, and not by the line that it names."""
        if self.signed == self.chain.size:
            return True
        if following is not None:
            return _link(following) != line_hash(line)
        checkpoint = self._reader.at(self.chain.size + 1)
        return checkpoint is not None and checkpoint.last_hash != line_hash(line)

    def _wrong(self, first_bad: int, finding: str) -> TamperedError:
        return TamperedError(first_bad, self.signed, finding)


def _link(line: bytes) -> object:
    """What a line says that the hash of the line before it is, where it can be read."""
    try:
        return parsed(line).get("prev_hash")
    except BrokenChainError:
        return None


_FINDINGS: Final = {
    "unreadable": "record {place} cannot be read",
    "place": "record {found} stands where record {place} belongs",
    "link": "record {place} is not chained to the record before it",
    "time": "the time of record {place} goes backwards",
    "checkpoint": "record {place} names another checkpoint than the one before it: a checkpoint was removed or added",
}
