"""What is measured of the routes while they serve: how long an answer takes.

The figures are of the provider and are shared by all tenants, as the provider is. A policy that looks at latency lets
the traffic of one tenant move the route of another; the declared default does not look at it.

A figure counts for five minutes. After that a route that a policy left alone because it was slow has none left: it is
taken at what it declares, and so tried again.
"""

import threading
from collections import defaultdict, deque
from statistics import median
from typing import Final

from system_under_test.routing.clock import Clock

_KEPT: Final = 50
_ENOUGH: Final = 5
FRESH_S: Final = 300.0
"""How long a figure counts."""


class Health:
    """Recent latencies of each route. Safe to use from several threads."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._samples: defaultdict[str, deque[tuple[float, float]]] = defaultdict(lambda: deque(maxlen=_KEPT))

    def answered(self, route: str, latency_ms: float) -> None:
        """A call that gave an answer."""
        with self._lock:
            self._samples[route].append((self._clock.monotonic(), latency_ms))

    def latency_ms(self, route: str) -> float | None:
        """The median of the last calls, or None where fewer than five are fresh."""
        oldest_s = self._clock.monotonic() - FRESH_S
        with self._lock:
            fresh = [latency_ms for at_s, latency_ms in self._samples[route] if at_s > oldest_s]
        return median(fresh) if len(fresh) >= _ENOUGH else None
