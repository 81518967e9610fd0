"""Asking the same route again: tenacity, with waits that grow to a bound and end before the deadline."""

import hashlib
from collections.abc import Callable
from typing import Final, TypeVar

from tenacity import RetryCallState, Retrying, retry_if_exception

from system_under_test.routing.clock import Clock
from system_under_test.routing.errors import TREATMENTS, RouteFailedError
from system_under_test.routing.routes import Retries

_T = TypeVar("_T")
_LEAST_SHARE: Final = 0.5
_MOST_DOUBLINGS: Final = 64


def retried(call: Callable[[], _T], retries: Retries, key: str, deadline_s: float, clock: Clock) -> _T:
    """The result of the first call that succeeds. Raises the last RouteFailedError.

    `deadline_s` is a moment on the monotonic clock: no wait begins that would end after it. A provider that asks for a
    wait (Retry-After) gets at least that wait, or is not asked again: where it asks for more than `longest_wait_s`,
    another route can answer sooner. `key` spreads the waits of different requests.
    """

    def stop(state: RetryCallState) -> bool:
        late = clock.monotonic() + state.upcoming_sleep >= deadline_s
        return late or state.upcoming_sleep > retries.longest_wait_s or state.attempt_number >= retries.attempts

    def wait(state: RetryCallState) -> float:
        own = back_off_s(state.attempt_number, retries, key)
        fault = state.outcome.exception() if state.outcome is not None else None
        asked: float | None = fault.retry_after_s if isinstance(fault, RouteFailedError) else None
        return own if asked is None else max(own, asked)

    retrying = Retrying(stop=stop, wait=wait, retry=retry_if_exception(_again), sleep=clock.sleep, reraise=True)
    return retrying(call)


def back_off_s(attempt: int, retries: Retries, key: str) -> float:
    """The wait after an attempt (from 1), in seconds: doubled each time up to a bound, then cut to 50 to 100 %.

    The cut hangs on key and attempt: requests that fail together do not come back together, and a run can be repeated.
    """
    grown = min(retries.longest_wait_s, retries.first_wait_s * 2.0 ** min(attempt - 1, _MOST_DOUBLINGS))
    digest = hashlib.sha256(f"{attempt}:{key}".encode()).digest()
    return grown * (_LEAST_SHARE + (1 - _LEAST_SHARE) * digest[0] / 255)


def _again(fault: BaseException) -> bool:
    return isinstance(fault, RouteFailedError) and TREATMENTS[fault.kind].again
