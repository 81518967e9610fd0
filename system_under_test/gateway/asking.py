"""The handlers of questions: read what is asked, retrieve, have it answered."""

import time

from starlette.requests import Request

from system_under_test.gateway.parts import Parts
from system_under_test.gateway.pools import FairPool
from system_under_test.gateway.requests import Ask, read_ask
from system_under_test.gateway.streaming import wants_events
from system_under_test.gateway.trail import Trail
from system_under_test.gateway.wire import Sent, answered, passage_of
from system_under_test.nouns import Principal, Retrieved
from system_under_test.routing.choose import Asked
from system_under_test.routing.evidence import Vector
from system_under_test.routing.router import Routed
from system_under_test.routing.routes import HostedRoute


class Asking:
    """Work for the processor and calls that wait for a provider run in threads, so that the event loop stays free."""

    def __init__(self, parts: Parts, cpu: FairPool, waiting: FairPool) -> None:
        """`cpu` for computing, `waiting` for providers."""
        self._parts = parts
        self._cpu = cpu
        self._waiting = waiting

    async def answer(self, request: Request, principal: Principal, trail: Trail) -> Sent:
        """POST /v1/answer; as events for a caller who accepts them."""
        ask = await self._ask(request, principal, trail)
        asked = _asked(principal, ask, trail)
        self._parts.router.admit(asked)
        query, found = await self._found(ask, principal, trail)
        routed = await self._routed(asked, query, found, trail)
        trail.ended("refused" if routed.answer.refused else "answered")
        body = {**answered(routed.answer, routed.choice, found.passages), "timings_ms": trail.timings()}
        until = principal.expires_at + self._parts.limits.leeway_s if wants_events(request) else None
        return Sent(200, {**body, "audit": {"record_id": trail.id}}, events_until=until)

    async def retrieve(self, request: Request, principal: Principal, trail: Trail) -> Sent:
        """POST /v1/retrieve: the same without an answer."""
        ask = await self._ask(request, principal, trail)
        self._parts.router.admit(_asked(principal, ask, trail))
        _, found = await self._found(ask, principal, trail)
        trail.ended("retrieved")
        passages = [passage_of(ranked) for ranked in found.passages]
        return Sent(200, {"passages": passages, "timings_ms": trail.timings(), "audit": {"record_id": trail.id}})

    async def _ask(self, request: Request, principal: Principal, trail: Trail) -> Ask:
        ask = await read_ask(request, self._parts.limits)
        trail.asked(principal, ask)
        return ask

    async def _found(self, ask: Ask, principal: Principal, trail: Trail) -> tuple[Vector, Retrieved]:
        query, found, spent_ms = await self._cpu.run(principal.tenant, self._search, principal, ask)
        trail.retrieved(found, spent_ms)
        return query, found

    def _search(self, principal: Principal, ask: Ask) -> tuple[Vector, Retrieved, float]:
        """The question's vector, the passages, and the milliseconds that the vector took."""
        started = time.perf_counter()
        query = self._parts.retrieval.query_vector(ask.question)
        spent_ms = (time.perf_counter() - started) * 1_000
        return query, self._parts.retrieval.search(principal, ask.question, ask.top_k, vector=query), spent_ms

    async def _routed(self, asked: Asked, query: Vector, found: Retrieved, trail: Trail) -> Routed:
        """The answer, over the route that is chosen now that the passages are known."""
        router = self._parts.router
        choice = router.choose(asked, found)
        trail.chose(choice)
        pool = self._waiting if isinstance(choice.route, HostedRoute) else self._cpu
        started = time.perf_counter()
        routed = await pool.run(asked.tenant, router.answer, choice, asked, query, found, trail.tried)
        trail.answered(routed, (time.perf_counter() - started) * 1_000)  # waiting for a thread included
        return routed


def _asked(principal: Principal, ask: Ask, trail: Trail) -> Asked:
    """What the router may know: it gets the tenant, and neither the token nor the subject."""
    return Asked(ask.question, principal.tenant, ask.route, ask.fallback, ask.conversation_id or trail.id)
