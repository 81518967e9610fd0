"""Compact JWS: taken apart strictly before any key is looked at, then checked with PyJWT.

PyJWT accepts duplicate members, padded base64, any `typ`, and ignores `jku`, `x5u` and `x5c`; it is not asked.
"""

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import jwt

from system_under_test.gateway.keys import ALGORITHMS, VerificationKey
from system_under_test.gateway.rejection import RejectedError
from system_under_test.strict_json import StrictJsonError, parse

TYPES: Final = frozenset({"at+jwt", "application/at+jwt"})
"""RFC 9068, section 2.1: an access token says that it is one."""

_FORBIDDEN: Final = frozenset({"jku", "x5u", "x5c", "jwk", "crit", "b64"})
"""Members that name or carry a key, or change how the token is to be read."""

_BASE64URL: Final = re.compile(r"[A-Za-z0-9_-]+", re.ASCII)
_KEY_ID: Final = re.compile(r"[\x21-\x7e]{1,128}", re.ASCII)
_JWS: Final = jwt.PyJWS(options={"enforce_minimum_key_length": True})


@dataclass(frozen=True, slots=True)
class CompactToken:
    """A token in three segments. Nothing in it is proven until `check_signature` has returned."""

    text: str
    algorithm: str
    key_id: str
    payload: Mapping[str, object]


def take_apart(token: str, *, limit_bytes: int) -> CompactToken:
    """The header and the claims of a token that has the right form.

    Raises RejectedError for every deviation: size, segments, base64, duplicate members, header members, type.
    """
    if len(token) > limit_bytes:
        raise RejectedError("token_too_large")
    segments = token.split(".")
    if len(segments) != 3:
        raise RejectedError("token_malformed")
    header, payload, _ = (_decoded(segment) for segment in segments)
    members = _mapping(header)
    if not _FORBIDDEN.isdisjoint(members):
        raise RejectedError("header_forbidden")
    kind, algorithm, key_id = members.get("typ"), members.get("alg"), members.get("kid")
    if not isinstance(kind, str) or kind not in TYPES:
        raise RejectedError("type_wrong")
    if not isinstance(algorithm, str) or algorithm not in ALGORITHMS:
        raise RejectedError("algorithm_forbidden")
    if not isinstance(key_id, str) or not _KEY_ID.fullmatch(key_id):
        raise RejectedError("key_unknown")
    return CompactToken(token, algorithm, key_id, _mapping(payload))


def check_signature(token: CompactToken, key: VerificationKey) -> None:
    """Return where the signature holds under the one algorithm that the key is bound to; else raise RejectedError."""
    if token.algorithm != key.algorithm:
        raise RejectedError("algorithm_not_of_key")
    try:
        _JWS.decode_complete(token.text, key=key.key, algorithms=[key.algorithm])
    except jwt.PyJWTError:
        raise RejectedError("signature_wrong") from None


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


def _mapping(decoded: bytes) -> Mapping[str, object]:
    try:
        value = parse(decoded)
    except StrictJsonError:
        raise RejectedError("token_ambiguous") from None
    if not isinstance(value, dict):
        raise RejectedError("token_malformed")
    return value
