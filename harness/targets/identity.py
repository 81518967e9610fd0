"""The harness's own identity provider: it signs the tokens of principals, and hands out the public key set."""

import json
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jwt
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from pydantic import Field

from harness.domain.cases import Principal
from harness.errors import InvalidInput, Place
from harness.load.strict import Declared, read_json

ALGORITHM = "ES256"
LIFETIME_S = 600
INGESTION_GROUP = "document-admins"
"""The group whose members may put and delete the documents of their tenant."""
AUDIT_GROUP = "auditors"
"""The group whose members may read the audit records of their tenant."""


@dataclass(frozen=True, slots=True)
class Issuer:
    """One issuer with one signing key. The key never leaves the process and stands in no file that a run writes."""

    name: str
    audience: str
    key_id: str
    key: ec.EllipticCurvePrivateKey

    def public_keys(self) -> dict[str, Any]:
        """The JWKS that a target must trust."""
        public: dict[str, Any] = json.loads(jwt.algorithms.ECAlgorithm.to_jwk(self.key.public_key()))
        return {"keys": [{**public, "kid": self.key_id, "use": "sig", "alg": ALGORITHM}]}

    def claims(self, principal: Principal) -> dict[str, Any]:
        """The claims of a right token for `principal`."""
        now = int(time.time())
        return {
            "iss": self.name,
            "aud": self.audience,
            "sub": principal.subject,
            "iat": now,
            "nbf": now,
            "exp": now + LIFETIME_S,
            "jti": secrets.token_hex(16),
            "tenant": principal.tenant,
            "groups": list(principal.groups),
            "clearance": principal.clearance,
        }

    def header(self) -> dict[str, Any]:
        """The header of a right token."""
        return {"typ": "at+jwt", "alg": ALGORITHM, "kid": self.key_id}

    def sign(self, claims: Mapping[str, Any], header: Mapping[str, Any]) -> str:
        """A token with these claims and this header, signed with the issuer's key."""
        return jwt.encode(dict(claims), self.key, algorithm=ALGORITHM, headers=dict(header))

    def token(self, principal: Principal) -> str:
        """A right token for `principal`."""
        return self.sign(self.claims(principal), self.header())


def servant(tenant: str, group: str) -> Principal:
    """The principal as whom the harness acts within a tenant; it holds that one group and may see no document."""
    return Principal(f"{tenant}-{group}", tenant, f"service:{group}", (group,), "public")


class Wallet:
    """The right tokens of one run, each used again for half of its life, as a client would."""

    def __init__(self, issuer: Issuer) -> None:
        self._issuer = issuer
        self._held: dict[Principal, tuple[float, str]] = {}

    def token(self, principal: Principal) -> str:
        """A right token for `principal` with at least half of its life before it."""
        made, token = self._held.get(principal, (0.0, ""))
        if not token or time.monotonic() - made > LIFETIME_S / 2:
            token = self._issuer.token(principal)
            self._held[principal] = (time.monotonic(), token)
        return token


class _IdentityFile(Declared):
    issuer: str = Field(min_length=1)
    audience: str = Field(min_length=1)
    key_id: str = Field(min_length=1)
    private_key: str
    """Path of a PEM file with a P-256 private key, relative to this file."""


def new_issuer() -> Issuer:
    """A private issuer with a fresh key, for targets that this process starts."""
    return Issuer("https://issuer.harness.example", "rag-gateway", "harness-1", ec.generate_private_key(ec.SECP256R1()))


def write_identity(folder: Path, name: str, audience: str) -> list[Path]:
    """A fresh issuer as files: identity.json and key.pem for the harness alone, jwks.json for the target to trust.

    Raises InvalidInput where one of them is already there: a key is never overwritten.
    """
    issuer = Issuer(name, audience, f"harness-{secrets.token_hex(4)}", ec.generate_private_key(ec.SECP256R1()))
    pem = issuer.key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode("ascii")
    identity = {"issuer": name, "audience": audience, "key_id": issuer.key_id, "private_key": "key.pem"}
    contents = {
        folder / "identity.json": json.dumps(identity, indent=2) + "\n",
        folder / "key.pem": pem,
        folder / "jwks.json": json.dumps(issuer.public_keys(), indent=2) + "\n",
    }
    taken = [path for path in contents if path.exists()]
    if taken:
        raise InvalidInput(f"{taken[0]} is already there", next_step="choose another folder; a key is not overwritten")
    folder.mkdir(parents=True, exist_ok=True)
    for path, content in contents.items():
        path.touch(mode=0o600)
        path.write_text(content, encoding="ascii")
    return list(contents)


def load_issuer(path: Path) -> Issuer:
    """The issuer that a running target trusts, from an identity file. Raises InvalidInput without showing the key."""
    declared = read_json(path, _IdentityFile)
    try:
        key = serialization.load_pem_private_key((path.parent / declared.private_key).read_bytes(), password=None)
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm):
        raise InvalidInput(
            f"{Place(str(path))}: `private_key` does not lead to a readable PEM private key",
            next_step="write there the path, relative to this file, of a PEM file without a password",
        ) from None  # neither the value nor its cause: both hold the key where it was pasted in place of a path
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
        raise InvalidInput(f"{Place(str(path))}: the private key is not a P-256 key", next_step="make one for ES256")
    return Issuer(declared.issuer, declared.audience, declared.key_id, key)
