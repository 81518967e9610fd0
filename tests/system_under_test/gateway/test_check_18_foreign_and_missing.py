"""Check 18: another tenant's id and an id that nobody has are answered with the same bytes, and recorded the same."""

import asyncio
import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.routing import Route

from system_under_test.gateway.faults import NotAllowedError
from system_under_test.nouns import Document, Principal
from system_under_test.target import reference

PER_REQUEST = {"record_id", "intent_record_id", "seq", "ts", "prev_hash", "checkpoint", "timings_ms"}
"""The members of an audit record that differ between any two requests."""
FOREIGN, MISSING = "globex-secret", "never-handed-in"
GROUPS = ["everyone", "auditors", "document-admins"]

Ask = tuple[str, str, dict[str, Any]]


def document(tenant: str, slug: str, text: str, allow: list[str]) -> dict[str, object]:
    """A document as a line of documents.jsonl."""
    return {
        "id": slug,
        "tenant": tenant,
        "title": slug,
        "text": f"# {slug}\n\n{text}\n",
        "uri": f"https://{tenant}.example/{slug}",
        "version": "1",
        "valid_from": "2026-01-01",
        "supersedes": None,
        "owner": "people-team",
        "classification": "public",
        "allow_groups": allow,
        "deny_groups": [],
    }


CORPUS = [
    document("acme", "leave", "Annual leave is 27 days a year.", ["everyone"]),
    document("acme", "board-only", "The board meets in May.", ["board"]),
    document("globex", FOREIGN, "Annual leave is 31 days a year.", ["everyone"]),
]


class Running:
    """The reference system with its real retrieval, and a way to ask it and to read its log."""

    def __init__(self, app: Any, idp: Any, audit_path: Path) -> None:
        self.app, self.idp, self.audit_path = app, idp, audit_path

    def send(self, *asks: Ask) -> list[tuple[httpx.Response, dict[str, Any]]]:
        """The response to each ask, with the record that it left. What it intended to change is left out."""

        async def run() -> list[httpx.Response]:
            transport = httpx.ASGITransport(app=self.app, raise_app_exceptions=False)
            async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as client:
                return [await client.request(verb, path, **arguments) for verb, path, arguments in asks]

        before = len(self.records())
        responses = asyncio.run(run())
        answered = (record for record in self.records()[before:] if record["outcome"] != "intended")
        return list(zip(responses, answered, strict=True))

    def records(self) -> list[dict[str, Any]]:
        """The audit log as it stands on the disk."""
        if not self.audit_path.exists():
            return []
        return [json.loads(line) for line in self.audit_path.read_text(encoding="utf-8").splitlines()]

    def headers(self, tenant: str) -> dict[str, str]:
        """One caller of a tenant: the same token each time."""
        headers: dict[str, str] = self.idp.headers(tenant=tenant, groups=GROUPS)
        return headers


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory, doubles: Any, repository: Path) -> Iterator[Running]:
    folder, idp = tmp_path_factory.mktemp("check-18"), doubles.Idp()
    lines = []
    for members in CORPUS:
        source = doubles.document("t", "s", "t", members["text"])
        lines.append(json.dumps({**members, "sha256": source.sha256}))
    (folder / "documents.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    app = reference(
        {
            "documents": str(folder / "documents.jsonl"),
            "work_folder": str(folder / "work"),
            "cache_folder": str(repository / ".cache"),
            "issuers": [{"issuer": idp.issuer, "audience": "rag", "jwks": idp.jwks()}],
        }
    )
    yield Running(app, idp, folder / "work" / "audit" / "audit.jsonl")
    app.state.close()


def told_apart(
    first: tuple[httpx.Response, Mapping[str, Any]], second: tuple[httpx.Response, Mapping[str, Any]]
) -> set[str]:
    """By what two requests can be told apart: status, body, headers, or a member of their audit records."""
    differing = {
        f"record: {name}" for name in first[1].keys() | second[1].keys() if first[1].get(name) != second[1].get(name)
    }
    found = {name for name in differing if name.removeprefix("record: ") not in PER_REQUEST}
    (one, record), (other, other_record) = first, second
    if one.status_code != other.status_code:
        found.add("status")
    if one.text.replace(record["record_id"], "") != other.text.replace(other_record["record_id"], ""):
        found.add("body")
    if sorted(one.headers.multi_items()) != sorted(other.headers.multi_items()):
        found.add("headers")
    return found


def test_check_18_a_foreign_record_is_like_a_missing_one(running: Running) -> None:
    ask = ("POST", "/v1/retrieve", {"json": {"question": "leave?"}, "headers": running.headers("globex")})
    foreign = running.send(ask)[0][1]["record_id"]
    headers = running.headers("acme")

    first, second = running.send(
        ("GET", f"/v1/audit/{foreign}", {"headers": headers}), ("GET", f"/v1/audit/{'f' * 32}", {"headers": headers})
    )
    owner = running.send(("GET", f"/v1/audit/{foreign}", {"headers": running.headers("globex")}))[0][0]

    assert (first[0].status_code, owner.status_code) == (404, 200)
    assert told_apart(first, second) == set()
    assert foreign not in json.dumps(first[1])


@pytest.mark.parametrize("hidden", [FOREIGN, "board-only"], ids=["another tenant's", "one that the caller may not see"])
def test_check_18_a_hidden_document_is_like_a_missing_one(running: Running, hidden: str) -> None:
    headers = running.headers("acme")

    first, second, own = running.send(
        *[("GET", f"/v1/documents/{name}", {"headers": headers}) for name in (hidden, MISSING, "leave")]
    )
    owner = running.send(("GET", f"/v1/documents/{FOREIGN}", {"headers": running.headers("globex")}))[0][0]

    assert (first[0].status_code, own[0].status_code, owner.status_code) == (404, 200, 200)
    assert told_apart(first, second) == set()
    assert hidden not in json.dumps(first[1])


def test_check_18_deleting_a_foreign_document_is_like_deleting_none(running: Running) -> None:
    headers = running.headers("acme")

    first, second = running.send(
        *[("DELETE", f"/v1/documents/{name}", {"headers": headers}) for name in (FOREIGN, MISSING)]
    )
    owner = running.send(("GET", f"/v1/documents/{FOREIGN}", {"headers": running.headers("globex")}))[0][0]

    assert first[0].status_code == 404
    assert owner.status_code == 200
    assert told_apart(first, second) == set()


def test_check_18_writing_under_a_foreign_id_is_like_writing_under_a_new_one(running: Running) -> None:
    members = {name: value for name, value in CORPUS[0].items() if name not in {"id", "tenant"}}
    arguments = {"json": members, "headers": running.headers("acme")}

    written = running.send(*[("PUT", f"/v1/documents/{name}", arguments) for name in (FOREIGN, "a-new-name-1")])
    owner = running.send(("GET", f"/v1/documents/{FOREIGN}", {"headers": running.headers("globex")}))[0][0]
    running.send(*[("DELETE", f"/v1/documents/{name}", arguments) for name in (FOREIGN, "a-new-name-1")])

    first, second = ((response, {**record, "document_id": None}) for response, record in written)
    assert {response.status_code for response, _ in written} == {201}
    assert told_apart(first, second) <= {"body", "headers"}  # each names its own id, and is as long as it
    bodies = [response.json() for response, _ in written]
    assert [body["document_id"] for body in bodies] == [FOREIGN, "a-new-name-1"]
    assert "31 days" in owner.json()["document"]["text"]


@pytest.mark.parametrize("path", ["/v1/answer", "/v1/retrieve"])
def test_check_18_a_foreign_conversation_is_like_a_new_one(running: Running, path: str) -> None:
    question = {"question": "How many days of annual leave?", "conversation_id": "globex-conversation"}
    running.send(("POST", path, {"json": question, "headers": running.headers("globex")}))
    headers = running.headers("acme")

    foreign, new = running.send(
        ("POST", path, {"json": question, "headers": headers}),
        ("POST", path, {"json": {**question, "conversation_id": "of-no-one-at-all-1"}, "headers": headers}),
    )

    assert foreign[0].status_code == 200
    for response, _ in (foreign, new):
        assert "31 days" not in response.text
    for member in ("answer", "refused", "citations", "passages", "route"):
        assert foreign[0].json().get(member) == new[0].json().get(member)


def test_check_18_every_address_that_takes_an_id_is_tried(running: Running) -> None:
    taking = {
        (verb, route.path)
        for route in running.app.routes
        if isinstance(route, Route) and "{" in route.path
        for verb in (route.methods or set()) - {"HEAD"}
    }

    documents = {(verb, "/v1/documents/{document_id:path}") for verb in ("GET", "PUT", "DELETE")}
    assert taking == {("GET", "/v1/audit/{record_id}"), *documents}


class Telling:
    """A store that breaks the rule in one of two ways: it refuses a foreign id, or repeats what it was asked for."""

    def __init__(self, way: str) -> None:
        self.way = way

    def document(self, principal: Principal, document_id: str) -> Document | None:
        if document_id == FOREIGN and self.way == "refuses":
            raise NotAllowedError
        if self.way == "fails" and document_id == FOREIGN:
            raise RuntimeError
        return None

    def put(self, principal: Principal, document_id: str, members: Mapping[str, object]) -> Any:
        return "created"

    def remove(self, principal: Principal, document_id: str) -> bool:
        return False


@pytest.mark.parametrize(
    ("way", "found"),
    [
        pytest.param(
            "refuses", {"status", "body", "headers", "record: status", "record: outcome", "record: reason"}, id="403"
        ),
        pytest.param(
            "fails", {"status", "body", "headers", "record: status", "record: outcome", "record: reason"}, id="500"
        ),
        pytest.param("keeps quiet", set(), id="as it should"),
    ],
)
def test_check_18_the_comparison_sees_a_system_that_tells(serve: Callable[..., Any], way: str, found: set[str]) -> None:
    service = serve(documents=Telling(way))
    headers = service.idp.headers()

    responses = service.send(*[("GET", f"/v1/documents/{name}", {"headers": headers}) for name in (FOREIGN, MISSING)])
    first, second = zip(responses, service.records(), strict=True)

    assert told_apart(first, second) == found
