"""Canonical bytes and their sha256: whatever can move a number is named by digest."""

import hashlib
import json


def canonical_json(value: object) -> str:
    """JSON with sorted keys, no spaces, ASCII only and no NaN, so that equal values have equal bytes."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)


def digest_of(value: object) -> str:
    """sha256 of the canonical JSON of `value`, as 64 hexadecimal characters."""
    return hashlib.sha256(canonical_json(value).encode("ascii")).hexdigest()


def digest_of_bytes(content: bytes) -> str:
    """sha256 of `content`, as 64 hexadecimal characters."""
    return hashlib.sha256(content).hexdigest()
