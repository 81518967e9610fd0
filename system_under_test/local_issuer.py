"""An issuer for trying the system out alone: one key on this machine. A real deployment names its identity provider.

The folder holds `key.pem` (readable by its owner only), `jwks.json` and nothing else. Whoever can read the key can
speak as anybody, so the folder belongs on a developer's machine and nowhere else.
"""

import json
import os
import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import jwt
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from system_under_test.errors import ReferenceSystemError
from system_under_test.nouns import Classification
from system_under_test.private_file import ExposedFileError, read_private

ISSUER: Final = "https://issuer.localhost"
AUDIENCE: Final = "rag-gateway"
LIFETIME_S: Final = 600

_ALGORITHM: Final = "ES256"
_KEY, _JWKS = "key.pem", "jwks.json"
_LARGEST: Final = 10_000


class LocalIssuerError(ReferenceSystemError):
    """The folder of the issuer cannot be used."""


@dataclass(frozen=True, slots=True)
class Holder:
    """Whom a token speaks for."""

    tenant: str
    subject: str
    groups: tuple[str, ...]
    clearance: Classification


def make_issuer(folder: Path) -> Path:
    """The JWKS file of the issuer in this folder; key and file are made where there are none.

    Raises LocalIssuerError where the key file is damaged or others can read it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    try:
        handle = os.open(folder / _KEY, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except FileExistsError:
        pass
    else:
        text = ec.generate_private_key(ec.SECP256R1()).private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        with os.fdopen(handle, "wb") as file:
            file.write(text)
    jwks = {"keys": [_public_key(_key_in(folder))]}
    (folder / _JWKS).write_text(json.dumps(jwks, indent=2) + "\n", encoding="utf-8")
    return folder / _JWKS


def local_token(folder: Path, holder: Holder, *, lifetime_s: int = LIFETIME_S) -> str:
    """A token of the issuer in this folder, good for `lifetime_s` seconds. Raises LocalIssuerError."""
    key, now = _key_in(folder), int(time.time())
    claims = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": holder.subject,
        "iat": now,
        "exp": now + lifetime_s,
        "jti": secrets.token_hex(16),
        "tenant": holder.tenant,
        "groups": list(holder.groups),
        "clearance": holder.clearance,
    }
    headers = {"typ": "at+jwt", "kid": _public_key(key)["kid"]}
    return jwt.encode(claims, key, algorithm=_ALGORITHM, headers=headers)


def local_issuers(folder: Path) -> Sequence[Mapping[str, object]]:
    """The `issuers` of a setup that trusts the issuer in this folder, and no other."""
    jwks: object = json.loads(make_issuer(folder).read_text(encoding="utf-8"))
    return [{"issuer": ISSUER, "audience": AUDIENCE, "jwks": jwks}]


def _key_in(folder: Path) -> ec.EllipticCurvePrivateKey:
    try:
        key = serialization.load_pem_private_key(read_private(folder / _KEY, _LARGEST), password=None)
    except ExposedFileError as fault:
        raise LocalIssuerError(f"the key of the local issuer {fault}") from None
    except FileNotFoundError:
        raise LocalIssuerError(f"{folder} holds no {_KEY}: start the system with this folder first") from None
    except ValueError:
        raise LocalIssuerError(f"{folder / _KEY} is not a private key: delete the folder to make a new one") from None
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise LocalIssuerError(f"{folder / _KEY} is not an elliptic-curve key: delete the folder to make a new one")
    return key


def _public_key(key: ec.EllipticCurvePrivateKey) -> dict[str, str]:
    """The JWK; its id is a digest of the public key, so that a new key never goes by an old name."""
    public = key.public_key()
    digest = hashes.Hash(hashes.SHA256())
    digest.update(public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo))
    members: dict[str, str] = json.loads(jwt.algorithms.ECAlgorithm.to_jwk(public))
    return {**members, "kid": digest.finalize().hex()[:16], "use": "sig", "alg": _ALGORITHM}
