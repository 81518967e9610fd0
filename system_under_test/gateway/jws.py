"""Compact JWS (RFC 7515, section 7.1): taken apart strictly before any key is looked at, then checked with PyJWT.

PyJWT's own parser accepts duplicate members and padded base64, and ignores `jku`, `x5u` and `x5c`; it is not asked.
Only its signature algorithms are.
"""

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from system_under_test.gateway.keys import VerificationKey
from system_under_test.gateway.rejection import RejectedError
from system_under_test.strict_json import StrictJsonError, parse

_FORBIDDEN: Final = frozenset({"jku", "x5u", "x5c", "jwk", "crit", "b64"})
"""Members that name or carry a key, or change how the token is to be read."""

_BASE64URL: Final = re.compile(r"[A-Za-z0-9_-]*", re.ASCII)


@dataclass(frozen=True, slots=True)
class CompactJws:
    """A JWS in three segments. Nothing in it is proven until `check_signature` has returned."""

    header: Mapping[str, object]
    algorithm: str
    payload: bytes
    signed: bytes
    """The first two segments as they were sent: what the signature is over."""
    signature: bytes


def read_jws(text: str, *, limit_bytes: int) -> CompactJws:
    """The parts of a JWS that has the right form.

    Raises RejectedError for every deviation: size, segments, base64, duplicate members, forbidden header members.
    """
    if len(text) > limit_bytes:
        raise RejectedError("token_too_large")
    segments = text.split(".", 3)
    if len(segments) != 3:
        raise RejectedError("token_malformed")
    header, payload, signature = (_decoded(segment) for segment in segments)
    members = json_object(header)
    if not _FORBIDDEN.isdisjoint(members):
        raise RejectedError("header_forbidden")
    algorithm = members.get("alg")
    if not isinstance(algorithm, str):
        raise RejectedError("algorithm_forbidden")
    return CompactJws(members, algorithm, payload, text.rpartition(".")[0].encode("ascii"), signature)


def check_signature(jws: CompactJws, key: VerificationKey) -> None:
    """Return where the signature holds under the one algorithm that the key is bound to; else raise RejectedError."""
    if jws.algorithm != key.algorithm:
        raise RejectedError("algorithm_not_of_key")
    if not key.key.Algorithm.verify(jws.signed, key.key.key, jws.signature):
        raise RejectedError("signature_wrong")


def json_object(decoded: bytes) -> Mapping[str, object]:
    """The members of a segment that must be a JSON object. Raises RejectedError, also for a member that is twice."""
    try:
        value = parse(decoded)
    except StrictJsonError:
        raise RejectedError("token_ambiguous") from None
    if not isinstance(value, dict):
        raise RejectedError("token_malformed")
    return value


def _decoded(segment: str) -> bytes:
    if not _BASE64URL.fullmatch(segment):
        raise RejectedError("token_malformed")
    try:
        decoded = base64.urlsafe_b64decode(segment + "=" * (-len(segment) % 4))
    except binascii.Error:
        raise RejectedError("token_malformed") from None
    if base64.urlsafe_b64encode(decoded).rstrip(b"=").decode("ascii") != segment:
        # Spare bits in the last character: other text, same token.
        raise RejectedError("token_malformed")
    return decoded
