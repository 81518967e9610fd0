"""The attacker: a key that no target trusts, its certificate, and the files that an attacker would serve."""

import base64
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import jwt
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from harness.targets.identity import ALGORITHM, Issuer

KEY = ec.generate_private_key(ec.SECP256R1())
KEY_SET_FILE, CHAIN_FILE = "jwks.json", "chain.pem"


def public_key(key_id: str) -> dict[str, Any]:
    """The attacker's public key as a JWK under the given id."""
    public: dict[str, Any] = json.loads(jwt.algorithms.ECAlgorithm.to_jwk(KEY.public_key()))
    return {**public, "kid": key_id, "use": "sig", "alg": ALGORITHM}


def chain() -> list[str]:
    """The attacker's certificate as the member `x5c` holds it."""
    return [base64.b64encode(_certificate().public_bytes(serialization.Encoding.DER)).decode("ascii")]


def files(issuer: Issuer) -> Mapping[str, bytes]:
    """What stands at an address in a bad token: the attacker's key under the id of the issuer's, and the certificate.

    A target that calls there and believes what it gets accepts the token; one that only calls is seen by the listener.
    """
    return {
        KEY_SET_FILE: json.dumps({"keys": [public_key(issuer.key_id)]}).encode("ascii"),
        CHAIN_FILE: _certificate().public_bytes(serialization.Encoding.PEM),
    }


@cache
def _certificate() -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "stranger.example")])
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(KEY.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(KEY, hashes.SHA256())
    )
