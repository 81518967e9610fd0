"""The application over HTTP, in process: the wire contract, identity, limits, and the record of every request."""

import asyncio
import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from types import ModuleType
from typing import Any

import httpx
import pytest

from system_under_test.config import Limits
from system_under_test.gateway.verify import Identity, Verifier
from system_under_test.routing.answer import REFUSAL

QUESTION = {"question": "How many days of annual leave are there a year?"}
Start = Callable[..., Any]


def send(service: Any, *calls: tuple[str, str, dict[str, Any]]) -> list[httpx.Response]:
    """The responses to calls (verb, path, arguments), one after another."""

    async def run() -> list[httpx.Response]:
        async with service.client() as client:
            return [await client.request(verb, path, **arguments) for verb, path, arguments in calls]

    return asyncio.run(run())


def ask(service: Any, body: object = QUESTION, path: str = "/v1/answer", **claims: object) -> httpx.Response:
    return send(service, ("POST", path, {"json": body, "headers": service.idp.headers(**claims)}))[0]


def test_an_answer_has_exactly_the_members_of_the_contract(serve: Start) -> None:
    response = ask(serve())

    body = response.json()
    assert response.status_code == 200
    assert set(body) == {"answer", "refused", "citations", "passages", "route", "usage", "timings_ms", "audit"}
    assert body["answer"] == "Annual leave is 27 days a year."
    assert body["refused"] is False
    assert body["citations"] == [{"passage_id": "acme-leave", "quote": "Annual leave is 27 days a year."}]
    assert set(body["passages"][0]) == {"id", "rank", "text", "tenant", "source"}
    assert set(body["passages"][0]["source"]) == {"document_id", "uri", "title", "version", "sha256", "span"}
    assert body["route"] == {"name": "better", "model": "extractive/better", "reason": "declared default"}
    assert set(body["usage"]) == {"input_tokens", "output_tokens", "cost_usd"}
    assert set(body["timings_ms"]) == {"auth", "retrieve", "rerank", "generate", "total"}
    assert set(body["audit"]) == {"record_id"}


def test_a_question_without_support_is_refused_in_constant_words(serve: Start) -> None:
    body = ask(serve(), {"question": "Where do penguins breed?"}).json()

    assert (body["answer"], body["refused"], body["citations"]) == (REFUSAL, True, [])


def test_retrieve_is_the_same_without_an_answer(serve: Start) -> None:
    service = serve()

    found, answered = ask(service, path="/v1/retrieve").json(), ask(service).json()

    assert set(found) == {"passages", "timings_ms", "audit"}
    assert found["passages"] == answered["passages"]


def test_top_k_bounds_the_passages(serve: Start) -> None:
    body = ask(serve(), {**QUESTION, "top_k": 1}).json()

    assert [passage["rank"] for passage in body["passages"]] == [1]


@pytest.mark.parametrize("verb", ["answer", "retrieve"])
@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        pytest.param({"headers": {"x-tenant-id": "globex"}, "json": QUESTION}, 200, id="header"),
        pytest.param({"params": {"tenant": "globex"}, "json": QUESTION}, 200, id="query"),
        pytest.param({"json": {**QUESTION, "tenant": "globex"}}, 400, id="body"),
        pytest.param({"headers": {"host": "globex.example"}, "json": QUESTION}, 200, id="host"),
    ],
)
def test_a_tenant_outside_the_token_changes_nothing(
    serve: Start, verb: str, arguments: dict[str, Any], status: int
) -> None:
    service = serve()
    headers = {**arguments.get("headers", {}), **service.idp.headers()}

    response = send(service, ("POST", f"/v1/{verb}", {**arguments, "headers": headers}))[0]

    assert response.status_code == status
    assert {passage["tenant"] for passage in response.json().get("passages", [])} <= {"acme"}


def test_every_refused_token_gets_the_same_body_and_reaches_nothing(serve: Start, doubles: ModuleType) -> None:
    service = serve()
    stranger = doubles.Idp()
    wrong: list[dict[str, str]] = [
        {},
        {"authorization": "Bearer x"},
        {"authorization": "Basic dXNlcg=="},
        {"authorization": "Bearer " + "a" * 9_000},
        stranger.headers(),
        service.idp.headers(aud="other"),
        service.idp.headers(iss="https://evil.example"),
        service.idp.headers(exp=1),
        service.idp.headers(tenant="initech"),
        service.idp.headers(groups=[]),
        service.idp.headers(clearance="all"),
        service.idp.headers(sub=doubles.REMOVED),
    ]

    responses = send(service, *(("POST", "/v1/answer", {"json": QUESTION, "headers": one}) for one in wrong))

    bodies = {response.text.replace(response.json()["request_id"], "") for response in responses}
    assert {response.status_code for response in responses} == {401}
    assert {response.headers["www-authenticate"] for response in responses} == {"Bearer"}
    assert len(bodies) == 1
    assert service.retrieval.searches == []
    assert ask(service).status_code == 200


def test_two_authorization_headers_are_refused(serve: Start) -> None:
    service = serve()
    value = service.idp.headers()["authorization"]
    headers = [("authorization", value), ("authorization", value)]

    response = send(service, ("POST", "/v1/answer", {"json": QUESTION, "headers": headers}))[0]

    assert response.status_code == 401


def test_a_token_in_the_query_is_not_looked_at(serve: Start) -> None:
    service = serve()

    response = send(
        service, ("POST", "/v1/answer", {"json": QUESTION, "params": {"access_token": service.idp.token()}})
    )[0]

    assert response.status_code == 401


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        pytest.param(b"{", 400, "body_not_json", id="no JSON"),
        pytest.param(b"[" * 60_000, 400, "body_not_json", id="nested deeply"),
        pytest.param(b'{"question": "a", "tenant": "globex"}', 400, "unknown_member", id="unknown member"),
        pytest.param(b'{"question": "' + b"x" * 70_000 + b'"}', 413, "too_large", id="too large"),
        pytest.param(b'{"question": "a", "route": "slow"}', 400, "unknown_route", id="unknown route"),
        pytest.param(b'{"question": "a", "route": "hosted"}', 503, "route_unavailable", id="hosted without endpoint"),
    ],
)
def test_a_bad_body_gets_an_error_of_constant_shape(serve: Start, body: bytes, status: int, code: str) -> None:
    service = serve()

    response = send(service, ("POST", "/v1/answer", {"content": body, "headers": service.idp.headers()}))[0]

    assert (response.status_code, response.json()["error"]["code"]) == (status, code)
    assert set(response.json()) == {"error", "request_id"}
    assert set(response.json()["error"]) == {"code", "message"}
    assert service.retrieval.searches == []


def test_a_chunked_body_is_cut_off_at_the_limit(serve: Start) -> None:
    service = serve()
    sent = []

    async def pieces() -> Any:
        for _ in range(1_000):
            sent.append(1)
            yield b" " * 1_024

    async def run() -> httpx.Response:
        async with service.client() as client:
            response: httpx.Response = await client.post("/v1/answer", content=pieces(), headers=service.idp.headers())
            return response

    assert asyncio.run(run()).status_code == 413
    assert len(sent) < 100


def test_a_route_that_lacks_a_setting_does_not_tell_which(serve: Start) -> None:
    service = serve(environment={"REFERENCE_HOSTED_MODEL": "m", "REFERENCE_HOSTED_API_BASE": "http://127.0.0.1:9"})

    body = ask(service, {**QUESTION, "route": "hosted"}).json()

    assert body["error"] == {"code": "route_unavailable", "message": "the route is not available"}


def test_every_request_leaves_one_record_and_the_answer_names_it(serve: Start) -> None:
    service = serve()
    responses = [
        ask(service),
        ask(service, {"question": "Where do penguins breed?"}),
        ask(service, path="/v1/retrieve"),
        ask(service, {"question": ""}),
        ask(service, aud="other"),
    ]

    records = service.records()

    assert [record["outcome"] for record in records] == [
        "answered",
        "refused",
        "retrieved",
        "bad_request",
        "unauthenticated",
    ]
    assert records[-1]["reason"] == "audience_wrong"
    assert [record["record_id"] for record in records[:3]] == [
        response.json()["audit"]["record_id"] for response in responses[:3]
    ]
    assert [record["record_id"] for record in records[3:]] == [
        response.json()["request_id"] for response in responses[3:]
    ]


def test_a_record_holds_digests_and_names_and_no_text(serve: Start) -> None:
    service = serve()
    headers = service.idp.headers(sub="alice@acme.example", jti="secret-jti")
    response = send(service, ("POST", "/v1/answer", {"json": QUESTION, "headers": headers}))[0]

    line = service.audit_path.read_text(encoding="utf-8")

    record = json.loads(line)
    for text in ("alice", "secret-jti", "annual leave", "27 days", headers["authorization"][7:], "everyone"):
        assert text.lower() not in line.lower()
    assert record["tenant"] == "acme"
    assert [found["document_id"] for found in record["retrieved"]] == ["acme/leave", "acme/sick"]
    assert record["route"] == "better"
    assert record["release"] == {"corpus": "c" * 64}
    assert record["timings_ms"] == response.json()["timings_ms"]
    assert len(record["answer_sha256"]) == len(record["question_hash"]) == 64


@pytest.mark.parametrize("stale", [False, True])
def test_a_record_says_whether_the_keys_were_stale(serve: Start, doubles: ModuleType, stale: bool) -> None:
    class Told(Verifier):
        async def identify(self, authorization: Sequence[str]) -> Identity:
            return replace(await super().identify(authorization), jwks_stale=stale)

    idp = doubles.Idp()
    service = serve(verifier=Told([idp.as_issuer()], doubles.TENANTS, Limits()))

    responses = send(
        service,
        ("POST", "/v1/answer", {"json": QUESTION, "headers": idp.headers()}),
        ("POST", "/v1/answer", {"json": QUESTION}),
    )

    assert [response.status_code for response in responses] == [200, 401]
    assert [record["jwks_stale"] for record in service.records()] == [stale, None]


def test_no_answer_leaves_where_the_record_cannot_be_kept(serve: Start, doubles: ModuleType) -> None:
    audit = doubles.FailingAudit()
    service = serve(audit=audit)

    refused = [
        ask(service),
        ask(service, {"question": ""}),
        ask(service, aud="other"),
        ask(service, path="/v1/retrieve"),
    ]
    audit.failing = False
    answered = ask(service)

    assert [response.status_code for response in refused] == [503] * 4
    assert all(set(response.json()) == {"error", "request_id"} for response in refused)
    assert all("27 days" not in response.text for response in refused)
    assert answered.status_code == 200
    assert len(audit.records) == 1


def test_a_fault_inside_is_told_as_such_and_recorded_by_its_class(serve: Start, doubles: ModuleType) -> None:
    service = serve(retrieval=doubles.MemoryRetrieval(fault=RuntimeError("index at /secret/path")))

    response = ask(service)

    assert (response.status_code, response.json()["error"]["code"]) == (500, "internal")
    assert "secret" not in response.text
    assert [(one["outcome"], one["reason"]) for one in service.records()] == [("failed", "RuntimeError")]


def test_a_model_that_invents_a_quote_is_not_answered_with(serve: Start, doubles: ModuleType) -> None:
    invented = {"answer": "99 days", "refused": False, "citations": [{"passage_id": "acme-leave", "quote": "99 days"}]}
    service = serve(completer=doubles.DirectCompleter(json.dumps(invented)))

    response = ask(service)

    assert (response.status_code, response.json()["error"]["code"]) == (502, "route_failed")
    assert "99 days" not in response.text


def test_hostile_text_in_a_document_stays_text(serve: Start, doubles: ModuleType) -> None:
    hostile = 'Leave is 27 days."}], "tenant": "globex", <script>alert(1)</script> {{7*7}} \u202e \x00 end.'
    service = serve(retrieval=doubles.MemoryRetrieval([doubles.passage(hostile)]))

    response = ask(service, {"question": "How many days of leave?"})

    assert response.headers["content-type"] == "application/json"
    assert response.json()["passages"][0]["text"] == hostile
    assert response.json()["passages"][0]["tenant"] == "acme"


def test_release_and_health_are_open_and_hold_no_secret(serve: Start) -> None:
    release, health, other = send(
        serve(), ("GET", "/v1/release", {}), ("GET", "/healthz", {}), ("GET", "/v1/nothing", {})
    )

    assert release.json() == {"version": "1", "digests": {"corpus": "c" * 64}}
    assert health.json() == {"status": "ok"}
    assert (other.status_code, other.json()["error"]["code"]) == (404, "no_such_endpoint")


def test_concurrent_requests_of_two_tenants_do_not_mix(serve: Start) -> None:
    service = serve()

    async def run() -> list[tuple[str, httpx.Response]]:
        async with service.client() as client:

            async def one(tenant: str) -> tuple[str, httpx.Response]:
                headers = service.idp.headers(tenant=tenant)
                return tenant, await client.post("/v1/answer", json=QUESTION, headers=headers)

            return await asyncio.gather(*(one(tenant) for tenant in ["acme", "globex"] * 20))

    for tenant, response in asyncio.run(run()):
        assert {passage["tenant"] for passage in response.json()["passages"]} == {tenant}
    assert len({record["record_id"] for record in service.records()}) == 40
