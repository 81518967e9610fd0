"""Check 31: what was planted in token, headers, question, documents and faults is in no file of the audit folder."""

import asyncio
import base64
import codecs
import json
import re
import secrets
import urllib.parse
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx
import pytest

from system_under_test.audit.log import AuditLog
from system_under_test.audit.records import Record

Start = Callable[..., Any]
PLACES = (
    "subject", "token_id", "group", "issuer", "question", "conversation", "route", "member", "header", "cookie",
    "query", "path", "text", "title", "heading", "uri", "foreign_text", "foreign_title", "fault", "model_text",
)  # fmt: skip


@pytest.fixture
def canaries() -> dict[str, str]:
    """One for each place where a text enters."""
    return {place: f"canary{secrets.token_hex(12)}" for place in PLACES}


def spellings(canary: str) -> Iterator[bytes]:
    """The canary as itself and as what a careless writer might have made of it."""
    raw = canary.encode()
    yield raw
    yield raw[::-1]
    yield raw.hex().encode()
    yield codecs.encode(canary, "rot13").encode()
    yield urllib.parse.quote("".join(f"{one} " for one in canary)).encode()
    for start in range(3):  # whatever stands before it, one of three alignments is right
        encoded = base64.b64encode(b"\0" * start + raw)
        yield encoded[4 if start else 0 : -4]


def found_in(folder: Path, canaries: dict[str, str]) -> set[str]:
    """The places whose canary is somewhere in the files of the folder."""
    content = b"\n".join(path.read_bytes() for path in folder.iterdir()).lower()
    return {place for place, canary in canaries.items() if any(one.lower() in content for one in spellings(canary))}


def planted_corpus(doubles: ModuleType, canaries: dict[str, str]) -> list[Any]:
    own = doubles.passage(
        f"Annual leave is 27 {canaries['text']} days a year.", slug="leave", title=f"Leave {canaries['title']}"
    )
    foreign = doubles.passage(
        f"Annual leave is 31 {canaries['foreign_text']} days a year.",
        tenant="globex",
        title=f"Leave {canaries['foreign_title']}",
    )
    return [own, foreign]


def requests_of(
    service: Any, doubles: ModuleType, canaries: dict[str, str]
) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Right and wrong requests, full of canaries."""
    claims = {"sub": canaries["subject"], "jti": canaries["token_id"], "groups": ["everyone", canaries["group"]]}
    right = {
        **service.idp.headers(**claims),
        "x-request-id": canaries["header"],
        "user-agent": canaries["header"],
        "cookie": f"session={canaries['cookie']}",
    }
    question = {
        "question": f"How many days of annual leave, {canaries['question']}?",
        "conversation_id": canaries["conversation"],
    }
    bodies: list[object] = [
        question,
        {**question, "question": canaries["question"]},
        {**question, "route": canaries["route"]},
        {**question, canaries["member"]: 1},
        {**question, "top_k": canaries["question"]},
    ]
    for path in ("/v1/answer", "/v1/retrieve"):
        for body in bodies:
            yield "POST", path, {"json": body, "headers": right, "params": {"q": canaries["query"]}}
    yield "POST", "/v1/answer", {"content": canaries["question"].encode(), "headers": right}
    auditor = service.idp.headers(**{**claims, "groups": ["everyone", "auditors", canaries["group"]]})
    yield "GET", f"/v1/audit/{canaries['path']}", {"headers": auditor}
    yield "GET", f"/v1/{canaries['path']}", {"headers": right}
    for wrong in ({"aud": canaries["issuer"]}, {"iss": canaries["issuer"]}, {"exp": 1}, {"tenant": canaries["issuer"]}):
        yield "POST", "/v1/answer", {"json": question, "headers": service.idp.headers(**{**claims, **wrong})}
    yield "POST", "/v1/answer", {"json": question, "headers": {"authorization": f"Bearer {canaries['token_id']}"}}
    yield "POST", "/v1/answer", {"json": question, "headers": doubles.Idp().headers(**claims)}


def send(service: Any, calls: list[tuple[str, str, dict[str, Any]]]) -> list[httpx.Response]:
    responses: list[httpx.Response] = service.send(*calls)
    return responses


def test_check_31_nothing_that_was_planted_is_in_the_audit_folder(
    serve: Start, doubles: ModuleType, canaries: dict[str, str]
) -> None:
    service = serve(retrieval=doubles.MemoryRetrieval(planted_corpus(doubles, canaries)))
    calls = list(requests_of(service, doubles, canaries))

    responses = send(service, calls)
    service.app.state.close()

    statuses = {response.status_code for response in responses}
    recorded = len(responses) - 1  # the path that is no endpoint has no record
    assert {200, 400, 401, 404} <= statuses
    assert canaries["text"] in responses[0].text
    assert len(service.records()) == recorded
    assert found_in(service.audit_path.parent, canaries) == set()


def test_check_31_no_part_of_a_token_is_in_the_audit_folder(serve: Start) -> None:
    service = serve()
    headers = service.idp.headers()

    send(service, [("POST", "/v1/answer", {"json": {"question": "leave?"}, "headers": headers})])
    service.app.state.close()

    content = b"".join(path.read_bytes() for path in service.audit_path.parent.iterdir())
    segments = headers["authorization"].removeprefix("Bearer ").split(".")
    assert len(segments) == 3
    for segment in segments:
        pieces = [segment[start : start + 16] for start in range(0, len(segment) - 16, 16)]
        assert not any(piece.encode() in content for piece in pieces)


@pytest.mark.parametrize("where", ["retrieval", "model", "reply"])
def test_check_31_a_fault_leaves_its_kind_and_not_its_words(
    serve: Start, doubles: ModuleType, canaries: dict[str, str], where: str
) -> None:
    fault = RuntimeError(canaries["fault"])
    service = {
        "retrieval": lambda: serve(retrieval=doubles.MemoryRetrieval(fault=fault)),
        "model": lambda: serve(completer=doubles.DirectCompleter(fault=fault)),
        "reply": lambda: serve(completer=doubles.DirectCompleter(json.dumps({"answer": canaries["model_text"]}))),
    }[where]()

    (response,) = send(
        service, [("POST", "/v1/answer", {"json": {"question": "leave?"}, "headers": service.idp.headers()})]
    )
    service.app.state.close()

    assert response.status_code >= 500
    assert [record["outcome"] for record in service.records()] == ["failed"]
    assert found_in(service.audit_path.parent, canaries) == set()


def test_check_31_the_private_key_and_the_pseudonym_key_are_in_no_record_and_no_checkpoint(serve: Start) -> None:
    service = serve()
    send(service, [("POST", "/v1/answer", {"json": {"question": "leave?"}, "headers": service.idp.headers()})])
    service.app.state.close()

    folder = service.audit_path.parent
    private = re.sub(rb"-----[^-]+-----|\s", b"", (folder / "audit-key.pem").read_bytes())
    written = (folder / "audit.jsonl").read_bytes() + (folder / "checkpoints.jsonl").read_bytes()
    assert len(private) == 64
    assert private[20:50] not in written
    assert b"k" * 32 not in written


@pytest.mark.parametrize("spelling", range(8))
def test_check_31_the_detector_fires_on_a_record_that_holds_a_planted_text(
    tmp_path: Path, canaries: dict[str, str], spelling: int
) -> None:
    """The positive twin: a trail that wrote the question down would be seen, in each spelling."""
    planted = list(spellings(canaries["question"]))
    log = AuditLog(tmp_path / "audit" / "audit.jsonl")

    log.append(Record("r", "answer", "answered", 200, reason=f"x{planted[spelling].decode()}x")).result()
    log.close()

    assert len(planted) == 8
    assert found_in(tmp_path / "audit", canaries) == {"question"}


def test_check_31_concurrent_tenants_leave_no_text_of_each_other(
    serve: Start, doubles: ModuleType, canaries: dict[str, str]
) -> None:
    service = serve(retrieval=doubles.MemoryRetrieval(planted_corpus(doubles, canaries)))

    async def run() -> list[httpx.Response]:
        async with service.client() as client:
            body = {"question": "How many days of annual leave?"}
            return await asyncio.gather(
                *(
                    client.post("/v1/answer", json=body, headers=service.idp.headers(tenant=tenant))
                    for tenant in ["acme", "globex"] * 10
                )
            )

    assert {response.status_code for response in asyncio.run(run())} == {200}
    service.app.state.close()

    for record in service.records():
        assert {one["document_id"].split("/")[0] for one in record["retrieved"]} == {record["tenant"]}
    assert found_in(service.audit_path.parent, canaries) == set()
