"""Requests that nobody was authenticated for: few are recorded one by one, many are counted.

Whoever can reach the port can send them, with no token at all. A record of each, 1.7 KB with an fsync, would let a
stranger fill the disk and wear it out. So in any one minute the first `Limits.strangers_recorded` of them have a record
each, like every other request; those beyond it are counted by status and reason, and the minute leaves one record of
the counts. Requests = records of strangers + counted, always: what could not be written is counted on.

With 30 a minute, a flood that never ends costs at most 31 records a minute, 80 MB a day, and no memory.
The record of a minute is written with the first request after it, and when the service closes: a crash loses the counts
of a minute at most in which requests came, never a record. Who is authenticated is never counted: that request has its
own record, whatever strangers do.
"""

import secrets
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

from system_under_test.audit.records import Counted, Record

MINUTE_S: Final = 60
ENDPOINT: Final = "several"
"""As a record of counts names what was asked for."""


class Strangers:
    """Decides for each such request whether it has a record of its own. For use on one event loop."""

    def __init__(self, recorded: int, now: Callable[[], float]) -> None:
        """At most `recorded` of a minute have a record each. `now` is in seconds since the epoch."""
        self._recorded = recorded
        self._now = now
        self._began = now()
        self._seen = 0
        self._counts: Counter[tuple[int, str | None]] = Counter()
        self._from: str | None = None

    def has_own(self, status: int, reason: str | None) -> bool:
        """Whether this request is to be recorded; otherwise it has been counted."""
        self._seen += 1
        if self._seen <= self._recorded:
            return True
        self._counts[status, reason] += 1
        self._from = self._from or datetime.fromtimestamp(self._now(), UTC).isoformat(timespec="microseconds")
        return False

    def due(self) -> Record | None:
        """The record of a minute that is over, if anything was counted in it: the caller keeps it or gives it back."""
        now = self._now()
        if 0 <= now - self._began < MINUTE_S:
            return None
        self._began, self._seen = now, 0
        return self.rest()

    def rest(self) -> Record | None:
        """The record of what has been counted so far, and was not handed out yet."""
        if not self._counts:
            return None
        counted = tuple(Counted(*way, requests) for way, requests in sorted(self._counts.items(), key=str))
        record = Record(secrets.token_hex(16), ENDPOINT, "counted", None, counted=counted, counted_from=self._from)
        self._counts, self._from = Counter(), None
        return record

    def give_back(self, record: Record) -> None:
        """The record could not be kept: what it stands for is counted on."""
        for one in record.counted or ():
            self._counts[one.status, one.reason] += one.requests
        self._from = record.counted_from
