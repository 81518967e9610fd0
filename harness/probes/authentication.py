"""Authentication probes: a first set of bad tokens, each beside a good one for the same principal.

The checks are those of RFC 8725 (algorithms, issuer, audience, explicit typing) and of the tenant claim, on which every
other isolation rests.
"""

import base64
import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from harness.domain.cases import Case, Principal
from harness.targets.identity import ALGORITHM, Issuer, Wallet

VERSION = "1"

Maker = Callable[[Issuer, Principal], str]


def _with_claims(**changes: Any) -> Maker:
    """A rightly signed token with some claims changed; None takes a claim out."""

    def make(issuer: Issuer, principal: Principal) -> str:
        claims = {**issuer.claims(principal), **changes}
        return issuer.sign({name: value for name, value in claims.items() if value is not None}, issuer.header())

    return make


def _with_times(**shifts: int) -> Maker:
    """A rightly signed token whose times are shifted by seconds against now."""

    def make(issuer: Issuer, principal: Principal) -> str:
        claims = issuer.claims(principal)
        now = claims["iat"]
        return issuer.sign({**claims, **{name: now + shift for name, shift in shifts.items()}}, issuer.header())

    return make


def _with_header(**changes: Any) -> Maker:
    """A rightly signed token with some header members changed; None takes a member out."""

    def make(issuer: Issuer, principal: Principal) -> str:
        return _signed({**issuer.header(), **changes}, issuer.claims(principal), issuer)

    return make


def _unsigned(spelling: str) -> Maker:
    """`alg` none in one of its spellings, with an empty signature."""

    def make(issuer: Issuer, principal: Principal) -> str:
        header = {**issuer.header(), "alg": spelling}
        return f"{_segment(header)}.{_segment(issuer.claims(principal))}."

    return make


def _hmac_with_public_key(issuer: Issuer, principal: Principal) -> str:
    """An HMAC made with the public key as its secret: the confusion of algorithm families."""
    secret = issuer.key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    signing = f"{_segment({**issuer.header(), 'alg': 'HS256'})}.{_segment(issuer.claims(principal))}"
    mac = jwt.algorithms.HMACAlgorithm(jwt.algorithms.HMACAlgorithm.SHA256)
    return f"{signing}.{_encoded(mac.sign(signing.encode('ascii'), secret))}"


def _other_key(issuer: Issuer, principal: Principal) -> str:
    """Right in all but the key: signed by a stranger under the issuer's key id."""
    return jwt.encode(issuer.claims(principal), _STRANGER, algorithm=ALGORITHM, headers=issuer.header())


def _embedded_key(issuer: Issuer, principal: Principal) -> str:
    """Signed by a stranger whose public key rides in the header."""
    public = json.loads(jwt.algorithms.ECAlgorithm.to_jwk(_STRANGER.public_key()))
    return jwt.encode(
        issuer.claims(principal), _STRANGER, algorithm=ALGORITHM, headers={**issuer.header(), "jwk": public}
    )


def _swapped_tenant(issuer: Issuer, principal: Principal) -> str:
    """The payload of another tenant under the signature of this one."""
    header, _, signature = issuer.token(principal).split(".")
    return f"{header}.{_segment({**issuer.claims(principal), 'tenant': 'another-tenant'})}.{signature}"


def _twice(member: str) -> Maker:
    """A rightly signed payload that holds one member twice: readers disagree on which one counts."""

    def make(issuer: Issuer, principal: Principal) -> str:
        claims = json.dumps(issuer.claims(principal), separators=(",", ":"))
        doubled = claims[:-1] + f',"{member}":"another-tenant"}}'
        return _sign_segments(_segment(issuer.header()), _encoded(doubled.encode("utf-8")), issuer)

    return make


def _truncated(issuer: Issuer, principal: Principal) -> str:
    """A signature that lost its second half."""
    header, payload, signature = issuer.token(principal).split(".")
    return f"{header}.{payload}.{signature[: len(signature) // 2]}"


def _flipped(issuer: Issuer, principal: Principal) -> str:
    """A signature with one bit turned over."""
    header, payload, signature = issuer.token(principal).split(".")
    raw = bytearray(base64.urlsafe_b64decode(signature + "=" * (-len(signature) % 4)))
    raw[7] ^= 1
    return f"{header}.{payload}.{_encoded(bytes(raw))}"


CREDENTIALS: Mapping[str, Maker] = {
    "no-token": lambda _issuer, _principal: "",
    "not-a-token": lambda _issuer, _principal: "not.a.token",
    "two-segments": lambda issuer, principal: issuer.token(principal).rpartition(".")[0],
    "alg-none": _unsigned("none"),
    "alg-none-capital": _unsigned("None"),
    "alg-none-mixed": _unsigned("nOnE"),
    "hmac-with-public-key": _hmac_with_public_key,
    "other-key": _other_key,
    "embedded-key": _embedded_key,
    "key-url": _with_header(jku="https://keys.stranger.example/jwks.json"),
    "unknown-key-id": _with_header(kid="no-such-key"),
    "path-as-key-id": _with_header(kid="../../../dev/null"),
    "no-key-id": _with_header(kid=None),
    "unknown-critical-header": _with_header(crit=["policy"], policy="open"),
    "type-logout": _with_header(typ="logout+jwt"),
    "type-plain": _with_header(typ="JWT"),
    "no-type": _with_header(typ=None),
    "signature-truncated": _truncated,
    "signature-flipped": _flipped,
    "tenant-swapped": _swapped_tenant,
    "tenant-twice": _twice("tenant"),
    "tenant-missing": _with_claims(tenant=None),
    "tenant-empty": _with_claims(tenant=""),
    "tenant-list": _with_claims(tenant=["another-tenant"]),
    "tenant-unknown": _with_claims(tenant="no-such-tenant"),
    "tenant-upper-case": lambda issuer, principal: _with_claims(tenant=principal.tenant.upper())(issuer, principal),
    "tenant-padded": lambda issuer, principal: _with_claims(tenant=principal.tenant + " ")(issuer, principal),
    "tenant-with-nul": lambda issuer, principal: _with_claims(tenant=principal.tenant + "\0")(issuer, principal),
    "audience-wrong": _with_claims(aud="another-audience"),
    "audience-missing": _with_claims(aud=None),
    "issuer-wrong": _with_claims(iss="https://issuer.stranger.example"),
    "issuer-missing": _with_claims(iss=None),
    "expired": _with_times(iat=-7200, nbf=-7200, exp=-3600),
    "not-yet-valid": _with_times(nbf=3600, exp=7200),
    "expiry-missing": _with_claims(exp=None),
    "expiry-as-text": _with_claims(exp="4102444800"),
    "lifetime-of-ten-years": _with_times(exp=315_360_000),
    "groups-as-text": _with_claims(groups="executive"),
    "clearance-unknown": _with_claims(clearance="cosmic"),
}
"""Every bad credential by name. The empty token stands for a request without an Authorization header."""


def authentication_cases(asker: Principal, question: str) -> Iterator[Case]:
    """One case for each bad credential, and one good twin for each, by the same principal with the same question."""
    for name in CREDENTIALS:
        twin = f"good.{name}"
        yield Case(
            id=f"bad.{name}",
            kind="bad_credential",
            principal=asker,
            question=question,
            cluster=f"credential.{name}",
            family=f"authentication.{name}",
            twin=twin,
            credential=name,
        )
        yield Case(
            id=twin,
            kind="good_credential",
            principal=asker,
            question=question,
            cluster=f"credential.{name}",
            family=f"authentication.{name}",
        )


def credential_token(issuer: Issuer, wallet: Wallet, case: Case) -> str:
    """The token that the case presents; the empty string stands for none. Bad ones are made afresh each time."""
    if case.credential == "valid":
        return wallet.token(case.principal)
    return CREDENTIALS[case.credential](issuer, case.principal)


_STRANGER = ec.generate_private_key(ec.SECP256R1())


def _signed(header: Mapping[str, Any], claims: Mapping[str, Any], issuer: Issuer) -> str:
    kept = {name: value for name, value in header.items() if value is not None}
    return _sign_segments(_segment(kept), _segment(claims), issuer)


def _sign_segments(header: str, payload: str, issuer: Issuer) -> str:
    """Signs the segments as they are, so that headers which a library would refuse to write can be tried."""
    signature = jwt.algorithms.ECAlgorithm(jwt.algorithms.ECAlgorithm.SHA256).sign(
        f"{header}.{payload}".encode("ascii"), issuer.key
    )
    return f"{header}.{payload}.{_encoded(signature)}"


def _segment(value: Mapping[str, Any]) -> str:
    return _encoded(json.dumps(value, separators=(",", ":")).encode("utf-8"))


def _encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")
