"""The circuit of one route: pybreaker's states, on a clock that never goes back, with one trial call at a time.

`CircuitBreaker.call` holds the breaker's lock for as long as the call runs: around a provider it would let one call at
a time through. So a call is admitted first, made without the breaker, and its outcome is handed over afterwards.
"""

import threading
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from pybreaker import STATE_CLOSED, STATE_OPEN, CircuitBreaker, CircuitBreakerError, CircuitMemoryStorage

from system_under_test.routing.clock import Clock
from system_under_test.routing.errors import TREATMENTS, RouteFailedError
from system_under_test.routing.routes import Circuit


@dataclass(frozen=True, slots=True)
class Admission:
    """A call that may be made."""

    trial: bool
    """Its outcome alone decides whether the circuit closes again."""


class Breaker:
    """Opens after faults in a row that blame the route. Safe to use from several threads."""

    def __init__(self, settings: Circuit, clock: Clock) -> None:
        self._lock = threading.Lock()
        self._settings = settings
        self._clock = clock
        self._storage = _Storage(clock)
        self._trial_runs = False
        self._breaker = CircuitBreaker(
            fail_max=settings.failures,
            reset_timeout=settings.open_s,
            exclude=[_is_not_the_routes],
            state_storage=self._storage,
            throw_new_error_on_trip=False,
        )

    def is_open(self) -> bool:
        """Whether a call would be turned away now. Changes nothing."""
        with self._lock:
            return self._turns_away()

    def admit(self) -> Admission | None:
        """Leave to make a call, or None. Whoever has it calls `ended`."""
        with self._lock:
            if self._turns_away():
                return None
            self._trial_runs = self._breaker.current_state != STATE_CLOSED
            return Admission(self._trial_runs)

    def ended(self, admission: Admission, fault: RouteFailedError | None) -> None:
        """How the call ended. A call that was made before the circuit opened says nothing about now."""
        with self._lock:
            if admission.trial:
                self._trial_runs = False
            elif self._breaker.current_state != STATE_CLOSED:
                return
            if fault is not None and TREATMENTS[fault.kind].tells_nothing:
                return
            try:
                self._breaker.call(_replay, fault)
            except (RouteFailedError, CircuitBreakerError):
                return

    def _turns_away(self) -> bool:
        if self._breaker.current_state == STATE_CLOSED:
            return False
        rests = self._clock.monotonic() < self._storage.opened_s + self._settings.open_s
        return self._trial_runs or (self._breaker.current_state == STATE_OPEN and rests)


class _Storage(CircuitMemoryStorage):
    """Keeps when the circuit opened on the monotonic clock; pybreaker itself reads the wall clock."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(STATE_CLOSED)
        self._clock = clock
        self.opened_s = clock.monotonic()

    @property
    def opened_at(self) -> datetime | None:
        """As pybreaker compares it: with the present wall time."""
        return datetime.now(UTC) - timedelta(seconds=self._clock.monotonic() - self.opened_s)

    @opened_at.setter
    def opened_at(self, _: datetime) -> None:
        self.opened_s = self._clock.monotonic()


def _replay(fault: RouteFailedError | None) -> None:
    if fault is not None:
        raise fault


def _is_not_the_routes(fault: BaseException) -> bool:
    return not (isinstance(fault, RouteFailedError) and TREATMENTS[fault.kind].blames_route)
