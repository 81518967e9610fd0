"""What proves an identity to the small system: a strict reader of tokens that can be told to leave out one check.

Each check has a name. Left out, the reader does what a careless gateway does in its place: believes the algorithm in
the header, follows the address of a key, takes the last of two members. So a test can see which token only that check
refuses.
"""

import base64
import binascii
import json
import re
import time
import unicodedata
import urllib.parse
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import jwt
from cryptography import x509
from cryptography.hazmat.primitives import serialization

CLASSES = ("public", "internal", "confidential", "restricted")
LEEWAY_S, LIFETIME_S, LONGEST = 30, 3600, 8 * 1024
REQUIRED = ("iss", "aud", "sub", "exp", "iat", "tenant", "groups", "clearance")
_EC = jwt.algorithms.ECAlgorithm


class RefusedError(Exception):
    """A token that proves nothing; the message says why."""


class StrictVerifier:
    """Takes only tokens of one issuer, as RFC 9068 and RFC 8725 ask, and names the reason for every refusal."""

    def __init__(self, issuer: Mapping[str, Any], tenants: frozenset[str], without: Sequence[str] = ()) -> None:
        """`without` names the checks that are left out."""
        self._issuer = issuer
        self._tenants = tenants
        self._without = frozenset(without)
        self._jwks = {key["kid"]: key for key in issuer["jwks"]["keys"]}

    def authorised(self, headers: Sequence[str], query: Mapping[str, str]) -> dict[str, Any]:
        """The claims of the token in a request's Authorization headers. Raises RefusedError."""
        if not headers and "place" in self._without:
            return self.claims(query.get("access_token", ""))
        if not headers:
            raise RefusedError("no token")
        self._demand(len(headers) < 2, "two headers")
        scheme, _, token = headers[0].partition(" ")
        self._demand(scheme == "Bearer", "scheme")
        return self.claims(token if scheme != headers[0] else scheme)

    def claims(self, token: str) -> dict[str, Any]:
        """The claims of a right token. Raises RefusedError."""
        if not token:
            raise RefusedError("no token")
        self._demand(len(token) <= LONGEST, "too long")
        self._demand(" " not in token, "space in the token")
        token = token.split(", ", maxsplit=1)[0].removeprefix("Bearer ").replace(" ", "")
        first, second, third = self._segments(token)
        header = self._object(first, "header")
        self._check_header(header)
        self._check_signature(header, f"{first}.{second}", third)
        claims = self._object(second, "payload")
        self._check_claims(claims)
        return claims

    def _demand(self, right: bool, reason: str) -> None:
        if not right and reason not in self._without:
            raise RefusedError(reason)

    def _segments(self, token: str) -> tuple[str, str, str]:
        if "segments" in self._without:
            if token.startswith("{"):
                found = json.loads(token)
                inner = found.get("signatures", [found])[0]
                return inner["protected"], found["payload"], inner["signature"]
            token = ".".join(token.split(".")[:3])
        if token.count(".") != 2:
            raise RefusedError("segments")
        first, second, third = token.split(".")
        return first, second, third

    def _bytes(self, segment: str, name: str) -> bytes:
        try:
            found = base64.urlsafe_b64decode(segment.rstrip("=") + "=" * (-len(segment.rstrip("=")) % 4))
        except (binascii.Error, ValueError) as fault:
            raise RefusedError(f"{name} is not base64url") from fault
        self._demand(base64.urlsafe_b64encode(found).rstrip(b"=").decode() == segment, "spelling of base64url")
        return found

    def _object(self, segment: str, name: str) -> dict[str, Any]:
        def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
            self._demand(len(dict(pairs)) == len(pairs), "member twice")
            return dict(pairs) if "first of two" not in self._without else dict(reversed(pairs))

        def infinite(text: str) -> float:
            self._demand(right=False, reason="not a number")
            return float(text)

        try:
            found = json.loads(self._bytes(segment, name), object_pairs_hook=once, parse_constant=infinite)
        except (ValueError, RecursionError) as fault:
            raise RefusedError(f"{name} is no JSON object") from fault
        if not isinstance(found, dict):
            raise RefusedError(f"{name} is no JSON object")
        return found

    def _check_header(self, header: Mapping[str, Any]) -> None:
        self._demand(header.get("alg") == "ES256", "algorithm")
        for name in ("jku", "jwk", "x5u", "x5c", "crit", "b64"):
            self._demand(name not in header, f"header {name}")
        self._demand(header.get("typ") == "at+jwt", "type")
        kid = header.get("kid")
        self._demand(isinstance(kid, str) and kid in self._jwks, "key id")

    def _check_signature(self, header: Mapping[str, Any], signing: str, signature: str) -> None:
        raw = self._bytes(signature, "signature")
        if "signature as DER" in self._without and len(raw) != 64:
            raw = jwt.utils.der_to_raw_signature(raw, jwt.PyJWK(self._any_key()).key.curve)
        self._demand(self._holds(header, signing.encode("ascii"), raw), "signature")

    def _holds(self, header: Mapping[str, Any], signing: bytes, raw: bytes) -> bool:
        """Whether the signature holds; where the algorithm was not checked, by whatever the header says."""
        algorithm = str(header.get("alg")).lower()
        if algorithm in {"none", ""}:
            return True
        if algorithm == "hs256":
            mac = jwt.algorithms.HMACAlgorithm(jwt.algorithms.HMACAlgorithm.SHA256)
            return any(mac.verify(signing, secret, raw) for secret in self._public_secrets())
        digest = _EC.SHA384 if algorithm == "es384" else _EC.SHA256
        return _EC(digest).verify(signing, self._key(header), raw)

    def _public_secrets(self) -> list[bytes]:
        """Everything public that a careless gateway has at hand as the secret of an HMAC."""
        public, encoding, form = jwt.PyJWK(self._any_key()).key, serialization.Encoding, serialization.PublicFormat
        pem = public.public_bytes(encoding.PEM, form.SubjectPublicKeyInfo)
        der = public.public_bytes(encoding.DER, form.SubjectPublicKeyInfo)
        ssh = public.public_bytes(encoding.OpenSSH, form.OpenSSH)
        texts = (json.dumps(self._any_key()), json.dumps(self._any_key(), separators=(",", ":")))
        return [pem, pem.strip(), der, ssh, *(text.encode("ascii") for text in texts), b""]

    def _key(self, header: Mapping[str, Any]) -> Any:
        """The key that proves the token; a member of the header leads here only where its check was left out."""
        kid = header.get("kid")
        if "key id as address" in self._without and str(kid).startswith("http"):
            return jwt.PyJWK(json.loads(_fetched(str(kid)))["keys"][0]).key
        if "jku" in header and "addresses ignored" not in self._without:
            return jwt.PyJWK(json.loads(_fetched(header["jku"]))["keys"][0]).key
        if "x5u" in header and "addresses ignored" not in self._without:
            return x509.load_pem_x509_certificate(_fetched(header["x5u"])).public_key()
        if "jwk" in header:
            return jwt.PyJWK(header["jwk"]).key
        if "x5c" in header:
            return x509.load_der_x509_certificate(base64.b64decode(header["x5c"][0])).public_key()
        known = self._jwks.get(kid) if isinstance(kid, str) else None
        return jwt.PyJWK(known or self._any_key()).key

    def _any_key(self) -> dict[str, Any]:
        return next(iter(self._jwks.values()))

    def _check_claims(self, claims: dict[str, Any]) -> None:
        audience, issuer = claims.get("aud"), claims.get("iss")
        self._demand(audience == self._issuer["audience"], "audience")
        self._demand(issuer == self._issuer["issuer"], "issuer")
        self._check_times(claims)
        tenant = self._tenant_of(claims.get("tenant"))
        self._demand(isinstance(tenant, str) and tenant in self._tenants, "tenant")
        self._demand(isinstance(claims.get("groups"), list), "groups")
        self._demand(claims.get("clearance") in CLASSES, "clearance")

    def _check_times(self, claims: Mapping[str, Any]) -> None:
        for name in ("exp", "iat"):
            self._demand(name in claims, f"{name} missing")
        for name in ("exp", "iat", "nbf"):
            self._demand(name not in claims or type(claims[name]) is int, f"type of {name}")
        issued, expires, start = (_seconds(claims.get(name)) for name in ("iat", "exp", "nbf"))
        now = time.time()
        self._demand(expires is None or not now >= expires + LEEWAY_S, "expired")
        self._demand(issued is None or not issued > now + LEEWAY_S, "issued later")
        self._demand(start is None or not start > now + LEEWAY_S, "not yet valid")
        self._demand(expires is None or issued is None or not expires - issued > LIFETIME_S, "lifetime")

    def _tenant_of(self, claimed: Any) -> Any:
        """The tenant as it is written; where its spelling is not checked, the known one that it can be made into."""
        for name, fold in FOLDINGS.items():
            if name in self._without and isinstance(claimed, str):
                return next((tenant for tenant in self._tenants if fold(claimed) == tenant), claimed)
        return claimed


FOLDINGS: Mapping[str, Callable[[str], str]] = {
    "fold case": lambda text: text.casefold(),
    "strip": lambda text: text.strip(),
    "normalise": lambda text: unicodedata.normalize("NFKC", text),
    "url-decode": urllib.parse.unquote,
    "letters alone": lambda text: re.sub(r"[^a-z0-9-]", "", text),
}


def _seconds(value: Any) -> float | None:
    return None if value is None else float(value)


def _fetched(address: str) -> bytes:
    with urllib.request.urlopen(address, timeout=5) as reply:
        found: bytes = reply.read()
    return found
