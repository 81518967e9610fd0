"""The key set of an issuer's endpoint: cached, fetched by one task at a time, and never once per unknown key id."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final

import httpx

from system_under_test.config import KeyCache
from system_under_test.errors import ReferenceSystemError
from system_under_test.gateway.keys import KeySetError, VerificationKey, usable_keys
from system_under_test.gateway.rejection import IdentityUnavailableError
from system_under_test.strict_json import StrictJsonError, parse

_LOG: Final = logging.getLogger(__name__)

Fetch = Callable[[], Awaitable[bytes]]
"""One attempt to get the key set. Raises httpx.HTTPError, OSError or IdentityUnavailableError."""


@dataclass(frozen=True, slots=True)
class Found:
    """What a look for a key gave. `stale`: the set should have been renewed and could not be."""

    key: VerificationKey | None
    stale: bool = False


@dataclass(frozen=True, slots=True)
class Fetches:
    """Attempts so far, by how they ended."""

    succeeded: int = 0
    failed: int = 0


class RemoteKeys:
    """Keys of an endpoint, used by one event loop at a time. `now` is in seconds and never goes back.

    A set counts as old as the moment at which its fetch began. It is served from memory; from `refresh_s` on it is
    fetched again beside the requests; from `fresh_s` on a request waits for that fetch, unless one has just failed:
    then requests go on with the old set, marked as stale, up to `stale_s`.
    """

    def __init__(self, times: KeyCache, fetch: Fetch, now: Callable[[], float] = time.monotonic) -> None:
        self._times = times
        self._fetch = fetch
        self._now = now
        self._keys: Mapping[str, VerificationKey] = {}
        self._fetched_at = self._tried_at = self._failed_at = float("-inf")
        self._refresh: asyncio.Task[None] | None = None
        self.fetches = Fetches()

    @property
    def rotate_s(self) -> float:
        """T_rotate: a key that the endpoint has begun to serve is accepted after at most this long."""
        return self._times.rotate_s

    @property
    def revoke_s(self) -> float:
        """T_revoke: a key that the endpoint has ceased to serve is refused after at most this long, if it answers."""
        return self._times.revoke_s

    async def ready(self) -> None:
        """Return where a set is at hand, after asking for one if need be; else raise IdentityUnavailableError."""
        await self.find(next(iter(self._keys), ""))

    async def find(self, key_id: str) -> Found:
        """The key with this id, or none; raises IdentityUnavailableError where no set is young enough."""
        refresh = self._refresh_if_due(key_id)
        if refresh is not None and not self._serves(key_id):
            await asyncio.shield(refresh)  # a caller who goes away does not take the fetch along
        age = self._now() - self._fetched_at
        if age > self._times.stale_s:
            raise IdentityUnavailableError("no key set of the issuer is at hand")
        return Found(self._keys.get(key_id), stale=age >= self._times.fresh_s)

    def _refresh_if_due(self, key_id: str) -> asyncio.Task[None] | None:
        """The fetch that is under way, begun now where one is wanted and the last one is long enough ago."""
        now = self._now()
        loop = asyncio.get_running_loop()
        if self._refresh is not None and not self._refresh.done() and self._refresh.get_loop() is loop:
            return self._refresh
        wanted = key_id not in self._keys or now - self._fetched_at >= self._times.refresh_s
        if not wanted or now - self._tried_at < self._times.interval_s:
            return None
        self._tried_at = now  # whatever comes of it, and whatever key id was asked for
        self._refresh = loop.create_task(self._refreshed(now))
        return self._refresh

    def _serves(self, key_id: str) -> bool:
        """Whether the set in memory may answer while a fetch is under way."""
        now = self._now()
        age, failure = now - self._fetched_at, now - self._failed_at
        usable = age < self._times.fresh_s or (age <= self._times.stale_s and failure < self._times.patience_s)
        return usable and key_id in self._keys

    async def _refreshed(self, began: float) -> None:
        try:
            keys = usable_keys(parse(await self._fetch()))
        except (httpx.HTTPError, OSError, StrictJsonError, KeySetError, IdentityUnavailableError) as fault:
            self._failed_at = began
            self.fetches = Fetches(self.fetches.succeeded, self.fetches.failed + 1)
            # A private key in the set is for a person to see. The messages of our own faults quote nothing.
            own = isinstance(fault, StrictJsonError | ReferenceSystemError)
            _LOG.warning("a key set was not taken: %s", fault if own else type(fault).__name__)
        else:
            self._keys, self._fetched_at, self._failed_at = keys, began, float("-inf")
            self.fetches = Fetches(self.fetches.succeeded + 1, self.fetches.failed)
