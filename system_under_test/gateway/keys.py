"""Verification keys: which members of a JSON Web Key Set may prove anything (RFC 7517)."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import jwt

from system_under_test.errors import ReferenceSystemError

ALGORITHMS: Final = frozenset(
    {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"}
)
"""Asymmetric signatures only: with one family of keys, a public key can never be taken for a shared secret."""

_BY_CURVE: Final = {"P-256": "ES256", "P-384": "ES384", "P-521": "ES512", "Ed25519": "EdDSA"}
_KEYS_PER_SET: Final = 64
_RSA_BITS: Final = range(2_048, 8_192 + 1)
"""Shorter ones can be factored; longer ones cost each request more than they protect."""
_PRIVATE: Final = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth"})


class KeySetError(ReferenceSystemError):
    """A key set that must not be used at all. The message names the fault and no key material."""


@dataclass(frozen=True, slots=True)
class VerificationKey:
    """A public key with the one algorithm it is bound to."""

    key_id: str
    algorithm: str
    key: jwt.PyJWK


def parse_key_set(jwks: object) -> Mapping[str, VerificationKey]:
    """The usable keys of a key set, by key id.

    Keys for other uses and of other algorithms are passed over. The whole set is refused (KeySetError) where it
    is malformed, holds private or symmetric key material, or names a key id twice: such a set was made by mistake
    or by an attacker.
    """
    listed = jwks.get("keys") if isinstance(jwks, Mapping) else None
    if not isinstance(listed, list) or len(listed) > _KEYS_PER_SET:
        raise KeySetError(f"a key set is an object with a list `keys` of at most {_KEYS_PER_SET} members")
    members = [member for member in listed if isinstance(member, Mapping)]
    if len(members) != len(listed):
        raise KeySetError("a key is not an object")
    _refuse_secrets(members)
    counts = Counter(kid for member in members if isinstance(kid := member.get("kid"), str))
    if any(count > 1 for count in counts.values()):
        raise KeySetError("a key id occurs twice")
    keys = (_key(member) for member in members)
    return {key.key_id: key for key in keys if key is not None}


def usable_keys(jwks: object) -> Mapping[str, VerificationKey]:
    """The keys of `parse_key_set`, of which there must be one: a set without any is a mistake or an outage.

    Raises KeySetError.
    """
    keys = parse_key_set(jwks)
    if not keys:
        raise KeySetError("the key set holds no key that can verify a signature")
    return keys


def _refuse_secrets(members: list[Mapping[str, object]]) -> None:
    for member in members:
        if member.get("kty") == "oct" or "k" in member:
            raise KeySetError("a symmetric key in a public key set")
        if not _PRIVATE.isdisjoint(member):
            raise KeySetError("a private key in a public key set")


def _key(member: Mapping[str, object]) -> VerificationKey | None:
    key_id, algorithm = member.get("kid"), _algorithm(member)
    if not isinstance(key_id, str) or algorithm is None or not _signs(member):
        return None
    try:
        key = jwt.PyJWK(dict(member), algorithm)
    except (jwt.PyJWTError, ValueError, TypeError):
        raise KeySetError("a signature key cannot be read") from None
    if member.get("kty") == "RSA" and getattr(key.key, "key_size", None) not in _RSA_BITS:
        raise KeySetError(f"an RSA key does not have {_RSA_BITS[0]} to {_RSA_BITS[-1]} bits")
    return VerificationKey(key_id, algorithm, key)


def _signs(member: Mapping[str, object]) -> bool:
    """The key states that it is for signatures, by `use`, `key_ops` or `alg`, and nothing in it states otherwise."""
    operations = member.get("key_ops", ["verify"])
    if member.get("use", "sig") != "sig" or not isinstance(operations, list) or "verify" not in operations:
        return False
    return any(name in member for name in ("use", "key_ops", "alg"))


def _algorithm(member: Mapping[str, object]) -> str | None:
    """The algorithm that the key is bound to: the one it names, or the one its type stands for."""
    kind, named, curve = member.get("kty"), member.get("alg"), member.get("crv")
    if kind == "RSA":
        expected = {name for name in ALGORITHMS if name[:2] in {"RS", "PS"}}
        fallback: str | None = "RS256"
    elif kind in ("EC", "OKP") and isinstance(curve, str):
        fallback = _BY_CURVE.get(curve)
        expected = {fallback} if fallback is not None else set()
    else:
        return None
    if named is None:
        return fallback
    return named if isinstance(named, str) and named in expected else None
