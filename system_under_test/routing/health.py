"""What is measured of the routes while they serve: how long an answer takes.

The figures are of the provider and are shared by all tenants, as the provider is. A policy that looks at latency lets
the traffic of one tenant move the route of another; the declared default does not look at it.
"""

import threading
from collections import defaultdict, deque
from statistics import median
from typing import Final

_KEPT: Final = 50
_ENOUGH: Final = 5


class Health:
    """Recent latencies of each route. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._latencies_ms: defaultdict[str, deque[float]] = defaultdict(lambda: deque(maxlen=_KEPT))

    def answered(self, route: str, latency_ms: float) -> None:
        """A call that gave an answer."""
        with self._lock:
            self._latencies_ms[route].append(latency_ms)

    def latency_ms(self, route: str) -> float | None:
        """The median of the last calls, or None where there are fewer than five."""
        with self._lock:
            kept = tuple(self._latencies_ms[route])
        return median(kept) if len(kept) >= _ENOUGH else None
