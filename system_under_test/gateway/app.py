"""The ASGI application. Every request to it is recorded before its answer leaves."""

import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import ExitStack, asynccontextmanager
from typing import Final

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from system_under_test.gateway.asking import Asking
from system_under_test.gateway.documents import DocumentEndpoints, Documents
from system_under_test.gateway.faults import NotAllowedError, NotFoundError, broken, no_such_endpoint
from system_under_test.gateway.finished import Watcher
from system_under_test.gateway.lifecycle import Handler, Lifecycle
from system_under_test.gateway.metrics import Metrics
from system_under_test.gateway.operations import Operations
from system_under_test.gateway.parts import Parts
from system_under_test.gateway.pools import FairPool
from system_under_test.gateway.trail import Trail
from system_under_test.gateway.wire import Sent
from system_under_test.nouns import Principal

AUDITORS: Final = "auditors"
"""The group whose members may read the audit records of their own tenant."""
ENDPOINTS: Final = frozenset({"answer", "retrieve", "audit", "document", "document_put", "document_remove"})
"""As audit records and metrics name them."""
_PLACE: Final = frozenset({"seq", "prev_hash", "checkpoint"})
"""A record's place among those of all tenants. Two of them would tell how much the others ask in between."""

Endpoint = Callable[[Request], Awaitable[Response]]


def build_app(parts: Parts) -> Starlette:
    """The application, ready to be asked. `app.state.close()` closes it; so does the end of its lifespan."""
    gateway = Gateway(parts)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        """Nothing to start; everything to close."""
        yield
        gateway.close()

    app = Starlette(
        routes=gateway.routes(),
        exception_handlers={HTTPException: _no_such_endpoint, Exception: _broken},
        lifespan=lifespan,
    )
    app.router.redirect_slashes = False  # a redirect would repeat the Host header that the caller sent
    app.state.close = gateway.close
    return app


class Gateway:
    """The rooms behind the endpoints, put together, and closed together."""

    def __init__(self, parts: Parts) -> None:
        limits = parts.limits
        self._parts = parts
        self._cpu = FairPool(limits.cpu_threads, limits.cpu_threads, "cpu")
        self._changing = FairPool(1, 1, "change")  # its own, so that no document's embedding holds questions up
        self._waiting = FairPool(limits.waiting_threads, limits.waiting_threads_per_tenant, "provider")
        shown = parts.tenants if parts.service.tenant_labels else None
        metrics = Metrics(ENDPOINTS, parts.routes.by_name, parts.verifier.fetches, shown)
        self._watchers: tuple[Watcher, ...] = (metrics,) if parts.tracing is None else (metrics, parts.tracing)
        self._lifecycle = Lifecycle(parts, self._watchers)
        self._asking = Asking(parts, self._cpu, self._waiting)
        self._operations = Operations(parts, metrics, self._cpu, lambda: self._lifecycle.recording and not self._closed)
        self._closed = False

    def routes(self) -> list[Route]:
        """Every address there is."""
        asking = self._asking
        return [
            Route("/v1/answer", self._audited("answer", asking.answer), methods=["POST"]),
            Route("/v1/retrieve", self._audited("retrieve", asking.retrieve), methods=["POST"]),
            Route("/v1/audit/{record_id}", self._audited("audit", self._audit_record), methods=["GET"]),
            *([] if self._parts.documents is None else self._document_routes(self._parts.documents)),
            *self._operations.routes(),
        ]

    def close(self) -> None:
        """Finish what is running, then close the index, the log and the watchers. Safe to call twice."""
        if not self._closed:
            self._closed = True
            with ExitStack() as closing:  # whatever one of them raises, the others are closed
                for watcher in self._watchers:
                    closing.callback(watcher.close)
                closing.callback(self._parts.audit.close)
                closing.callback(self._lifecycle.close)
                closing.callback(self._parts.retrieval.close)
                closing.callback(self._waiting.close)
                closing.callback(self._changing.close)
                closing.callback(self._cpu.close)  # called first: the last one in is the first one out

    def _document_routes(self, documents: Documents) -> list[Route]:
        path = "/v1/documents/{document_id:path}"
        limits, intend = self._parts.limits, self._lifecycle.intend
        handlers = DocumentEndpoints(documents, limits, self._cpu, self._changing, intend)
        return [
            Route(path, self._audited("document", handlers.read), methods=["GET"]),
            Route(path, self._audited("document_put", handlers.put, writes=True), methods=["PUT"]),
            Route(path, self._audited("document_remove", handlers.remove, writes=True), methods=["DELETE"]),
        ]

    def _audited(self, name: str, handle: Handler, *, writes: bool = False) -> Endpoint:
        async def endpoint(request: Request) -> Response:
            return await self._lifecycle.audited(name, request, handle, writes=writes)

        return endpoint

    async def _audit_record(self, request: Request, principal: Principal, trail: Trail) -> Sent:
        """GET /v1/audit/{record_id}: what the record says of the request, without its place in the log."""
        if AUDITORS not in principal.groups:
            raise NotAllowedError
        record_id = request.path_params["record_id"]
        record = self._parts.audit.read(record_id, principal.tenant)
        if not isinstance(record, Mapping):
            raise NotFoundError
        trail.has_read(record_id)
        trail.ended("audit_read")
        return Sent(200, {"record": {name: value for name, value in record.items() if name not in _PLACE}})


async def _no_such_endpoint(_: Request, fault: Exception) -> Response:
    status = fault.status_code if isinstance(fault, HTTPException) else 404
    return no_such_endpoint(status, secrets.token_hex(16)).response()


async def _broken(_: Request, __: Exception) -> Response:
    return broken(secrets.token_hex(16)).response()
