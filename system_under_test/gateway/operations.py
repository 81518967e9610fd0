"""The endpoints for whoever runs the service: no token, no record, and nobody's data.

Metrics tell how much everybody asks, so they exist on the operations port alone, and without one nowhere: on any other
port the address is one that means nothing, whatever the verb. With an operations port, readiness is told there too.
"""

from collections.abc import Awaitable, Callable
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match, Route
from starlette.types import Scope

from system_under_test.gateway.health import Readiness
from system_under_test.gateway.metrics import CONTENT_TYPE, Metrics
from system_under_test.gateway.parts import Parts
from system_under_test.gateway.pools import FairPool
from system_under_test.gateway.wire import HEADERS, Sent

_NOBODY: Final = ""
"""Waits for a thread like a tenant, and is none: tenants have names."""


class OperationsRoute(Route):
    """An address that exists where the connection came in on this port: the socket's own, not what Host says."""

    def __init__(self, port: int, path: str, endpoint: Callable[[Request], Awaitable[Response]]) -> None:
        super().__init__(path, endpoint, methods=["GET"])
        self._port = port

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Nothing elsewhere: not even the verb is then found to be wrong."""
        server = scope.get("server")
        return super().matches(scope) if server is not None and server[1] == self._port else (Match.NONE, {})


class Operations:
    """Health, metrics, and the name of the release."""

    def __init__(self, parts: Parts, metrics: Metrics, cpu: FairPool, recording: Callable[[], bool]) -> None:
        """`recording` says whether audit records are being kept."""
        self._parts = parts
        self._metrics = metrics
        self._cpu = cpu
        self._recording = recording
        self._readiness = Readiness(
            {
                "index": self._index_works,
                "keys": self._keys_there,
                "deny_list": self._deny_list_there,
                "audit": self._audit_kept,
            }
        )

    def routes(self) -> list[Route]:
        """The addresses, on the ports that they belong to."""
        port = self._parts.service.operations_port
        public = [
            Route("/v1/release", self.release, methods=["GET"]),
            Route("/healthz", self.healthz, methods=["GET"]),
        ]
        if port is None:
            return [*public, Route("/readyz", self.readyz, methods=["GET"])]
        return [*public, OperationsRoute(port, "/readyz", self.readyz), OperationsRoute(port, "/metrics", self.metrics)]

    async def release(self, _: Request) -> Response:
        """GET /v1/release: digests and limits, nothing secret and nobody's data, hence open."""
        return Sent(200, self._parts.release).response()

    async def healthz(self, _: Request) -> Response:
        """GET /healthz: the process is alive, and nothing more."""
        return Sent(200, {"status": "ok"}).response()

    async def readyz(self, _: Request) -> Response:
        """GET /readyz: whether it can answer, and why not."""
        reasons = await self._readiness.reasons()
        status, word = (503, "unavailable") if reasons else (200, "ready")
        return Sent(status, {"status": word, "reasons": reasons}).response()

    async def metrics(self, _: Request) -> Response:
        """GET /metrics: the Prometheus text format."""
        return Response(self._metrics.text(), 200, HEADERS, media_type=CONTENT_TYPE)

    async def _index_works(self) -> bool:
        """The model embeds and the index answers. An empty index is no fault: tenants may delete what they have."""
        vector = await self._cpu.run(_NOBODY, self._parts.retrieval.query_vector, "ready")
        if self._parts.index_size is not None:
            await self._cpu.run(_NOBODY, self._parts.index_size)
        return bool(vector.any())

    async def _keys_there(self) -> bool:
        """Every issuer's keys are at hand or can be had."""
        return "key_set" not in await self._parts.verifier.missing()

    async def _deny_list_there(self) -> bool:
        """Which tokens were withdrawn can be known."""
        return "deny_list" not in await self._parts.verifier.missing()

    async def _audit_kept(self) -> bool:
        """The last record was kept."""
        return self._recording()
