"""Time as the router sees it, in one place, so that a test can turn the hands."""

import datetime as dt
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Clock:
    """The two clocks and the wait that routing uses."""

    monotonic: Callable[[], float] = time.monotonic
    """Seconds that never go back."""
    today: Callable[[], dt.date] = lambda: dt.datetime.now(dt.UTC).date()
    """The day in UTC, which a budget is for."""
    sleep: Callable[[float], None] = time.sleep
    """Wait so many seconds."""
