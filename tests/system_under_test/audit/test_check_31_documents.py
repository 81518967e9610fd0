"""Check 31 on a corpus that changes: which state was searched, and which document was opened."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from types import ModuleType
from typing import Any, Literal

import pytest

from system_under_test.config import SetupError, parse_setup
from system_under_test.nouns import Document, Principal, Retrieved

Start = Callable[..., Any]
ADMIN = {"groups": ["everyone", "document-admins"]}


class Shelf:
    """One document of one tenant, whatever is written."""

    def __init__(self, held: Document) -> None:
        self.held = held

    def document(self, principal: Principal, document_id: str) -> Document | None:
        """The document, to its tenant."""
        return self.held if (principal.tenant, document_id) == (self.held.tenant, self.held.id) else None

    def put(self, principal: Principal, document_id: str, members: Mapping[str, object]) -> Literal["created"]:
        """Everything is new."""
        return "created"

    def remove(self, principal: Principal, document_id: str) -> bool:
        """Whether there was such a document."""
        return self.document(principal, document_id) is not None


@pytest.fixture
def service(serve: Start, doubles: ModuleType) -> Any:
    class Dated(doubles.MemoryRetrieval):  # type: ignore[misc, name-defined]
        def search(self, *arguments: Any, **more: Any) -> Retrieved:
            return replace(super().search(*arguments, **more), corpus="d" * 64)

    return serve(retrieval=Dated(), documents=Shelf(doubles.document("acme", "leave", "Leave", "27 days")))


def send(service: Any, calls: Sequence[tuple[str, str]], **claims: object) -> list[int]:
    headers = service.idp.headers(**claims)
    bodies: dict[str, dict[str, Any]] = {"PUT": {"json": {}}, "POST": {"json": {"question": "How many days?"}}}
    responses = service.send(*((verb, path, {"headers": headers, **bodies.get(verb, {})}) for verb, path in calls))
    return [response.status_code for response in responses]


def test_check_31_a_record_names_the_state_of_the_corpus_that_was_searched(service: Any) -> None:
    assert send(service, [("POST", "/v1/answer"), ("POST", "/v1/retrieve")]) == [200, 200]

    assert [record["corpus_sha256"] for record in service.records()] == ["d" * 64] * 2


def test_check_31_a_record_names_the_document_that_was_opened_and_no_other(service: Any) -> None:
    path = "/v1/documents/acme/leave"

    own = send(service, [("GET", path), ("PUT", path), ("DELETE", path)], **ADMIN)
    foreign = send(service, [("GET", path), ("DELETE", path)], tenant="globex", **ADMIN)
    refused = send(service, [("PUT", path), ("DELETE", path)])

    assert (own, foreign, refused) == ([200, 201, 200], [404, 404], [403, 403])
    answered = [record for record in service.records() if record["outcome"] != "intended"]
    assert [record["document_id"] for record in answered] == ["acme/leave"] * 3 + [None] * 4


def test_check_31_the_key_of_the_audit_log_may_be_named_in_the_setup() -> None:
    issuer = {"issuer": "https://idp.example", "audience": "rag", "jwks": {"keys": []}}
    setup = {"documents": "d", "work_folder": "w", "cache_folder": "c", "issuers": [issuer]}

    assert parse_setup(setup).audit_key is None
    assert str(parse_setup({**setup, "audit_key": "keys/audit.pem"}).audit_key) == "keys/audit.pem"
    with pytest.raises(SetupError, match="audit_key"):
        parse_setup({**setup, "audit_key": ""})
