"""Errors: for each status and code the same bytes and headers, whatever led to it."""

import re
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from system_under_test.config import Service

QUESTION = {"question": "How many days of annual leave are there a year?"}
Start = Callable[..., Any]
Call = tuple[str, str, dict[str, Any]]


def errors(service: Any) -> dict[str, tuple[Call, Call]]:
    """Two ways into each error, as different as they can be made."""
    headers = service.idp.headers
    bad = {"authorization": "Bearer " + "a" * 200}

    def post(headers: Mapping[str, str], body: object = QUESTION, path: str = "/v1/answer") -> Call:
        return "POST", path, {"json": body, "headers": headers}

    def get(path: str, **claims: object) -> Call:
        return "GET", path, {"headers": headers(**claims)}

    staff, auditor = {"groups": ["everyone"]}, {"groups": ["auditors"]}
    return {
        "unauthenticated": (post(bad), post(headers(aud="other"), path="/v1/retrieve")),
        "forbidden": (get("/v1/audit/" + "a" * 32, **staff), get("/v1/audit/x", tenant="globex", **staff)),
        "not_found": (get("/v1/audit/" + "a" * 32, **auditor), get("/v1/audit/x", tenant="globex", **auditor)),
        "no_such_endpoint": (("GET", "/v1/nothing", {}), post(headers(), path="/v1/answer/")),
        "method_not_allowed": (("GET", "/v1/answer", {}), ("DELETE", "/v1/retrieve", {"headers": headers()})),
        "unknown_route": (
            post(headers(), {**QUESTION, "route": "slow"}),
            post(headers(tenant="globex"), {**QUESTION, "route": "no-route"}, "/v1/retrieve"),
        ),
        "unknown_member": (post(headers(), {**QUESTION, "a": 1}), post(headers(), {**QUESTION, "secret": "hunter2"})),
        "question_wrong": (post(headers(), {"question": ""}), post(headers(), {"question": ["x"]}, "/v1/retrieve")),
        "body_not_json": (
            ("POST", "/v1/answer", {"content": b"{", "headers": headers()}),
            ("POST", "/v1/retrieve", {"content": b'{"question": NaN}', "headers": headers()}),
        ),
        "too_large": (
            post(headers(), {"question": "x" * 70_000}),
            ("POST", "/v1/retrieve", {"content": b" " * 80_000, "headers": headers()}),
        ),
        "head_too_large": (post({**headers(), "x": "a" * 20_000}), post({**bad, "y": "a" * 30_000})),
        "route_unavailable": (
            post(headers(), {**QUESTION, "route": "hosted"}),
            post(headers(tenant="globex"), {**QUESTION, "route": "hosted"}, "/v1/retrieve"),
        ),
    }


CODES = (
    "unauthenticated",
    "forbidden",
    "not_found",
    "no_such_endpoint",
    "method_not_allowed",
    "unknown_route",
    "unknown_member",
    "question_wrong",
    "body_not_json",
    "too_large",
    "head_too_large",
    "route_unavailable",
)


@pytest.mark.parametrize("code", CODES)
def test_each_error_is_the_same_bytes_whatever_led_to_it(serve: Start, doubles: Any, code: str) -> None:
    service = serve()

    first, second = service.send(*errors(service)[code])

    assert first.json()["error"]["code"] == code
    assert doubles.without_id(first) == doubles.without_id(second)
    assert set(first.json()) == {"error", "request_id"}
    assert re.fullmatch(r"[0-9a-f]{32}", first.json()["request_id"])
    assert (first.headers.get("www-authenticate") == "Bearer") is (first.status_code == 401)


def test_no_error_is_left_out_of_the_comparison(serve: Start) -> None:
    assert tuple(errors(serve())) == CODES


def test_an_error_never_repeats_the_host_that_the_caller_named(serve: Start) -> None:
    call = {"headers": {"host": "evil.example"}}

    responses = serve().send(("GET", "/healthz/", call), ("POST", "/v1/answer/", call), ("GET", "/v1//answer", call))

    assert {response.status_code for response in responses} == {404}
    assert all("evil" not in f"{response.headers}{response.text}" for response in responses)


def test_a_fault_outside_of_every_handler_has_the_body_of_any_other(serve: Start, doubles: Any) -> None:
    class Broken(doubles.Verifier):  # type: ignore[name-defined,misc]
        def fetches(self) -> Any:
            raise RuntimeError("key set of acme at /secret/path")

    idp = doubles.Idp()
    verifier = Broken([idp.as_issuer()], doubles.TENANTS, doubles.Limits())
    outside = serve(verifier=verifier, service=Service(operations_port=9_090))
    inside = serve(retrieval=doubles.MemoryRetrieval(fault=RuntimeError("index at /secret/path")))

    first = outside.send(("GET", "http://gateway:9090/metrics", {}))[0]
    second = inside.send(("POST", "/v1/answer", {"json": QUESTION, "headers": inside.idp.headers()}))[0]

    assert (first.status_code, first.json()["error"]["code"]) == (500, "internal")
    assert doubles.without_id(first) == doubles.without_id(second)
