"""What a Prometheus server reads: counts from closed sets, and nobody's words."""

import asyncio
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import httpx
from prometheus_client import REGISTRY
from prometheus_client.parser import text_string_to_metric_families

from system_under_test.config import Limits, Service
from system_under_test.gateway.finished import Finished, Stage
from system_under_test.gateway.jwks_cache import Fetches
from system_under_test.gateway.metrics import Metrics

Start = Callable[..., Any]
DONE = Finished("r", "answer", 200, "answered", "fast", "acme", 0, 20.0, (Stage("auth", 0, 1.0),), audited=True)


def metrics(tenants: frozenset[str] | None = None) -> Metrics:
    return Metrics({"answer"}, {"fast"}, lambda: Fetches(3, 1), tenants)


def samples(text: str) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    """The samples of a text, by name and labels, as the library's own parser reads them."""
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def value(text: bytes, name: str, **labels: str) -> float | None:
    return samples(text.decode()).get((name, frozenset(labels.items())))


INSIDE = Service(operations_port=9_090)


def scraped(service: Any, *calls: dict[str, Any]) -> tuple[list[httpx.Response], httpx.Response]:
    """The responses to questions, and then what /metrics says."""

    async def run() -> tuple[list[httpx.Response], httpx.Response]:
        async with service.client() as client:
            asked = [await client.post(**{"url": "/v1/answer", **call}) for call in calls]
            return asked, await client.get("http://gateway:9090/metrics")

    return asyncio.run(run())


def test_requests_are_counted_by_endpoint_status_outcome_and_route() -> None:
    counted = metrics()

    for _ in range(2):
        counted.finished(DONE)
    text = counted.text()

    assert value(text, "rag_requests_total", endpoint="answer", status="200", outcome="answered", route="fast") == 2
    assert value(text, "rag_request_seconds_sum", endpoint="answer") == 0.04
    assert value(text, "rag_stage_seconds_count", stage="auth") == 2
    assert value(text, "rag_jwks_fetches_total", result="succeeded") == 3
    assert value(text, "rag_jwks_fetches_total", result="failed") == 1


def test_a_value_outside_its_set_makes_no_series() -> None:
    counted = metrics(frozenset({"acme"}))

    for number in range(50):
        counted.finished(replace(DONE, endpoint=f"e{number}", route=f"r{number}", tenant=f"t{number}"))
    text = counted.text()

    labels = {"endpoint": "other", "status": "200", "outcome": "answered", "route": "other", "tenant": "other"}
    assert value(text, "rag_requests_total", **labels) == 50
    assert not re.search(rb'"[ert]\d+"', text)


def test_limits_and_failures_of_the_log_are_counted() -> None:
    counted = metrics()

    counted.finished(replace(DONE, status=429, outcome="unavailable", route=None))
    counted.finished(replace(DONE, status=503, outcome="failed", audited=False))
    text = counted.text()

    assert value(text, "rag_rate_limited_total") == 1
    assert value(text, "rag_audit_failures_total") == 1


def test_tenants_are_named_only_where_the_setting_says_so(serve: Start, doubles: Any) -> None:
    hidden = serve(service=INSIDE)
    shown = serve(service=replace(INSIDE, tenant_labels=True), tenants=doubles.TENANTS)

    texts = [scraped(one, {"json": {"question": "Leave?"}, "headers": one.idp.headers()})[1] for one in (hidden, shown)]

    assert "acme" not in texts[0].text
    assert 'tenant="acme"' in texts[1].text


def test_two_gateways_in_one_process_count_apart_and_not_globally(serve: Start) -> None:
    first, second = serve(service=INSIDE), serve(service=INSIDE)
    call = {"json": {"question": "Leave?"}, "headers": first.idp.headers()}

    counts = [
        re.findall(r"^rag_requests_total.* (\S+)$", scraped(*one)[1].text, re.MULTILINE)
        for one in [(first, call), (second,)]
    ]

    assert counts == [["1.0"], []]
    assert not [family.name for family in REGISTRY.collect() if family.name.startswith("rag_")]


def test_the_text_of_a_gateway_holds_nothing_of_what_was_asked(serve: Start) -> None:
    service = serve(service=INSIDE, limits=Limits(requests_per_minute=3))
    headers = service.idp.headers(sub="alice@acme.example", jti="secret-jti")
    question = {"question": "How many days of annual leave?", "route": "fast", "conversation_id": "c-1"}

    asked, scrape = scraped(
        service,
        {"json": question, "headers": headers},
        {"json": {**question, "route": "route-of-the-caller"}, "headers": headers},
        {"json": question, "headers": {"authorization": "Bearer x"}},
        {"json": {"question": ""}, "headers": headers},
        {"json": question, "headers": headers},
    )

    assert [response.status_code for response in asked] == [200, 400, 401, 400, 429]
    assert scrape.headers["content-type"].startswith("text/plain")
    assert value(scrape.content, "rag_rate_limited_total") == 1
    stages = {dict(labels)["stage"] for name, labels in samples(scrape.text) if name == "rag_stage_seconds_count"}
    assert stages == {"auth", "retrieve", "rerank", "generate", "audit"}
    for word in ("alice", "secret-jti", "annual", "route-of-the-caller", "c-1", "acme", headers["authorization"][7:30]):
        assert word not in scrape.text


def test_a_failing_log_is_counted_as_what_the_caller_saw(serve: Start, doubles: Any) -> None:
    service = serve(service=INSIDE, audit=doubles.FailingAudit())

    asked, scrape = scraped(service, {"json": {"question": "Leave?"}, "headers": service.idp.headers()})

    found = list(_labels(scrape.text, "rag_requests_total"))
    assert asked[0].status_code == 503
    assert [(one["status"], one["outcome"]) for one in found] == [("503", "failed")]
    assert value(scrape.content, "rag_audit_failures_total") == 1


def _labels(text: str, wanted: str) -> Iterator[dict[str, str]]:
    return (dict(labels) for name, labels in samples(text) if name == wanted)
