"""Counts and latencies in the Prometheus text format. Each application has its own registry.

Every label value comes from a closed set, so that no caller can make a series or write a word into one.
"""

from collections.abc import Callable, Collection, Iterator
from typing import Final, get_args

from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.core import CounterMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector

from system_under_test.audit.records import Outcome
from system_under_test.gateway.finished import Finished, StageName
from system_under_test.gateway.jwks_cache import Fetches

CONTENT_TYPE: Final = CONTENT_TYPE_LATEST
NONE: Final = "none"
"""The label where there is no such thing: no route was taken, nobody was authenticated."""
OTHER: Final = "other"
"""The label for a value that is not in its set."""
SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)

_OUTCOMES: Final = frozenset(get_args(Outcome))


class Metrics:
    """A watcher that counts. `text` is what a Prometheus server reads."""

    def __init__(
        self,
        endpoints: Collection[str],
        routes: Collection[str],
        fetches: Callable[[], Fetches],
        tenants: Collection[str] | None = None,
    ) -> None:
        """With `tenants`, requests are counted for each of them, and the text names them."""
        self._endpoints, self._routes = frozenset(endpoints), frozenset(routes)
        self._tenants = None if tenants is None else frozenset(tenants)
        self._registry = CollectorRegistry()
        labels = ["endpoint", "status", "outcome", "route", *([] if tenants is None else ["tenant"])]
        self._requests = Counter("rag_requests", "Requests that are over.", labels, registry=self._registry)
        total = Histogram(
            "rag_request_seconds", "From request to answer.", ["endpoint"], buckets=SECONDS, registry=self._registry
        )
        self._by_endpoint = {endpoint: total.labels(endpoint) for endpoint in (*self._endpoints, OTHER)}
        stage = Histogram(
            "rag_stage_seconds", "Each part of the work.", ["stage"], buckets=SECONDS, registry=self._registry
        )
        self._by_stage = {name: stage.labels(name) for name in get_args(StageName)}
        self._limited = Counter("rag_rate_limited", "Requests of tenants that asked too much.", registry=self._registry)
        self._unrecorded = Counter(
            "rag_audit_failures", "Requests whose record could not be kept.", registry=self._registry
        )
        self._registry.register(_KeySets(fetches))

    def finished(self, request: Finished) -> None:
        """Count a request."""
        endpoint = _of(request.endpoint, self._endpoints)
        labels = [endpoint, str(request.status), _of(request.outcome, _OUTCOMES), _of(request.route, self._routes)]
        if self._tenants is not None:
            labels.append(_of(request.tenant, self._tenants))
        self._requests.labels(*labels).inc()
        self._by_endpoint[endpoint].observe(request.total_ms / 1_000)
        for stage in request.stages:
            self._by_stage[stage.name].observe(stage.spent_ms / 1_000)
        if request.status == 429:
            self._limited.inc()
        if not request.audited:
            self._unrecorded.inc()

    def text(self) -> bytes:
        """Everything counted so far, in the text format."""
        return generate_latest(self._registry)

    def close(self) -> None:
        """Nothing is held back."""


class _KeySets(Collector):
    """What the verifier itself counts, read when it is asked for."""

    def __init__(self, fetches: Callable[[], Fetches]) -> None:
        self._fetches = fetches

    def collect(self) -> Iterator[CounterMetricFamily]:
        """One counter."""
        fetches = self._fetches()
        family = CounterMetricFamily("rag_jwks_fetches", "Key sets asked for, by how it ended.", labels=["result"])
        family.add_metric(["succeeded"], fetches.succeeded)
        family.add_metric(["failed"], fetches.failed)
        yield family


def _of(value: str | None, known: frozenset[str]) -> str:
    if value is None:
        return NONE
    return value if value in known else OTHER
