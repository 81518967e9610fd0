"""When an index that missed a change is tried again: by one caller at a time, and ever more rarely while it fails."""

import threading
import time
from collections.abc import Callable
from typing import Final

from system_under_test.errors import IndexFault

FIRST_PAUSE_S: Final = 1.0
LONGEST_PAUSE_S: Final = 60.0
"""Nobody can search while an attempt waits for an index, so that a dead one is left alone most of the time."""


class CatchUp:
    """Makes attempts with pauses that double, up to `LONGEST_PAUSE_S`. Callable from several threads."""

    def __init__(self, attempt: Callable[[], None], now: Callable[[], float] = time.monotonic) -> None:
        """`attempt` raises IndexFault where the index fails again; `now` gives seconds."""
        self._attempt = attempt
        self._now = now
        self._alone = threading.Lock()
        self._pause = FIRST_PAUSE_S
        self._not_before = 0.0

    def try_again(self) -> None:
        """One attempt, unless somebody else is making one or the pause is not over. Never raises IndexFault."""
        if not self._alone.acquire(blocking=False):
            return
        try:
            if self._now() >= self._not_before:
                self._make()
        finally:
            self._alone.release()

    def _make(self) -> None:
        try:
            self._attempt()
        except IndexFault:
            self._not_before = self._now() + self._pause
            self._pause = min(2 * self._pause, LONGEST_PAUSE_S)
        else:
            self._not_before, self._pause = 0.0, FIRST_PAUSE_S
