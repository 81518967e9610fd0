"""Tokens that are bad by their header: the algorithm, the key that is named or brought along, `crit` and the type.

RFC 7515 section 4.1, RFC 8725 sections 2.1, 3.1, 3.9 to 3.11, RFC 9068 section 2.1 (`typ` is `at+jwt`).
"""

import json
from collections.abc import Callable, Mapping
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization

from harness.probes.authentication import stranger
from harness.probes.authentication.material import (
    ABSENT,
    Maker,
    Material,
    by_stranger,
    changed,
    compact,
    encoded,
    other_case,
    segment,
    sign_segments,
    signed,
    twice,
    with_header,
)
from harness.targets.identity import ALGORITHM, Issuer


def _unsigned(spelling: object) -> Maker:
    """`alg` none in one of its spellings, with an empty signature."""

    def make(material: Material) -> str:
        header = changed(material, material.header(), {"alg": spelling})
        return f"{segment(header)}.{segment(material.claims())}."

    return make


def _hmac(secret: Callable[[Issuer], bytes]) -> Maker:
    """An HMAC whose secret is public: the confusion of algorithm families."""

    def make(material: Material) -> str:
        signing = f"{segment({**material.header(), 'alg': 'HS256'})}.{segment(material.claims())}"
        mac = jwt.algorithms.HMACAlgorithm(jwt.algorithms.HMACAlgorithm.SHA256)
        return f"{signing}.{encoded(mac.sign(signing.encode('ascii'), secret(material.issuer)))}"

    return make


def _public_bytes(encoding: serialization.Encoding) -> Callable[[Issuer], bytes]:
    ssh = encoding == serialization.Encoding.OpenSSH
    form = serialization.PublicFormat.OpenSSH if ssh else serialization.PublicFormat.SubjectPublicKeyInfo
    return lambda issuer: issuer.key.public_key().public_bytes(encoding, form)


_PEM = _public_bytes(serialization.Encoding.PEM)


def _by_algorithm(algorithm: object, digest: str = "SHA256") -> Maker:
    """Another `alg` over an ECDSA signature by the right key."""

    def make(material: Material) -> str:
        header = segment({**material.header(), "alg": algorithm})
        return sign_segments(header, segment(material.claims()), material.issuer.key, digest)

    return make


def _key_address(material: Material, _: object) -> str:
    return material.bait + stranger.KEY_SET_FILE


def _chain_address(material: Material, _: object) -> str:
    return material.bait + stranger.CHAIN_FILE


def _strange_key(material: Material, _: object) -> dict[str, Any]:
    return stranger.public_key(material.issuer.key_id)


def _identity_token(material: Material) -> str:
    """An ID token of the same issuer: it says who signed in, not what may be asked."""
    claims = {**material.claims(), "nonce": "n-0S6_WzA2Mj", "auth_time": material.claims()["iat"]}
    return signed(material, {**material.header(), "typ": "JWT"}, claims)


CHECKS: Mapping[str, Mapping[str, Maker]] = {
    "algorithm-none": {
        "alg-none": _unsigned("none"),
        "alg-none-capital": _unsigned("None"),
        "alg-none-upper-case": _unsigned("NONE"),
        "alg-none-mixed": _unsigned("nOnE"),
        "alg-none-signed": _by_algorithm("none"),
        "alg-empty": _unsigned(""),
        "alg-null": _unsigned(None),
        "alg-missing": _unsigned(ABSENT),
    },
    "algorithm-family": {
        "hmac-with-public-key": _hmac(_PEM),
        "hmac-with-pem-stripped": _hmac(lambda issuer: _PEM(issuer).strip()),
        "hmac-with-der": _hmac(_public_bytes(serialization.Encoding.DER)),
        "hmac-with-ssh-key": _hmac(_public_bytes(serialization.Encoding.OpenSSH)),
        "hmac-with-jwk": _hmac(lambda issuer: json.dumps(issuer.public_keys()["keys"][0]).encode("ascii")),
        "hmac-with-jwk-compact": _hmac(lambda issuer: compact(issuer.public_keys()["keys"][0]).encode("ascii")),
        "hmac-with-nothing": _hmac(lambda _: b""),
    },
    "algorithm-of-key": {
        "alg-es384": _by_algorithm("ES384", "SHA384"),
        "alg-es256k": _by_algorithm("ES256K"),
        "alg-rs256": _by_algorithm("RS256"),
        "alg-ps256": _by_algorithm("PS256"),
        "alg-eddsa": _by_algorithm("EdDSA"),
        "alg-unknown": _by_algorithm("XX256"),
        "alg-lower-case": _by_algorithm(ALGORITHM.lower()),
        "alg-list": _by_algorithm([ALGORITHM]),
    },
    "key-id-known": {
        "unknown-key-id": with_header(kid="no-such-key"),
        "no-key-id": with_header(kid=ABSENT),
        "key-id-empty": with_header(kid=""),
        "key-id-other-case": with_header(kid=lambda _, key_id: other_case(key_id)),
        "key-id-padded": with_header(kid=lambda _, key_id: f"{key_id} "),
        "key-id-with-nul": with_header(kid=lambda _, key_id: f"{key_id}\0"),
        "path-as-key-id": with_header(kid="../../../dev/null"),
        "query-as-key-id": with_header(kid="' OR 1=1--"),
    },
    "key-id-type": {
        "key-id-null": with_header(kid=None),
        "key-id-list": with_header(kid=lambda _, key_id: [key_id]),
        "key-id-object": with_header(kid=lambda _, key_id: {"kid": key_id}),
        "key-id-number": with_header(kid=0),
    },
    "key-id-address": {"address-as-key-id": by_stranger(kid=_key_address)},
    "key-set-address": {
        "key-url": with_header(jku=_key_address),
        "key-url-of-stranger": by_stranger(jku=_key_address),
    },
    "chain-address": {
        "chain-url": with_header(x5u=_chain_address),
        "chain-url-of-stranger": by_stranger(x5u=_chain_address),
    },
    "key-inside": {
        "embedded-key": by_stranger(jwk=_strange_key),
        "embedded-key-alone": by_stranger(jwk=_strange_key, kid=ABSENT),
    },
    "chain-inside": {"embedded-chain": by_stranger(x5c=lambda *_: stranger.chain())},
    "critical": {
        "unknown-critical-header": with_header(crit=["policy"], policy="open"),
        "critical-empty": with_header(crit=[]),
        "critical-as-text": with_header(crit="exp"),
        "critical-by-another-rule": with_header(crit=["alg"]),
    },
    "unencoded-payload": {
        "unencoded-payload": with_header(b64=False, crit=["b64"]),
        "unencoded-payload-unmarked": with_header(b64=False),
    },
    "type": {
        "type-logout": with_header(typ="logout+jwt"),
        "type-plain": with_header(typ="JWT"),
        "type-of-identity-token": _identity_token,
        "type-security-event": with_header(typ="secevent+jwt"),
        "type-key-proof": with_header(typ="dpop+jwt"),
        "no-type": with_header(typ=ABSENT),
        "type-empty": with_header(typ=""),
        "type-null": with_header(typ=None),
        "type-list": with_header(typ=lambda _, kind: [kind]),
    },
    "header-twice": {
        "algorithm-twice": twice("header", "alg", lambda _: "none", lambda _: ALGORITHM),
        "key-id-twice": twice("header", "kid", lambda _: "no-such-key", lambda material: material.issuer.key_id),
        "type-twice": twice("header", "typ", lambda _: "at+jwt", lambda _: "JWT"),
    },
}
"""The credentials by the one check of a gateway that refuses them."""
