"""One document by its id, over the handlers: who may read, who may write, and that a foreign id is no id at all."""

import asyncio
import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from types import ModuleType
from typing import Any, Literal

import pytest
from starlette.requests import Request

from system_under_test.audit.records import Pseudonyms
from system_under_test.config import Limits
from system_under_test.errors import DocumentRefused
from system_under_test.gateway.documents import DOCUMENT_ADMINS, DocumentEndpoints
from system_under_test.gateway.faults import sent_for
from system_under_test.gateway.pools import FairPool
from system_under_test.gateway.trail import Trail
from system_under_test.gateway.wire import Sent
from system_under_test.nouns import Document, Principal

READER = Principal("acme", "user-1", frozenset({"everyone"}), "internal", "token", 0)
ADMIN = replace(READER, groups=READER.groups | {DOCUMENT_ADMINS})
Put = tuple[str, str, Mapping[str, object]]


class MemoryDocuments:
    """Documents by tenant and id; every document is for `everyone`."""

    def __init__(self, *documents: Document, refusal: DocumentRefused | None = None) -> None:
        self.held = {(document.tenant, document.id): document for document in documents}
        self.refusal = refusal
        self.puts: list[Put] = []

    def document(self, principal: Principal, document_id: str) -> Document | None:
        """The tenant's document."""
        found = self.held.get((principal.tenant, document_id))
        return found if found is not None and not principal.groups.isdisjoint(found.allow_groups) else None

    def put(
        self, principal: Principal, document_id: str, members: Mapping[str, object]
    ) -> Literal["created", "replaced"]:
        """Note it."""
        if self.refusal is not None:
            raise self.refusal
        self.puts.append((principal.tenant, document_id, members))
        return "replaced" if (principal.tenant, document_id) in self.held else "created"

    def remove(self, principal: Principal, document_id: str) -> bool:
        """Remove it."""
        return self.held.pop((principal.tenant, document_id), None) is not None


@pytest.fixture
def documents(doubles: ModuleType) -> MemoryDocuments:
    """One document of each tenant."""
    return MemoryDocuments(
        *(doubles.document(tenant, "leave", "Leave", f"# Leave\n\nOf {tenant}.") for tenant in ("acme", "globex"))
    )


async def recorded(*_: object) -> None:
    """Every intent is on the disk."""


def call(
    documents: MemoryDocuments,
    verb: str,
    document_id: str,
    principal: Principal = ADMIN,
    body: bytes = b"",
    limits: Limits | None = None,
) -> Sent:
    """What a handler sends, faults included."""
    trail = Trail("documents", {}, Pseudonyms(b"k" * 32))
    pieces = [{"type": "http.request", "body": body[:100], "more_body": True}]
    pieces.append({"type": "http.request", "body": body[100:], "more_body": False})

    async def receive() -> dict[str, object]:
        return pieces.pop(0)

    async def run() -> Sent:
        pool, changing = FairPool(1, 1, "test"), FairPool(1, 1, "change")
        scope = {"type": "http", "method": verb, "headers": [], "path_params": {"document_id": document_id}}
        endpoints = DocumentEndpoints(documents, limits or Limits(), pool, changing, recorded)
        handlers = {"GET": endpoints.read, "PUT": endpoints.put, "DELETE": endpoints.remove}
        try:
            return await handlers[verb](Request(scope, receive), principal, trail)
        except Exception as fault:  # noqa: BLE001 - as the application does
            return sent_for(fault, trail)
        finally:
            pool.close()
            changing.close()

    return asyncio.run(run())


def anonymous(sent: Sent) -> tuple[int, dict[str, object], Mapping[str, str]]:
    """A response without its request id."""
    return sent.status, {name: value for name, value in sent.body.items() if name != "request_id"}, sent.headers


def test_a_reader_gets_the_document_without_its_permissions(documents: MemoryDocuments) -> None:
    sent = call(documents, "GET", "acme/leave", READER)

    shown = sent.body["document"]
    assert isinstance(shown, dict)
    assert (sent.status, shown["id"], shown["text"]) == (200, "acme/leave", "# Leave\n\nOf acme.")
    assert set(shown).isdisjoint({"allow_groups", "deny_groups", "owner"})


def test_a_foreign_a_forbidden_and_an_absent_id_get_the_same_response(
    doubles: ModuleType, documents: MemoryDocuments
) -> None:
    secret = doubles.document("acme", "secret", "Secret", "Board only.")
    documents.held["acme", "acme/secret"] = replace(secret, allow_groups=frozenset({"board"}))

    reads = [call(documents, "GET", name, READER) for name in ("globex/leave", "acme/secret", "acme/absent", "\x00")]
    deletions = [call(documents, "DELETE", name) for name in ("globex/leave", "acme/absent")]

    assert {json.dumps(anonymous(sent)) for sent in (*reads, *deletions)} == {json.dumps(anonymous(reads[0]))}
    assert reads[0].status == 404
    assert ("globex", "globex/leave") in documents.held


def test_an_administrator_writes_and_deletes_in_the_own_tenant(documents: MemoryDocuments) -> None:
    body = json.dumps({"title": "Leave", "text": "New. " * 50}).encode()

    sent = [call(documents, "PUT", name, ADMIN, body) for name in ("acme/leave", "globex/leave")]
    removed = call(documents, "DELETE", "acme/leave")

    assert [(one.status, one.body["outcome"]) for one in sent] == [(200, "replaced"), (201, "created")]
    assert documents.puts == [("acme", name, json.loads(body)) for name in ("acme/leave", "globex/leave")]
    assert (removed.status, removed.body["outcome"]) == (200, "removed")
    assert documents.held.keys() == {("globex", "globex/leave")}


@pytest.mark.parametrize("verb", ["PUT", "DELETE"])
@pytest.mark.parametrize("name", ["acme/leave", "globex/leave", "acme/absent"])
def test_nobody_else_writes_and_learns_nothing_by_trying(documents: MemoryDocuments, verb: str, name: str) -> None:
    sent = call(documents, verb, name, READER, b"{}")

    assert (sent.status, sent.body["error"]) == (403, {"code": "forbidden", "message": "not allowed"})
    assert documents.puts == []
    assert len(documents.held) == 2


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        pytest.param(b"", 400, "body_not_json", id="nothing"),
        pytest.param(b"[]", 400, "body_not_json", id="no-object"),
        pytest.param(b'{"title": "a", "title": "b"}', 400, "body_not_json", id="duplicate-member"),
        pytest.param(b'{"title": NaN}', 400, "body_not_json", id="nan"),
        pytest.param(b'{"text": "' + b"x" * 2_000 + b'"}', 413, "too_large", id="too-large"),
        pytest.param(b'{"text": "' + b"x" * 900 + b'"}', 201, None, id="within-the-limit"),
    ],
)
def test_a_body_is_strict_json_within_its_limit(
    documents: MemoryDocuments, body: bytes, status: int, code: str | None
) -> None:
    sent = call(documents, "PUT", "acme/new", ADMIN, body, Limits(document_bytes=1_000))

    error = sent.body.get("error", {"code": None})
    assert isinstance(error, dict)
    assert (sent.status, error["code"]) == (status, code)
    assert len(documents.puts) == (1 if status == 201 else 0)


@pytest.mark.parametrize(
    ("member", "code", "message"),
    [
        ("valid_until", "valid_until_wrong", "valid_until is missing or not as agreed"),
        (None, "unknown_member", "the body has an unknown member"),
    ],
)
def test_a_refusal_names_the_member_and_repeats_nothing(member: str | None, code: str, message: str) -> None:
    refusing = MemoryDocuments(refusal=DocumentRefused(member, "unknown key 'canary-7431'"))

    sent = call(refusing, "PUT", "acme/new", ADMIN, b"{}")

    assert (sent.status, sent.body["error"]) == (400, {"code": code, "message": message})


def test_nothing_is_changed_while_the_log_keeps_no_record(
    serve: Callable[..., Any], doubles: ModuleType, documents: MemoryDocuments
) -> None:
    audit = doubles.FailingAudit()
    service = serve(audit=audit, documents=documents)
    headers = service.idp.headers(groups=["everyone", DOCUMENT_ADMINS])

    async def run() -> list[int]:
        async with service.client() as client:
            asked = await client.get("/v1/documents/acme/leave", headers=headers)
            refused = await client.delete("/v1/documents/acme/leave", headers=headers)
            audit.failing = False
            again = await client.get("/v1/documents/acme/leave", headers=headers)
            removed = await client.delete("/v1/documents/acme/leave", headers=headers)
            return [one.status_code for one in (asked, refused, again, removed)]

    statuses = asyncio.run(run())

    assert statuses == [503, 503, 200, 200]
    assert ("acme", "acme/leave") not in documents.held


def test_a_document_on_its_way_in_holds_no_question_up(serve: Callable[..., Any], documents: MemoryDocuments) -> None:
    arriving, finish = threading.Event(), threading.Event()

    class Slow(MemoryDocuments):
        def put(
            self, principal: Principal, document_id: str, members: Mapping[str, object]
        ) -> Literal["created", "replaced"]:
            arriving.set()
            assert finish.wait(30)
            return super().put(principal, document_id, members)

    service = serve(documents=Slow(*documents.held.values()), limits=Limits(cpu_threads=1))
    admin, other = service.idp.headers(groups=["everyone", DOCUMENT_ADMINS]), service.idp.headers(tenant="globex")

    async def run() -> list[int]:
        async with service.client() as client:
            putting = asyncio.create_task(client.put("/v1/documents/acme/new", json={}, headers=admin))
            await asyncio.to_thread(arriving.wait, 30)
            asked = await client.post("/v1/answer", json={"question": "How many days?"}, headers=other)
            finish.set()
            return [asked.status_code, (await putting).status_code]

    assert asyncio.run(run()) == [200, 201]


def test_a_tenant_that_hands_many_documents_in_does_not_keep_anothers_waiting(
    serve: Callable[..., Any], doubles: ModuleType, documents: MemoryDocuments
) -> None:
    arriving, finish = threading.Event(), threading.Event()

    class Slow(MemoryDocuments):
        def put(
            self, principal: Principal, document_id: str, members: Mapping[str, object]
        ) -> Literal["created", "replaced"]:
            arriving.set()
            assert finish.wait(30)
            return super().put(principal, document_id, members)

    slow, audit = Slow(*documents.held.values()), doubles.FailingAudit()
    audit.failing = False
    service = serve(documents=slow, audit=audit)
    acme, globex = (service.idp.headers(tenant=name, groups=[DOCUMENT_ADMINS]) for name in ("acme", "globex"))

    async def run() -> None:
        async with service.client() as client:
            many = [asyncio.create_task(client.put(f"/v1/documents/{n}", json={}, headers=acme)) for n in range(50)]
            await asyncio.to_thread(arriving.wait, 30)
            one = asyncio.create_task(client.put("/v1/documents/one", json={}, headers=globex))
            for _ in range(200):  # everything that can move moves: the one document waits for its turn
                await asyncio.sleep(0)
            finish.set()
            await asyncio.gather(one, *many)

    asyncio.run(run())

    order = [tenant for tenant, _, _ in slow.puts]
    assert len(order) == 51
    assert order.index("globex") <= 25  # however long the other's queue is; in one queue for all it would be the last
