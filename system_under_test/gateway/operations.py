"""The endpoints for whoever runs the service: no token, no record, and nobody's data."""

from collections.abc import Callable
from typing import Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from system_under_test.gateway.health import Readiness
from system_under_test.gateway.metrics import CONTENT_TYPE, Metrics
from system_under_test.gateway.parts import Parts
from system_under_test.gateway.pools import FairPool
from system_under_test.gateway.wire import HEADERS, Sent

_NOBODY: Final = ""
"""Waits for a thread like a tenant, and is none: tenants have names."""


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

    async def release(self, _: Request) -> Response:
        """GET /v1/release: digests and limits, nothing secret and nobody's data, hence open."""
        return Sent(200, self._parts.release).response()

    async def healthz(self, _: Request) -> Response:
        """GET /healthz: the process is alive, and nothing more."""
        return Sent(200, {"status": "ok"}).response()

    async def readyz(self, request: Request) -> Response:
        """GET /readyz: whether it can answer, and why not."""
        self._operations_only(request)
        reasons = await self._readiness.reasons()
        status, word = (503, "unavailable") if reasons else (200, "ready")
        return Sent(status, {"status": word, "reasons": reasons}).response()

    async def metrics(self, request: Request) -> Response:
        """GET /metrics: the Prometheus text format."""
        self._operations_only(request)
        return Response(self._metrics.text(), 200, HEADERS, media_type=CONTENT_TYPE)

    def _operations_only(self, request: Request) -> None:
        """Refuse where the connection did not come in on the operations port: the socket's own, not what Host says."""
        port, server = self._parts.service.operations_port, request.scope.get("server")
        if port is not None and (server is None or server[1] != port):
            raise HTTPException(404)

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
