"""OpenTelemetry spans of requests and their stages. The one module that imports opentelemetry, which takes 0.2 s.

Spans are written when a request is over, from what is told about it (`finished.Finished`). Nothing of a question, an
answer, a token or a subject is in there to be written.
"""

from typing import Final

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import SpanKind, Status, StatusCode, set_span_in_context

from system_under_test.gateway.finished import Finished

_SERVICE: Final = "reference-rag"
_EXPORT_S: Final = 2
_SERVER_ERROR: Final = 500


class Tracing:
    """A watcher that writes one span for a request and one below it for each stage."""

    def __init__(self, processor: SpanProcessor, *, tenants: bool = False) -> None:
        """With `tenants`, spans name the tenant."""
        self._provider = TracerProvider(resource=Resource.create({"service.name": _SERVICE}))
        self._provider.add_span_processor(processor)
        self._tracer = self._provider.get_tracer("system_under_test.gateway")
        self._tenants = tenants

    def finished(self, request: Finished) -> None:
        """Write the spans of a request."""
        began = request.began_unix_ns
        span = self._tracer.start_span(request.endpoint, kind=SpanKind.SERVER, start_time=began)
        span.set_attributes(self._attributes(request))
        if request.status >= _SERVER_ERROR:
            span.set_status(Status(StatusCode.ERROR))
        below = set_span_in_context(span)
        for stage in request.stages:
            start = began + _ns(stage.start_ms)
            child = self._tracer.start_span(stage.name, below, start_time=start)
            child.end(start + _ns(stage.spent_ms))
        span.end(began + _ns(request.total_ms))

    def close(self) -> None:
        """Export what is held back."""
        self._provider.shutdown()

    def _attributes(self, request: Finished) -> dict[str, str | int]:
        attributes: dict[str, str | int] = {
            "rag.request_id": request.request_id,
            "rag.endpoint": request.endpoint,
            "rag.outcome": request.outcome,
            "http.response.status_code": request.status,
        }
        if request.route is not None:
            attributes["rag.route"] = request.route
        if self._tenants and request.tenant is not None:
            attributes["rag.tenant"] = request.tenant
        return attributes


def otlp(endpoint: str | None, *, tenants: bool = False) -> Tracing:
    """Spans over OTLP/HTTP to `endpoint`, or to where the OTEL_EXPORTER_OTLP_* variables say."""
    exporter = OTLPSpanExporter(endpoint=endpoint, timeout=_EXPORT_S)
    return Tracing(BatchSpanProcessor(exporter), tenants=tenants)


def _ns(milliseconds: float) -> int:
    return round(milliseconds * 1_000_000)
