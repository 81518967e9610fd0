"""Small real implementations for the identity tests: a key set endpoint behind an httpx transport, and a clock."""

import asyncio
import base64
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx
import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat


@dataclass
class Clock:
    """Seconds that pass only where a test says so."""

    now: float = 1_000.0

    def __call__(self) -> float:
        """The time."""
        return self.now


class Body(httpx.AsyncByteStream):
    """A body that arrives in pieces of 4 KiB and counts how many were taken."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.taken = 0

    async def __aiter__(self) -> Any:
        """The pieces."""
        for start in range(0, len(self.content), 4_096):
            self.taken += 1
            yield self.content[start : start + 4_096]


@dataclass
class Endpoint(httpx.AsyncBaseTransport):
    """A key set endpoint: answers what it was told to, counts who asks, and can be held up."""

    content: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=lambda: {"content-type": "application/json"})
    fault: Exception | None = None
    held: asyncio.Event | None = None
    """Where set, an answer waits for this event."""
    asked: list[str] = field(default_factory=list)
    times: list[float] = field(default_factory=list)
    clock: Clock = field(default_factory=Clock)
    body: Body | None = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """One answer."""
        self.asked.append(str(request.url))
        self.times.append(self.clock.now)
        content = self.content  # what it serves is settled when it is asked
        if self.held is not None:
            await self.held.wait()
        if self.fault is not None:
            raise self.fault
        self.body = Body(content)
        return httpx.Response(self.status, headers=self.headers, stream=self.body)

    def serve(self, jwks: object) -> None:
        """Answer with this key set from now on."""
        self.content = json.dumps(jwks).encode()

    @property
    def hits(self) -> int:
        """How often it was asked."""
        return len(self.asked)


def b64(content: bytes) -> str:
    """Unpadded base64url."""
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def unsigned(header: Mapping[str, object], claims: Mapping[str, object]) -> str:
    """The first two segments of a token over these members."""
    return ".".join(b64(json.dumps(part).encode()) for part in (header, claims))


def hmac_signed(signed: str, secret: bytes, digest: str) -> str:
    """A token with an HMAC over its first two segments: what a public key makes when it is taken for a secret."""
    return f"{signed}.{b64(hmac.new(secret, signed.encode(), digest).digest())}"


def disguises(public: Any) -> dict[str, bytes]:
    """The bytes as which a public key may be lying about where an attacker finds it."""
    pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    family = jwt.algorithms.RSAAlgorithm if isinstance(public, RSAPublicKey) else jwt.algorithms.ECAlgorithm
    return {
        "PEM": pem,
        "PEM without its last newline": pem.rstrip(b"\n"),
        "DER": public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
        "SSH": public.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH),
        "JWK": family.to_jwk(public).encode(),
    }


def mirrored(token: str) -> str:
    """An ES256 token, its signature (r, s) rewritten as (r, n - s), which holds as well: same token, other bytes."""
    order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
    head, _, signature = token.rpartition(".")
    raw = base64.urlsafe_b64decode(signature + "==")
    r, s = raw[:32], int.from_bytes(raw[32:], "big")
    return f"{head}.{b64(r + (order - s).to_bytes(32, 'big'))}"
