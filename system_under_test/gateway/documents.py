"""One document by its id: shown to whoever may see it, written and deleted by its tenant's document administrators.

The tenant is the caller's, always. An id that another tenant uses is, here, an id that nobody uses.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Final, Literal, Protocol

from starlette.requests import Request

from system_under_test.config import Limits
from system_under_test.errors import DocumentRefused
from system_under_test.gateway.faults import NotAllowedError, NotFoundError
from system_under_test.gateway.pools import FairPool
from system_under_test.gateway.requests import BadRequestError, parse_object, read_body
from system_under_test.gateway.trail import Trail
from system_under_test.gateway.wire import Sent
from system_under_test.nouns import Document, Principal

DOCUMENT_ADMINS: Final = "document-admins"
"""The group whose members may write and delete the documents of their own tenant."""


Intend = Callable[[Principal, Trail, str], Awaitable[None]]
"""Records that the tenant's document of this id is about to be changed. Raises AuditError: then it must not be."""


class Documents(Protocol):
    """Where documents are. Callable from several threads at once."""

    def document(self, principal: Principal, document_id: str) -> Document | None:
        """The document if the principal may see it; absent, foreign and forbidden look the same."""
        ...

    def put(
        self, principal: Principal, document_id: str, members: Mapping[str, object]
    ) -> Literal["created", "replaced"]:
        """Add or replace a document of the principal's tenant. Raises DocumentRefused."""
        ...

    def remove(self, principal: Principal, document_id: str) -> bool:
        """Delete a document of the principal's tenant; False if the tenant has none of this id."""
        ...


class DocumentEndpoints:
    """The handlers of /v1/documents/{document_id:path}: an id may hold slashes."""

    def __init__(
        self, documents: Documents, limits: Limits, pool: FairPool, changing: FairPool, intend: Intend
    ) -> None:
        """Handle requests. `pool` runs what is asked, `changing` what embeds a document, which takes long."""
        self._documents = documents
        self._limits = limits
        self._pool = pool
        self._changing = changing
        self._intend = intend

    async def read(self, request: Request, principal: Principal, trail: Trail) -> Sent:
        """GET: the document. Raises NotFoundError, the same for absent, foreign and forbidden."""
        found = await self._pool.run(principal.tenant, self._documents.document, principal, _id(request))
        if found is None:
            raise NotFoundError
        trail.opened(_id(request))
        trail.ended("retrieved")
        return Sent(200, {"document": _shown(found), "audit": {"record_id": trail.id}})

    async def put(self, request: Request, principal: Principal, trail: Trail) -> Sent:
        """PUT: add or replace. The body has the members of a document but for `id` and `tenant`.

        Raises NotAllowedError before the body is read, TooLargeError, SlowBodyError, BadRequestError or AuditError.
        """
        _refuse_others(principal)
        body = await read_body(request, self._limits.document_bytes, self._limits.body_seconds)
        members = await self._changing.run(principal.tenant, parse_object, body)
        await self._intend(principal, trail, _id(request))
        try:
            outcome = await self._changing.run(principal.tenant, self._documents.put, principal, _id(request), members)
        except DocumentRefused as refusal:
            raise _bad_request(refusal) from None
        trail.opened(_id(request))
        trail.ended("answered", f"document_{outcome}")
        body_sent = {"document_id": _id(request), "outcome": outcome, "audit": {"record_id": trail.id}}
        return Sent(201 if outcome == "created" else 200, body_sent)

    async def remove(self, request: Request, principal: Principal, trail: Trail) -> Sent:
        """DELETE. Once this is answered, no request is shown the document.

        Raises NotAllowedError, NotFoundError or AuditError.
        """
        _refuse_others(principal)
        await self._intend(principal, trail, _id(request))
        if not await self._pool.run(principal.tenant, self._documents.remove, principal, _id(request)):
            raise NotFoundError
        trail.opened(_id(request))
        trail.ended("answered", "document_removed")
        return Sent(200, {"document_id": _id(request), "outcome": "removed", "audit": {"record_id": trail.id}})


def _refuse_others(principal: Principal) -> None:
    if DOCUMENT_ADMINS not in principal.groups:
        raise NotAllowedError


def _id(request: Request) -> str:
    return str(request.path_params["document_id"])


def _bad_request(refusal: DocumentRefused) -> BadRequestError:
    """One code and one message for each member: what was handed in is not repeated."""
    if refusal.member is None:
        return BadRequestError("the body has an unknown member", code="unknown_member")
    return BadRequestError(f"{refusal.member} is missing or not as agreed", code=f"{refusal.member}_wrong")


def _shown(document: Document) -> dict[str, object]:
    """The document without its permissions: the names of groups are for its administrators."""
    return {
        "id": document.id,
        "tenant": document.tenant,
        "title": document.title,
        "text": document.text,
        "uri": document.uri,
        "version": document.version,
        "valid_from": document.valid_from,
        "valid_until": document.valid_until,
        "classification": document.classification,
        "sha256": document.sha256,
    }
