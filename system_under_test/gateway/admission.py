"""How much one tenant may ask: so many requests a minute, and so many at once. One tenant's use is never another's.

Both limits count after authentication, by the tenant that the token proves. There is no limit by client address before
it, for four reasons. Behind a proxy the address is the proxy's, and X-Forwarded-For says whatever the caller likes. Two
tenants behind one address would take each other's share, which is a channel between them. A refused request costs
little: a bounded header, no body, at most one signature. And the front proxy sees the true addresses and can refuse a
connection before it costs anything here.
"""

import math
import time
from asyncio import to_thread
from collections import Counter, deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Final

from limits import RateLimitItem, RateLimitItemPerMinute
from limits.errors import ConfigurationError, StorageError
from limits.storage import MemoryStorage, MovingWindowSupport, Storage, storage_from_string
from limits.strategies import MovingWindowRateLimiter

from system_under_test.config import SetupError

MEMORY: Final = "memory://"
"""Counts are kept by this process alone."""
_AT_ONCE_RETRY_S: Final = 1


class TooManyError(Exception):
    """The tenant asks more than it may; `retry_after_s` is a whole number of seconds from 1."""

    def __init__(self, retry_after_s: int) -> None:
        super().__init__("too many requests")
        self.retry_after_s = retry_after_s


class Window(MemoryStorage):
    """The library's counts in memory without its timer, which starts a thread with nearly every request (0.3 ms).

    For one thread: the event loop's. A key holds at most `limit` numbers; keys are tenants, a closed set.
    """

    def __init__(self, now: Callable[[], float] = time.time) -> None:
        super().__init__()
        self._now = now
        self._times: dict[str, deque[float]] = {}

    def acquire_entry(self, key: str, limit: int, expiry: int, amount: int = 1) -> bool:
        """Count `amount` requests now, unless more than `limit` would then stand within the last `expiry` seconds."""
        times = self._recent(key, expiry)
        if len(times) + amount > limit:
            return False
        times.extend([self._now()] * amount)
        return True

    def get_moving_window(self, key: str, limit: int, expiry: int) -> tuple[float, int]:  # noqa: ARG002 - the library's
        """When the oldest request that still counts was made, and how many count."""
        times = self._recent(key, expiry)
        return (times[0] if times else self._now()), len(times)

    def _recent(self, key: str, expiry: int) -> deque[float]:
        times, cutoff = self._times.setdefault(key, deque()), self._now() - expiry
        while times and times[0] <= cutoff:
            times.popleft()
        return times


class Admission:
    """Lets requests of a tenant in. For use on one event loop."""

    def __init__(
        self, per_minute: int, at_once: int, storage: Storage | None = None, now: Callable[[], float] = time.time
    ) -> None:
        """Without `storage`, counts are kept here. `now` is in seconds since the epoch, like a storage's own clock."""
        self._rate: RateLimitItem = RateLimitItemPerMinute(per_minute)
        self._at_once = at_once
        self._here = MovingWindowRateLimiter(Window(now))
        self._shared = None if storage is None else MovingWindowRateLimiter(storage)
        self._inside: Counter[str] = Counter()
        self._now = now

    @asynccontextmanager
    async def of(self, tenant: str) -> AsyncIterator[None]:
        """The time that one request of the tenant is worked on. Raises TooManyError."""
        await self._count(tenant)
        if self._inside[tenant] >= self._at_once:
            raise TooManyError(_AT_ONCE_RETRY_S)
        self._inside[tenant] += 1
        try:
            yield
        finally:
            self._inside[tenant] -= 1

    async def _count(self, tenant: str) -> None:
        if self._shared is not None:
            try:
                wait_s = await to_thread(self._counted, self._shared, tenant)
            except StorageError:
                # Without the shared count, neither everybody nor nobody: this process counts for itself.
                wait_s = self._counted(self._here, tenant)
        else:
            wait_s = self._counted(self._here, tenant)
        if wait_s is not None:
            raise TooManyError(wait_s)

    def _counted(self, limiter: MovingWindowRateLimiter, tenant: str) -> int | None:
        """None where the request is counted, else whole seconds until the next one will be."""
        if limiter.hit(self._rate, tenant):
            return None
        reset, _ = limiter.get_window_stats(self._rate, tenant)
        return max(1, math.ceil(reset - self._now()))


def open_storage(url: str) -> Storage | None:
    """The storage at a URL such as `redis://...`, shared by several processes; None for `memory://`.

    Raises SetupError, without the URL: it can hold a password.
    """
    if url == MEMORY:
        return None
    try:
        storage = storage_from_string(url, wrap_exceptions=True)
    except (ConfigurationError, ValueError, TypeError):
        raise SetupError("`limit_storage` names a storage that cannot be opened; is its client installed?") from None
    if not isinstance(storage, Storage) or not isinstance(storage, MovingWindowSupport):
        raise SetupError("`limit_storage` must name a storage that keeps moving windows, such as redis")
    return storage
