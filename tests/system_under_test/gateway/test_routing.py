"""What the gateway tells and records of the route that was chosen, and of those that were not."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import replace
from types import ModuleType
from typing import Any

import httpx
import pytest

from system_under_test.routing.errors import RouteFailedError
from system_under_test.routing.routes import HostedRoute, Routes, load_routes
from system_under_test.routing.tenants import Constraints

QUESTION = {"question": "How many days of annual leave are there a year?"}
ENVIRONMENT = {
    "REFERENCE_HOSTED_MODEL": "m",
    "REFERENCE_HOSTED_API_BASE": "http://127.0.0.1:9",
    "REFERENCE_HOSTED_API_KEY": "k",
}
GRANTED = Constraints(
    frozenset({"local", "elsewhere"}), frozenset({"extractive", "hosted"}), frozenset({"public", "internal"})
)
Start = Callable[..., Any]


def granted(**changes: Any) -> Routes:
    """The shipped routes, with `hosted` granted to acme."""
    return replace(load_routes(), tenants={"acme": GRANTED}, **changes)


def ask(service: Any, **body: object) -> httpx.Response:
    async def run() -> httpx.Response:
        async with service.client() as client:
            return await client.post("/v1/answer", json={**QUESTION, **body}, headers=service.idp.headers())

    return asyncio.run(run())


@pytest.fixture
def failing(doubles: ModuleType) -> Any:
    """A completer whose hosted model is down and whose others answer."""

    class Completer(doubles.DirectCompleter):  # type: ignore[name-defined,misc]
        def complete(self, route: Any, messages: Any, evidence: Any) -> Any:
            if isinstance(route, HostedRoute):
                raise RouteFailedError("it failed", "credentials", cost_usd=0.0)
            return super().complete(route, messages, evidence)

    return Completer()


def test_the_record_says_why_the_other_routes_were_not_taken(serve: Start) -> None:
    service = serve()

    ask(service)

    record = service.records()[-1]
    assert (record["route"], record["provider"], record["region"]) == ("better", "extractive", "local")
    assert record["routes_not_taken"] == [
        {"route": "fast", "reason": "not_default"},
        {"route": "hosted", "reason": "region"},
    ]
    (attempt,) = record["attempts"]
    assert (attempt["route"], attempt["outcome"]) == ("better", "answered")


def test_a_route_that_the_tenant_does_not_admit_is_forbidden_before_retrieval(serve: Start) -> None:
    service = serve(environment=ENVIRONMENT)

    response = ask(service, route="hosted")

    assert (response.status_code, response.json()["error"]["code"]) == (403, "route_forbidden")
    assert service.retrieval.searches == []
    assert service.records()[-1]["outcome"] == "forbidden"
    assert ask(service, route="fast").status_code == 200


def test_a_route_that_a_passage_rules_out_is_forbidden_and_no_passage_is_dropped(
    serve: Start, doubles: ModuleType
) -> None:
    secret = doubles.passage("Annual leave is 27 days a year.")
    secret = replace(secret, document=replace(secret.document, classification="restricted"))
    retrieval = doubles.MemoryRetrieval([secret])
    service = serve(environment=ENVIRONMENT, routes=granted(), retrieval=retrieval)

    pinned, free = ask(service, route="hosted"), ask(service)

    assert (pinned.status_code, pinned.json()["error"]["code"]) == (403, "route_forbidden")
    assert free.json()["route"]["name"] == "better"
    assert {"route": "hosted", "reason": "data_class"} in service.records()[-1]["routes_not_taken"]


def test_a_route_that_stands_in_is_told_and_recorded_with_the_attempt_before_it(serve: Start, failing: Any) -> None:
    service = serve(environment=ENVIRONMENT, routes=granted(default="hosted"), completer=failing)

    body = ask(service).json()

    record = service.records()[-1]
    assert body["route"]["name"] == record["route"] == "better"
    assert body["route"]["reason"] == record["route_reason"] == "next in the declared order"
    assert [(one["route"], one["outcome"]) for one in record["attempts"]] == [
        ("hosted", "credentials"),
        ("better", "answered"),
    ]


def test_a_pinned_route_stands_or_falls_alone_unless_the_request_says_otherwise(serve: Start, failing: Any) -> None:
    service = serve(environment=ENVIRONMENT, routes=granted(), completer=failing)

    alone, helped = ask(service, route="hosted"), ask(service, route="hosted", fallback=True)

    assert (alone.status_code, alone.json()["error"]["code"]) == (502, "route_failed")
    assert helped.json()["route"]["name"] == "better"
    first, _ = service.records()
    assert [(one["route"], one["outcome"]) for one in first["attempts"]] == [("hosted", "credentials")]


def test_a_fallback_that_is_no_flag_is_refused(serve: Start) -> None:
    response = ask(serve(), fallback="yes")

    assert (response.status_code, response.json()["error"]["code"]) == (400, "fallback_wrong")


def test_a_budget_that_is_spent_is_refused_before_the_call(serve: Start, doubles: ModuleType) -> None:
    routes = granted()
    hosted = routes.by_name["hosted"]
    assert isinstance(hosted, HostedRoute)
    routes = replace(routes, by_name={**routes.by_name, "hosted": replace(hosted, budget_usd=0.0001)})
    completer = doubles.DirectCompleter(json.dumps({"answer": "", "refused": True, "citations": []}))
    service = serve(environment=ENVIRONMENT, routes=routes, completer=completer)

    response = ask(service, route="hosted")

    assert response.json()["error"]["code"] == "budget_spent"
    assert completer.sent == []


def test_events_hold_the_same_answer_as_the_body(serve: Start) -> None:
    service = serve()

    async def run() -> httpx.Response:
        async with service.client() as client:
            headers = {**service.idp.headers(), "accept": "text/event-stream"}
            return await client.post("/v1/answer", json=QUESTION, headers=headers)

    response = asyncio.run(run())

    *_, last = response.text.strip().split("\n\n")
    body = json.loads(last.split("\ndata: ")[1])
    assert response.headers["content-type"].startswith("text/event-stream")
    assert last.startswith("event: answer\n")
    assert body["answer"] == ask(service).json()["answer"]
    assert service.records()[0]["record_id"] == body["audit"]["record_id"]
