"""Acceptance checks 16 and 19 over HTTP, with the real retriever: documents come and go while they are served."""

import asyncio
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from system_under_test.target import reference

QUESTION = {"question": "How many days of annual leave do I get a year?"}
ADMIN = {"groups": ["everyone", "document-admins"]}
REQUESTS = 50
SHOWN = {"search": True, "open": True, "cite": True}
DENIED = dict.fromkeys(SHOWN, False)

Call = tuple[str, str, dict[str, Any]]
Start = Callable[[], Starlette]


@pytest.fixture(scope="module")
def idp(doubles: ModuleType) -> Any:
    """The issuer of the tokens."""
    return doubles.Idp()


def members(doubles: ModuleType, tenant: str, slug: str, text: str, **changes: object) -> dict[str, object]:
    """A document as its members, without id and tenant."""
    source = doubles.document(tenant, slug, "Annual leave", f"# Annual leave\n\n{text}\n")
    fields = {name: getattr(source, name) for name in type(source).__dataclass_fields__}
    left_out = ("id", "tenant", "sha256", "valid_until")
    return {
        **{name: value for name, value in fields.items() if name not in left_out},
        "allow_groups": ["everyone"],
        "deny_groups": [],
        **changes,
    }


@pytest.fixture
def start(doubles: ModuleType, idp: Any, tmp_path: Path, repository: Path) -> Iterator[Start]:
    """Starts the service on one work folder, again and again."""
    path = tmp_path / "documents.jsonl"
    lines = [
        {"id": f"{tenant}/{slug}", "tenant": tenant, **members(doubles, tenant, slug, text)}
        for tenant, slug, text in (
            ("acme", "leave", "Annual leave is 27 days a year for full-time staff."),
            ("acme", "pay", "Salaries are paid by bank transfer in the last week of the month."),
            ("globex", "leave", "Annual leave is 31 days a year for full-time staff."),
        )
    ]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache" / "models").symlink_to(repository / ".cache" / "models")
    started: list[Starlette] = []

    def begin() -> Starlette:
        for app in started:
            app.state.close()
        setup = {
            "documents": str(path),
            "work_folder": str(tmp_path / "work"),
            "cache_folder": str(tmp_path / "cache"),
            "issuers": [{"issuer": idp.issuer, "audience": "rag", "jwks": idp.jwks()}],
        }
        started[:] = [reference(setup)]
        return started[0]

    yield begin
    for app in started:
        app.state.close()


def send(app: Starlette, *calls: Call) -> list[httpx.Response]:
    """The responses to calls, one after another."""

    async def run() -> list[httpx.Response]:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://gateway") as client:
            return [await client.request(verb, path, **arguments) for verb, path, arguments in calls]

    return asyncio.run(run())


def surfaces(app: Starlette, headers: dict[str, str], document: str, times: int) -> list[dict[str, bool]]:
    """On which surfaces a document was met, each time."""
    ask = {"json": QUESTION, "headers": headers}
    round_of_calls: list[Call] = [
        ("POST", "/v1/retrieve", ask),
        ("GET", f"/v1/documents/{document}", {"headers": headers}),
        ("POST", "/v1/answer", ask),
    ]
    responses = send(app, *(round_of_calls * times))
    met = []
    for found, opened, answered in zip(responses[::3], responses[1::3], responses[2::3], strict=True):
        sources = {one["id"]: one["source"]["document_id"] for one in answered.json()["passages"]}
        met.append(
            {
                "search": document in {one["source"]["document_id"] for one in found.json()["passages"]},
                "open": opened.status_code == 200,
                "cite": document in {sources[one["passage_id"]] for one in answered.json()["citations"]},
            }
        )
    return met


@pytest.mark.parametrize("withdrawal", ["deleted", "group-taken", "class-raised", "user-left-the-group"])
@pytest.mark.slow
def test_check_16_every_surface_denies_fifty_times_from_the_next_request_on_and_after_a_restart(
    start: Start, doubles: ModuleType, idp: Any, withdrawal: str
) -> None:
    app, headers, admin = start(), idp.headers(), {"headers": idp.headers(**ADMIN)}
    before = surfaces(app, headers, "acme/leave", 1)
    text = "Annual leave is 27 days a year for full-time staff."
    changes: dict[str, dict[str, object]] = {
        "group-taken": {"allow_groups": ["board"]},
        "class-raised": {"classification": "restricted"},
    }
    if withdrawal == "user-left-the-group":
        headers = idp.headers(groups=["guests"])
    elif withdrawal == "deleted":
        assert send(app, ("DELETE", "/v1/documents/acme/leave", admin))[0].status_code == 200
    else:
        body = members(doubles, "acme", "leave", text, **changes[withdrawal])
        assert send(app, ("PUT", "/v1/documents/acme/leave", {**admin, "json": body}))[0].status_code == 200

    after = surfaces(app, headers, "acme/leave", REQUESTS)
    restarted = surfaces(start(), headers, "acme/leave", 1)

    assert before == [SHOWN]
    assert after == [DENIED] * REQUESTS
    assert restarted == [DENIED]


def test_a_new_version_is_served_at_once_and_after_a_restart(start: Start, doubles: ModuleType, idp: Any) -> None:
    app, headers = start(), idp.headers()
    ask: Call = ("POST", "/v1/answer", {"json": QUESTION, "headers": headers})
    body = members(doubles, "acme", "leave", "Annual leave is 29 days a year for full-time staff.", version="2")
    put: Call = ("PUT", "/v1/documents/acme/leave", {"headers": idp.headers(**ADMIN), "json": body})
    others: Call = ("POST", "/v1/answer", {"json": QUESTION, "headers": idp.headers(tenant="globex")})

    first, replaced, second = send(app, ask, put, ask)
    third, foreign = send(start(), ask, others)

    assert (replaced.status_code, replaced.json()["outcome"]) == (200, "replaced")
    assert "27 days" in first.json()["answer"]
    assert "29 days" in second.json()["answer"]
    assert third.json()["passages"] == second.json()["passages"]
    assert "31 days" in foreign.json()["answer"]


def test_check_19_anothers_id_is_an_id_that_nobody_uses(start: Start, doubles: ModuleType, idp: Any) -> None:
    app, admin = start(), {"headers": idp.headers(tenant="globex", **ADMIN)}
    body = members(doubles, "globex", "leave", "Annual leave is 99 days a year.")
    ids = ("acme/leave", "acme/absent")
    theirs: Call = ("POST", "/v1/retrieve", {"json": QUESTION, "headers": idp.headers()})

    before = send(app, theirs)[0].json()["passages"]
    reads = send(app, *(("GET", f"/v1/documents/{name}", admin) for name in ids))
    deletions = send(app, *(("DELETE", f"/v1/documents/{name}", admin) for name in ids))
    puts = send(app, *(("PUT", f"/v1/documents/{name}", {**admin, "json": body}) for name in ids))

    assert {response.status_code for response in (*reads, *deletions)} == {404}
    for pair in (reads, deletions, puts):
        assert len({without_names(response, ids) for response in pair}) == 1
    assert {response.status_code for response in puts} == {201}
    assert send(app, theirs)[0].json()["passages"] == before


def without_names(response: httpx.Response, ids: tuple[str, ...]) -> str:
    """A response as it was sent, without the id that was asked for and the id of the request."""
    body = response.json()
    text = response.text.replace(body.get("request_id") or body["audit"]["record_id"], "")
    for name in ids:
        text = text.replace(name, "")
    return f"{response.status_code} {sorted(response.headers.items())} {text}".replace(
        f"'{response.headers['content-length']}'", ""
    )
