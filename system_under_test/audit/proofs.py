"""Proofs about a log that show nothing else of it: one record is in it, or it only grew since a checkpoint.

A proof is one JSON object. It is checked with the log's public key alone; the log is not needed, and the hashes on its
path tell nothing about the other records.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from system_under_test.audit.chain import BrokenChainError, lines_of, parsed
from system_under_test.audit.checkpoints import Checkpoint, opened_checkpoint
from system_under_test.audit.merkle import (
    consistency_holds,
    consistency_spans,
    inclusion_holds,
    inclusion_spans,
    leaf_hash,
    roots_of,
)
from system_under_test.audit.notes import NoteError
from system_under_test.audit.verification import Expected, verify
from system_under_test.errors import ReferenceSystemError
from system_under_test.strict_json import StrictJsonError, parse

INCLUSION: Final = "audit record inclusion, RFC 9162"
GROWTH: Final = "audit log consistency, RFC 9162"
_HASH: Final = re.compile(r"[0-9a-f]{64}")
_MEMBERS: Final = {
    INCLUSION: {"proof": str, "checkpoint": str, "record": str, "index": int, "path": list},
    GROWTH: {"proof": str, "checkpoint": str, "since": str, "path": list},
}


@dataclass(frozen=True, slots=True)
class Proven:
    """What a proof has shown."""

    words: str
    record: Mapping[str, object] | None
    """Where it is about a record."""


class NotProvableError(ReferenceSystemError):
    """There is no such record, or no checkpoint vouches for it yet."""


class ProofUnreadableError(ReferenceSystemError):
    """The file is no proof."""


class ProofRefusedError(ReferenceSystemError):
    """The proof proves nothing: it was changed, or it was made with another key."""


def prove_record(log: Path, key: Ed25519PublicKey, record_id: str) -> dict[str, object]:
    """The proof that the log holds this record, under its last checkpoint.

    The whole log is verified first: raises what `verify` raises, and NotProvableError.
    """
    places: list[tuple[object, int, int]] = []

    def found(fields: Mapping[str, object], offset: int, length: int) -> None:
        if fields.get("record_id") == record_id:
            places.append((fields["seq"], offset, length))

    checkpoint = verify(log, key, found=found).checkpoint
    if not places:
        raise NotProvableError("the log holds no record with this id")
    seq, offset, length = places[0]
    if checkpoint is None or not isinstance(seq, int) or seq > checkpoint.size:
        raise NotProvableError("the record is kept, and no checkpoint is signed over it yet")
    index = seq - 1
    with log.open("rb") as file:
        file.seek(offset)
        record = file.read(length)
    return {
        "proof": INCLUSION,
        "checkpoint": checkpoint.note,
        "record": record.decode("utf-8"),
        "index": index,
        "path": _path(log, inclusion_spans(index, checkpoint.size)),
    }


def prove_growth(log: Path, key: Ed25519PublicKey, since: Checkpoint) -> dict[str, object]:
    """The proof that what `since` was signed over is still the beginning of the log. Raises what `verify` raises."""
    checkpoint = verify(log, key, expected=Expected((since,))).checkpoint
    if checkpoint is None or checkpoint.size < since.size:
        raise NotProvableError("the last checkpoint of the log is older than the given one")
    return {
        "proof": GROWTH,
        "checkpoint": checkpoint.note,
        "since": since.note,
        "path": _path(log, consistency_spans(since.size, checkpoint.size)),
    }


def check_proof(content: bytes, key: Ed25519PublicKey) -> Proven:
    """What the proof in a file shows. Raises ProofUnreadableError or ProofRefusedError."""
    proof = _parsed(content)
    try:
        checkpoint = opened_checkpoint(str(proof["checkpoint"]), key)
        if proof["proof"] == INCLUSION:
            return _inclusion(proof, checkpoint)
        return _growth(proof, opened_checkpoint(str(proof["since"]), key), checkpoint)
    except NoteError as fault:
        raise ProofRefusedError(f"a checkpoint in the proof cannot be relied on: {fault}") from None


def _inclusion(proof: dict[str, object], checkpoint: Checkpoint) -> Proven:
    record, index = str(proof["record"]).encode("utf-8"), proof["index"]
    if not isinstance(index, int) or not inclusion_holds(
        leaf_hash(record), index, checkpoint.size, _hashes(proof["path"]), checkpoint.root
    ):
        raise ProofRefusedError("the record is not the one that the checkpoint was signed over")
    try:
        fields = parsed(record)
    except BrokenChainError:
        raise ProofRefusedError("what was signed is no record") from None
    words = f"record {index + 1} of {checkpoint.size} in {checkpoint.origin}, signed {checkpoint.time}"
    return Proven(words, fields)


def _growth(proof: dict[str, object], since: Checkpoint, checkpoint: Checkpoint) -> Proven:
    if since.origin != checkpoint.origin or not consistency_holds(
        since.size, since.root, checkpoint.size, checkpoint.root, _hashes(proof["path"])
    ):
        raise ProofRefusedError("the log of the later checkpoint does not begin with that of the earlier one")
    words = f"{since.size} records signed {since.time} are the first of {checkpoint.size} signed {checkpoint.time}"
    return Proven(f"{words} in {checkpoint.origin}", None)


def _path(log: Path, spans: Sequence[range]) -> list[str]:
    with log.open("rb") as file:
        return [root.hex() for root in roots_of(spans, (leaf_hash(line) for line in lines_of(file)))]


def _hashes(path: object) -> list[bytes]:
    """Raises ProofUnreadableError where the path is no list of hashes in lower-case hexadecimal."""
    hashes = path if isinstance(path, list) else [None]
    if not all(isinstance(one, str) and _HASH.fullmatch(one) for one in hashes):
        raise ProofUnreadableError("the path of the proof is no list of hashes")
    return [bytes.fromhex(str(one)) for one in hashes]


def _parsed(content: bytes) -> dict[str, object]:
    try:
        proof = parse(content)
    except StrictJsonError as fault:
        raise ProofUnreadableError(f"the file is no proof: {fault}") from None
    kind = proof.get("proof") if isinstance(proof, dict) else None
    members = _MEMBERS.get(kind) if isinstance(kind, str) else None
    if not isinstance(proof, dict) or members is None:
        raise ProofUnreadableError("the file is no proof about an audit log")
    if {name: type(value) for name, value in proof.items()} != members:
        raise ProofUnreadableError("the proof has other members than it should")
    return proof
