"""Check 31: each answered request has exactly one record, durable before the answer, that says how it was decided."""

import asyncio
import json
import os
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx
import pytest

from system_under_test.audit.log import AuditLog
from system_under_test.audit.records import sha256_of
from system_under_test.audit.verification import verify
from system_under_test.config import parse_setup
from system_under_test.release import release_digests
from system_under_test.retrieval.ingest import digests_of
from system_under_test.routing.routes import load_routes

QUESTION = {"question": "How many days of annual leave are there a year?"}
Start = Callable[..., Any]


def ask(service: Any, body: object = QUESTION, **claims: object) -> httpx.Response:
    response: httpx.Response = service.send(
        ("POST", "/v1/answer", {"json": body, "headers": service.idp.headers(**claims)})
    )[0]
    return response


def test_check_31_each_answered_request_has_exactly_one_record(serve: Start) -> None:
    service = serve()

    async def run() -> list[tuple[str, httpx.Response]]:
        async with service.client() as client:

            async def one(tenant: str) -> tuple[str, httpx.Response]:
                headers = service.idp.headers(tenant=tenant)
                return tenant, await client.post("/v1/answer", json=QUESTION, headers=headers)

            return await asyncio.gather(*(one(tenant) for tenant in ["acme", "globex"] * 15))

    answered = asyncio.run(run())
    service.app.state.close()

    by_id = {record["record_id"]: record for record in service.records()}
    counted = Counter(record["record_id"] for record in service.records())
    assert [response.status_code for _, response in answered] == [200] * 30
    assert counted == Counter(response.json()["audit"]["record_id"] for _, response in answered)
    for tenant, response in answered:
        record, body = by_id[response.json()["audit"]["record_id"]], response.json()
        assert (record["tenant"], record["answer_sha256"]) == (tenant, sha256_of(body["answer"]))
        assert [one["passage_id"] for one in record["retrieved"]] == [one["id"] for one in body["passages"]]
    assert verify(service.audit_path, service.audit._signer._key.public_key()).chain.size == 30


def test_check_31_the_record_is_durable_before_the_first_byte_of_the_answer(tmp_path: Path, serve: Start) -> None:
    events: list[str] = []

    def sync(handle: int) -> None:
        os.fsync(handle)
        events.append("durable")

    service = serve(audit=AuditLog(tmp_path / "audit.jsonl", sync=sync))
    application = service.app

    async def watched(scope: Any, receive: Any, send: Any) -> None:
        async def sending(message: Any) -> None:
            events.append(message["type"])
            await send(message)

        await application(scope, receive, sending)

    async def run() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app=watched), base_url="http://gateway") as client:
            return await client.post("/v1/answer", json=QUESTION, headers=service.idp.headers())

    events.clear()
    response = asyncio.run(run())

    assert response.status_code == 200
    assert events == ["durable", "http.response.start", "http.response.body"]


def test_check_31_a_disk_that_fails_lets_no_answer_out_and_a_sound_one_does(tmp_path: Path, serve: Start) -> None:
    faults: list[OSError] = []

    def sync(_: int) -> None:
        if faults:
            raise faults[0]

    service = serve(audit=AuditLog(tmp_path / "audit.jsonl", sync=sync))

    before = ask(service)
    faults.append(OSError("no space left"))
    after = [ask(service), ask(service, aud="other"), ask(service, {"question": ""})]
    faults.clear()
    still = ask(service)

    assert before.status_code == 200
    assert [response.status_code for response in (*after, still)] == [503] * 4
    assert all("27 days" not in response.text for response in after)


def test_check_31_a_record_says_who_what_with_which_versions_and_how_it_was_decided(serve: Start) -> None:
    service = serve()
    body = ask(service).json()

    record = service.records()[0]

    hashes = ("subject_hash", "token_hash", "groups_hash", "question_hash", "answer_sha256", "prev_hash")
    assert all(len(record[name]) == 64 for name in hashes)
    assert (record["tenant"], record["clearance"], record["outcome"], record["status"]) == (
        "acme",
        "internal",
        "answered",
        200,
    )
    assert (record["route"], record["model"], record["route_reason"]) == (
        body["route"]["name"],
        body["route"]["model"],
        body["route"]["reason"],
    )
    assert record["retrieved"] == [
        {"passage_id": "acme-leave", "document_id": "acme/leave", "version": "1", "rank": 1, "score": 1.0},
        {"passage_id": "acme-sick", "document_id": "acme/sick", "version": "1", "rank": 2, "score": 0.5},
    ]
    assert record["citations"] == [
        {"passage_id": "acme-leave", "quote_sha256": sha256_of(body["citations"][0]["quote"])}
    ]
    assert record["release"] == {"corpus": "c" * 64}
    assert record["timings_ms"] == body["timings_ms"]


def test_check_31_the_release_of_a_record_names_policy_access_rules_corpus_and_index(doubles: ModuleType) -> None:
    setup = {
        "documents": "d.jsonl",
        "work_folder": "w",
        "cache_folder": "c",
        "issuers": [{"issuer": "https://idp.example", "audience": "rag", "jwks": {"keys": [{"kid": "one"}]}}],
    }
    document = doubles.document("acme", "leave", "Leave", "27 days")

    digests = release_digests(parse_setup(setup), load_routes(), digests_of([document]), "one tenant", {})

    policy, access_rules, corpus = {"configuration", "code"}, {"corpus_metadata"}, {"corpus"}
    index = {"index_parameters", "model_weights", "tokenizer"}
    assert policy | access_rules | corpus | index | {"routes", "prompts", "models"} <= set(digests)


@pytest.mark.parametrize(
    ("claims", "body", "outcome"),
    [
        ({"aud": "other"}, QUESTION, "unauthenticated"),
        ({}, {"question": ""}, "bad_request"),
        ({}, {"question": "Where do penguins breed?"}, "refused"),
    ],
    ids=["token", "body", "no support"],
)
def test_check_31_a_request_that_was_not_answered_has_its_one_record_too(
    serve: Start, claims: dict[str, object], body: object, outcome: str
) -> None:
    service = serve()

    ask(service, body, **claims)

    records = service.records()
    assert [record["outcome"] for record in records] == [outcome]
    assert json.loads(service.audit_path.read_text())["seq"] == 1
