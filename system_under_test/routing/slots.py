"""How many calls are under way on one route, in all and of each tenant."""

import threading
from collections import Counter

from system_under_test.routing.routes import Concurrency


class Slots:
    """The places for calls on one route. Safe to use from several threads; nobody waits for a place."""

    def __init__(self, limit: Concurrency) -> None:
        self._limit = limit
        self._lock = threading.Lock()
        self._taken: Counter[str] = Counter()

    def full(self, tenant: str) -> bool:
        """Whether the tenant would get no place now."""
        with self._lock:
            return self._full(tenant)

    def take(self, tenant: str) -> bool:
        """Take a place; False where there is none. Whoever took one gives it back."""
        with self._lock:
            if self._full(tenant):
                return False
            self._taken[tenant] += 1
            return True

    def give_back(self, tenant: str) -> None:
        """Give one place back."""
        with self._lock:
            self._taken[tenant] -= 1
            if self._taken[tenant] == 0:
                del self._taken[tenant]

    def _full(self, tenant: str) -> bool:
        return self._taken.total() >= self._limit.route or self._taken[tenant] >= self._limit.tenant
