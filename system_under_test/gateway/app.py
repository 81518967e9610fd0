"""The ASGI application. Every request to it leaves one audit record before its answer leaves."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final, Protocol

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from system_under_test.audit.log import AuditError
from system_under_test.audit.records import Pseudonyms, Record
from system_under_test.config import Limits
from system_under_test.gateway.faults import NotAuditorError, NotFoundError, not_auditable, sent_for
from system_under_test.gateway.requests import Ask, read_ask
from system_under_test.gateway.trail import Trail
from system_under_test.gateway.verify import Verifier
from system_under_test.gateway.wire import Sent, answered, passage_of
from system_under_test.nouns import Principal, Retrieved
from system_under_test.routing.answer import Answer, Answerer
from system_under_test.routing.choose import Choice, choose
from system_under_test.routing.evidence import Retrieval, Vector
from system_under_test.routing.routes import HostedRoute, Routes

AUDITORS: Final = "auditors"
"""The group whose members may read the audit records of their own tenant."""


class Audit(Protocol):
    """Where records go."""

    def append(self, record: Record) -> Future[None]:
        """Done once the record is durable; fails with AuditError."""
        ...

    def read(self, record_id: str, tenant: str) -> object | None:
        """The tenant's own record, or None."""
        ...

    def close(self) -> None:
        """Write what is waiting and give the file back."""
        ...


@dataclass(frozen=True, slots=True)
class Parts:
    """What the application is put together from. It closes `retrieval` and `audit` when it is closed."""

    verifier: Verifier
    retrieval: Retrieval
    answerer: Answerer
    routes: Routes
    audit: Audit
    pseudonyms: Pseudonyms
    release: Mapping[str, object]
    digests: Mapping[str, str]
    environment: Mapping[str, str]
    limits: Limits


Handler = Callable[[Request, Principal, Trail], Awaitable[Sent]]


def build_app(parts: Parts) -> Starlette:
    """The application, ready to be asked. `app.state.close()` closes it; so does the end of its lifespan."""
    gateway = Gateway(parts)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        """Nothing to start; everything to close."""
        yield
        gateway.close()

    app = Starlette(
        routes=[
            Route("/v1/answer", gateway.answer, methods=["POST"]),
            Route("/v1/retrieve", gateway.retrieve, methods=["POST"]),
            Route("/v1/release", gateway.release, methods=["GET"]),
            Route("/v1/audit/{record_id}", gateway.audit_record, methods=["GET"]),
            Route("/healthz", gateway.healthz, methods=["GET"]),
        ],
        exception_handlers={HTTPException: _no_such_endpoint},
        lifespan=lifespan,
    )
    app.state.close = gateway.close
    return app


class Gateway:
    """The endpoints. Work for the processor runs in a small pool, so that the event loop stays free."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._cpu = ThreadPoolExecutor(parts.limits.cpu_threads, thread_name_prefix="cpu")
        self._waiting = ThreadPoolExecutor(parts.limits.waiting_threads, thread_name_prefix="provider")
        self._closed = False

    async def answer(self, request: Request) -> Response:
        """POST /v1/answer."""
        return await self._audited("answer", request, self._answer)

    async def retrieve(self, request: Request) -> Response:
        """POST /v1/retrieve."""
        return await self._audited("retrieve", request, self._retrieve)

    async def audit_record(self, request: Request) -> Response:
        """GET /v1/audit/{record_id}."""
        return await self._audited("audit", request, self._audit_record)

    async def release(self, _: Request) -> Response:
        """GET /v1/release: digests and limits, nothing secret and nobody's data, hence open."""
        return Sent(200, self._parts.release).response()

    async def healthz(self, _: Request) -> Response:
        """GET /healthz."""
        return Sent(200, {"status": "ok"}).response()

    def close(self) -> None:
        """Finish what is running, then close the index and the log. Safe to call twice."""
        if not self._closed:
            self._closed = True
            self._cpu.shutdown()
            self._waiting.shutdown()
            self._parts.retrieval.close()
            self._parts.audit.close()

    async def _audited(self, endpoint: str, request: Request, handle: Handler) -> Response:
        trail = Trail(endpoint, self._parts.digests, self._parts.pseudonyms)
        try:
            principal = await self._parts.verifier.principal(request.headers.getlist("authorization"))
            trail.authenticated(principal)
            sent = await handle(request, principal, trail)
        except Exception as fault:  # noqa: BLE001 - a request that fails leaves a record like any other
            sent = sent_for(fault, trail)
        timings = sent.body.get("timings_ms")
        try:
            record = trail.record(sent.status, timings if isinstance(timings, dict) else trail.timings())
            await asyncio.wrap_future(self._parts.audit.append(record))
        except AuditError:
            sent = not_auditable(trail.id)
        return sent.response()

    async def _answer(self, request: Request, principal: Principal, trail: Trail) -> Sent:
        ask = await self._ask(request, principal, trail)
        choice = choose(self._parts.routes, ask.route, self._parts.environment)
        query, found = await self._found(ask, principal, trail)
        answer, generate_ms = await self._generated(choice, ask, query, found)
        trail.answered(choice, answer, generate_ms)
        trail.ended("refused" if answer.refused else "answered")
        body = answered(answer, choice, found.passages)
        return Sent(200, {**body, "timings_ms": trail.timings(), "audit": {"record_id": trail.id}})

    async def _retrieve(self, request: Request, principal: Principal, trail: Trail) -> Sent:
        ask = await self._ask(request, principal, trail)
        if ask.route is not None:
            choose(self._parts.routes, ask.route, self._parts.environment)
        _, found = await self._found(ask, principal, trail)
        trail.ended("retrieved")
        passages = [passage_of(ranked) for ranked in found.passages]
        return Sent(200, {"passages": passages, "timings_ms": trail.timings(), "audit": {"record_id": trail.id}})

    async def _audit_record(self, request: Request, principal: Principal, trail: Trail) -> Sent:
        if AUDITORS not in principal.groups:
            raise NotAuditorError
        record_id = request.path_params["record_id"]
        record = self._parts.audit.read(record_id, principal.tenant)
        if record is None:
            raise NotFoundError
        trail.has_read(record_id)
        trail.ended("audit_read")
        return Sent(200, {"record": record})

    async def _ask(self, request: Request, principal: Principal, trail: Trail) -> Ask:
        ask = await read_ask(request, self._parts.limits)
        trail.asked(principal, ask)
        return ask

    async def _found(self, ask: Ask, principal: Principal, trail: Trail) -> tuple[Vector, Retrieved]:
        loop = asyncio.get_running_loop()
        query, found, spent_ms = await loop.run_in_executor(self._cpu, self._search, principal, ask)
        trail.retrieved(found, spent_ms)
        return query, found

    def _search(self, principal: Principal, ask: Ask) -> tuple[Vector, Retrieved, float]:
        """The question's vector, the passages, and the milliseconds that the vector took."""
        started = time.perf_counter()
        query = self._parts.retrieval.query_vector(ask.question)
        spent_ms = (time.perf_counter() - started) * 1_000
        return query, self._parts.retrieval.search(principal, ask.question, ask.top_k, vector=query), spent_ms

    async def _generated(self, choice: Choice, ask: Ask, query: Vector, found: Retrieved) -> tuple[Answer, float]:
        """The answer, and the milliseconds it took."""
        pool = self._waiting if isinstance(choice.route, HostedRoute) else self._cpu
        loop, started = asyncio.get_running_loop(), time.perf_counter()
        answer = await loop.run_in_executor(pool, self._parts.answerer.answer, choice, ask.question, query, found)
        return answer, (time.perf_counter() - started) * 1_000


async def _no_such_endpoint(_: Request, fault: Exception) -> Response:
    status = fault.status_code if isinstance(fault, HTTPException) else 500
    return Sent(status, {"error": {"code": "no_such_endpoint", "message": "there is no such endpoint"}}).response()
