"""Where verification keys come from: a fixed set, or an issuer's key set endpoint."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Final, Protocol
from urllib.parse import urlsplit

import httpx

from system_under_test.config import Issuer, SetupError
from system_under_test.errors import ReferenceSystemError
from system_under_test.gateway.keys import KeySetError, VerificationKey, parse_key_set
from system_under_test.strict_json import StrictJsonError, parse

FRESH_S: Final = 300.0
"""A fetched set is used this long without asking again."""
STALE_S: Final = 3_600.0
"""A set older than this is used no more, even where the endpoint is down."""
COOLDOWN_S: Final = 10.0
"""At least this long between two fetches, whether they succeeded or not and whatever key id was asked for."""
TIMEOUT_S: Final = 2.0
_SET_BYTES: Final = 256 * 1024

Fetch = Callable[[str], Awaitable[bytes]]


class KeysUnavailableError(ReferenceSystemError):
    """No key set can be had at the moment: nobody can be let in and nobody can be refused for cause."""


class KeySource(Protocol):
    """The keys of one issuer."""

    async def key(self, key_id: str) -> VerificationKey | None:
        """The key with this id, or None; raises KeysUnavailableError where that cannot be known."""
        ...


class StaticKeys:
    """A key set that was handed over with the setup."""

    def __init__(self, jwks: Mapping[str, object]) -> None:
        self._keys = parse_key_set(jwks)
        if not self._keys:
            raise KeySetError("the key set holds no key that can verify a signature")

    async def key(self, key_id: str) -> VerificationKey | None:
        """The key with this id, or None."""
        return self._keys.get(key_id)


class RemoteKeys:
    """The key set of an endpoint: cached, one fetch at a time, and never one fetch per unknown key id."""

    def __init__(self, uri: str, fetch: Fetch | None = None, now: Callable[[], float] = time.monotonic) -> None:
        self._uri = _checked(uri)
        self._fetch = fetch or fetch_key_set
        self._now = now
        self._lock = asyncio.Lock()
        self._keys: Mapping[str, VerificationKey] = {}
        self._fetched_at: float | None = None
        self._tried_at: float | None = None

    async def key(self, key_id: str) -> VerificationKey | None:
        """The key with this id, or None; raises KeysUnavailableError where no set is young enough."""
        if not (self._age() < FRESH_S and key_id in self._keys):
            async with self._lock:
                await self._refresh(key_id)
        if self._age() > STALE_S:
            raise KeysUnavailableError("no key set of the issuer is at hand")
        return self._keys.get(key_id)

    async def _refresh(self, key_id: str) -> None:
        if self._age() < FRESH_S and key_id in self._keys:
            return  # whoever held the lock before has fetched it
        if self._tried_at is not None and self._now() - self._tried_at < COOLDOWN_S:
            return
        self._tried_at = self._now()
        try:
            self._keys = parse_key_set(parse(await self._fetch(self._uri)))
        except (httpx.HTTPError, StrictJsonError, KeySetError, KeysUnavailableError):
            return
        self._fetched_at = self._now()

    def _age(self) -> float:
        return float("inf") if self._fetched_at is None else self._now() - self._fetched_at


async def fetch_key_set(uri: str) -> bytes:
    """The body of a key set endpoint: status 200, no redirect, at most 256 KiB, within two seconds.

    Raises httpx.HTTPError or KeysUnavailableError.
    """
    try:
        # The client's own timeout is per read: an endpoint that drips would hold the lock for ever.
        async with asyncio.timeout(TIMEOUT_S):
            return await _body(uri)
    except TimeoutError:
        raise KeysUnavailableError("the key set endpoint did not answer in time") from None


async def _body(uri: str) -> bytes:
    async with (
        httpx.AsyncClient(timeout=TIMEOUT_S, follow_redirects=False, trust_env=False) as client,
        client.stream("GET", uri, headers={"accept": "application/json"}) as response,
    ):
        if response.status_code != httpx.codes.OK:
            raise KeysUnavailableError("the key set endpoint did not answer 200")
        body = bytearray()
        async for piece in response.aiter_bytes():
            body += piece
            if len(body) > _SET_BYTES:
                raise KeysUnavailableError("the key set is too large")
        return bytes(body)


def key_source(issuer: Issuer) -> KeySource:
    """The key source that an issuer's settings ask for. Raises KeySetError or SetupError."""
    if issuer.jwks is not None:
        return StaticKeys(issuer.jwks)
    if issuer.jwks_uri is not None:
        return RemoteKeys(issuer.jwks_uri)
    raise SetupError("an issuer has neither keys nor a place to get them")


def _checked(uri: str) -> str:
    parts = urlsplit(uri)
    local = parts.scheme == "http" and parts.hostname in {"127.0.0.1", "::1", "localhost"}
    if not (parts.scheme == "https" or local) or not parts.hostname:
        raise SetupError("`jwks_uri` must be https, or http on the loopback interface")
    return uri
