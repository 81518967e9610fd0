"""What every request goes through, whatever it asks: identity, admission, its record, and whoever watches.

A change is recorded twice: the intent before anything is changed, the outcome before it is answered. Where the first
cannot be kept nothing is changed; where only the second cannot, the answer is 503 and the log shows an intent alone.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence

from starlette.requests import Request
from starlette.responses import Response

from system_under_test.audit.log import AuditError
from system_under_test.audit.records import Record
from system_under_test.gateway.admission import Admission
from system_under_test.gateway.faults import not_auditable, sent_for
from system_under_test.gateway.finished import Watcher
from system_under_test.gateway.parts import Parts
from system_under_test.gateway.rejection import RejectedError
from system_under_test.gateway.requests import refuse_large_head
from system_under_test.gateway.strangers import Strangers
from system_under_test.gateway.streaming import streamed
from system_under_test.gateway.trail import Trail
from system_under_test.gateway.wire import Sent
from system_under_test.nouns import Principal

Handler = Callable[[Request, Principal, Trail], Awaitable[Sent]]


class Lifecycle:
    """Takes requests through. Nothing leaves before its record is durable."""

    def __init__(self, parts: Parts, watchers: Sequence[Watcher]) -> None:
        self._parts = parts
        self._watchers = tuple(watchers)
        limits = parts.limits
        self._admission = Admission(limits.requests_per_minute, limits.concurrent_requests, parts.shared_counts)
        self._strangers = Strangers(limits.strangers_recorded, parts.now)
        self._unrecorded = False

    @property
    def recording(self) -> bool:
        """Whether the last record was kept."""
        return not self._unrecorded

    async def audited(self, endpoint: str, request: Request, handle: Handler, *, writes: bool = False) -> Response:
        """The response to a request, after its record is durable.

        What a handler that `writes` has done is done: its outcome is told even where the token has expired meanwhile.
        """
        trail = Trail(endpoint, self._parts.digests, self._parts.pseudonyms)
        try:
            sent = await self._handled(request, handle, trail, writes=writes)
            response = self._response(sent)
        except Exception as fault:  # noqa: BLE001 - a request that fails leaves a record like any other
            sent = sent_for(fault, trail)
            response = sent.response()
        return response if await self._recorded(sent, trail) else not_auditable(trail.id).response()

    async def intend(self, principal: Principal, trail: Trail, document_id: str) -> None:
        """Keep what is about to be changed. Raises AuditError: then it must not be."""
        intent = trail.intent(principal, document_id)
        if not await self._kept(intent):
            raise AuditError("nothing is changed that is not recorded first")
        trail.intended(intent)

    def close(self) -> None:
        """Keep what has been counted and not been kept yet. Raises AuditError."""
        rest = self._strangers.rest()
        if rest is not None:
            self._parts.audit.append(rest).result()

    def _response(self, sent: Sent) -> Response:
        return sent.response() if sent.events_until is None else streamed(sent, sent.events_until, self._parts.now)

    async def _handled(self, request: Request, handle: Handler, trail: Trail, *, writes: bool) -> Sent:
        refuse_large_head(request, self._parts.limits)
        identity = await self._parts.verifier.identify(request.headers.getlist("authorization"))
        principal = identity.principal
        trail.authenticated(principal, jwks_stale=identity.jwks_stale)
        async with self._admission.of(principal.tenant):
            sent = await handle(request, principal, trail)
        if not writes and self._parts.now() >= principal.expires_at + self._parts.limits.leeway_s:
            raise RejectedError("token_expired")  # while the answer was made: it is not released
        return sent

    async def _recorded(self, sent: Sent, trail: Trail) -> bool:
        """Whether the record is durable, or a stranger's that was counted. Watchers are told in either case."""
        timings, started = sent.body.get("timings_ms"), time.perf_counter()
        record = trail.record(sent.status, timings if isinstance(timings, dict) else trail.timings())
        await self._keep_counts()
        # While records cannot be kept nobody is counted instead: that would let the answer out.
        counted = record.tenant is None and self.recording and not self._strangers.has_own(sent.status, record.reason)
        audited = counted or await self._kept(record)
        spent_ms = (time.perf_counter() - started) * 1_000
        finished = trail.finished(sent.status if audited else 503, spent_ms, audited=audited)
        for watcher in self._watchers:
            watcher.finished(finished)
        return audited

    async def _keep_counts(self) -> None:
        """Keep the counts of a minute that is over."""
        due = self._strangers.due()
        if due is not None and not await self._kept(due):
            self._strangers.give_back(due)

    async def _kept(self, record: Record) -> bool:
        """Whether the record is durable."""
        try:
            await asyncio.wrap_future(self._parts.audit.append(record))
            self._unrecorded = False
        except AuditError:
            self._unrecorded = True
        return self.recording
