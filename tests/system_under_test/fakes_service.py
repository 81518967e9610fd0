"""Small real implementations for the service tests: an identity provider, documents, a retrieval in memory."""

import asyncio
import base64
import hashlib
import json
import re
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import jwt
import numpy as np
from cryptography.hazmat.primitives.asymmetric import ec
from starlette.applications import Starlette

from system_under_test.audit.log import AuditError, AuditLog
from system_under_test.audit.records import Pseudonyms, Record
from system_under_test.config import Issuer, Limits
from system_under_test.gateway.app import build_app
from system_under_test.gateway.parts import Audit, Parts
from system_under_test.gateway.verify import Verifier
from system_under_test.nouns import Document, Passage, Principal, RankedPassage, Retrieved
from system_under_test.routing.answer import Answerer, Completer
from system_under_test.routing.evidence import Evidence, Vector
from system_under_test.routing.extractive import extract
from system_under_test.routing.reply import Citation, Reply, render_reply
from system_under_test.routing.router import Router
from system_under_test.routing.routes import ExtractiveRoute, Route, Routes, load_routes

ISSUER, AUDIENCE, TENANTS = "https://idp.example", "rag", frozenset({"acme", "globex"})
REMOVED = object()
"""As a claim or header value: the member is left out."""


def segment(value: object) -> str:
    """A value as a base64url segment of a token."""
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


@dataclass(frozen=True)
class Idp:
    """An identity provider with one P-256 key."""

    issuer: str = ISSUER
    key_id: str = "key-1"
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    clock: Callable[[], float] = time.time

    def public_key(self, **changes: object) -> dict[str, Any]:
        """The key as a member of a key set."""
        public = json.loads(jwt.algorithms.ECAlgorithm.to_jwk(self.key.public_key()))
        return {**public, "kid": self.key_id, "use": "sig", "alg": "ES256", **changes}

    def jwks(self, **changes: object) -> dict[str, Any]:
        """The key set."""
        return {"keys": [self.public_key(**changes)]}

    def as_issuer(self) -> Issuer:
        """The issuer as the gateway's settings name it."""
        return Issuer(self.issuer, AUDIENCE, self.jwks(), None)

    def claims(self, **changes: object) -> dict[str, object]:
        """The claims of a right token, changed."""
        now = int(self.clock())
        claims = {
            "iss": self.issuer,
            "aud": AUDIENCE,
            "sub": "user-1",
            "iat": now,
            "exp": now + 600,
            "jti": "token-1",
            "tenant": "acme",
            "groups": ["everyone"],
            "clearance": "internal",
        }
        return {name: value for name, value in {**claims, **changes}.items() if value is not REMOVED}

    def header(self, **changes: object) -> dict[str, object]:
        """The header of a right token, changed."""
        header = {"typ": "at+jwt", "alg": "ES256", "kid": self.key_id}
        return {name: value for name, value in {**header, **changes}.items() if value is not REMOVED}

    def token(self, header: Mapping[str, object] | None = None, /, **claims: object) -> str:
        """A token signed with the key, over a changed header and changed claims."""
        return self.signed(json.dumps(self.header(**(header or {}))), json.dumps(self.claims(**claims)))

    def signed(self, header: str, payload: str) -> str:
        """A token over these exact texts."""
        parts = [base64.urlsafe_b64encode(text.encode("utf-8")).rstrip(b"=").decode() for text in (header, payload)]
        algorithm = jwt.get_algorithm_by_name("ES256")
        signature = algorithm.sign(".".join(parts).encode(), self.key)
        return ".".join((*parts, base64.urlsafe_b64encode(signature).rstrip(b"=").decode()))

    def headers(self, **claims: object) -> dict[str, str]:
        """The request headers of a caller with these claims."""
        return {"authorization": f"Bearer {self.token(**claims)}"}


@dataclass(frozen=True)
class Sentence:
    """A sentence with its vector."""

    passage_id: str
    text: str
    vector: Vector


def vector_of(text: str) -> Vector:
    """A bag of words as a unit vector: equal texts have cosine 1, texts without a common word about 0."""
    vector = np.full(384, 1e-3, np.float32)
    for word in re.findall(r"\w+", text.lower()):
        vector[int(hashlib.sha256(word.encode()).hexdigest(), 16) % 384] += 1
    unit: Vector = (vector / np.linalg.norm(vector)).astype(np.float32)
    return unit


def sentences_of(passages: Sequence[Passage]) -> list[Sentence]:
    """The sentences of the passages."""
    return [
        Sentence(passage.id, text, vector_of(text))
        for passage in passages
        for text in re.findall(r"[^.!?]+[.!?]", passage.text.strip())
        for text in [text.strip()]
    ]


def document(tenant: str, slug: str, title: str, text: str) -> Document:
    """A public document."""
    return Document(
        id=f"{tenant}/{slug}",
        tenant=tenant,
        title=title,
        text=text,
        uri=f"https://{tenant}.example/{slug}",
        version="1",
        valid_from="2026-01-01",
        supersedes=None,
        owner="people-team",
        classification="public",
        allow_groups=frozenset({"everyone"}),
        deny_groups=frozenset(),
        sha256=hashlib.sha256(text.encode()).hexdigest(),
    )


def passage(text: str, *, slug: str = "leave", title: str = "Annual leave", tenant: str = "acme") -> Passage:
    """A passage that is a whole document."""
    source = document(tenant, slug, title, text)
    return Passage(f"{tenant}-{slug}", source, title, text, 0, len(text))


def ranked(*passages: Passage) -> tuple[RankedPassage, ...]:
    """Passages in this order."""
    return tuple(RankedPassage(one, rank, 1 / rank) for rank, one in enumerate(passages, 1))


CORPUS = (
    passage("Annual leave is 27 days a year. Unused leave lapses on 31 May."),
    passage("Sick pay lasts 10 weeks. A fit note is due on day 8.", slug="sick", title="Sick leave"),
    passage("Annual leave is 31 days a year.", tenant="globex"),
)


class MemoryRetrieval:
    """Every passage of the principal's tenant, in the order of the corpus. Counts what it is asked."""

    def __init__(self, corpus: Sequence[Passage] = CORPUS, fault: Exception | None = None) -> None:
        self.corpus = corpus
        self.fault = fault
        self.searches: list[tuple[str, str, int]] = []
        self.closed = 0

    def search(self, principal: Principal, question: str, top_k: int, *, vector: Vector | None = None) -> Retrieved:
        """The tenant's passages."""
        self.searches.append((principal.tenant, question, top_k))
        if self.fault is not None:
            raise self.fault
        own = [one for one in self.corpus if one.document.tenant == principal.tenant]
        return Retrieved(ranked(*own[:top_k]), {"retrieve": 1.0, "rerank": 0.5})

    def sentences(self, passages: Sequence[Passage]) -> list[Sentence]:
        """Their sentences."""
        return sentences_of(passages)

    def query_vector(self, question: str) -> Vector:
        """The question's bag of words."""
        return vector_of(question)

    def digests(self) -> dict[str, str]:
        """A digest of the corpus."""
        return {"corpus": "c" * 64}

    def close(self) -> None:
        """Count it."""
        self.closed += 1


@dataclass(frozen=True)
class Completed:
    """What a model sent back."""

    content: str
    model: str = "scripted"
    input_tokens: int = 10
    output_tokens: int = 5
    cost_usd: float = 0.001
    first_token_ms: float | None = None


class DirectCompleter:
    """The extractive answerers without a transport in between; `content` replaces what they say."""

    def __init__(self, content: str | None = None, fault: Exception | None = None) -> None:
        self.content = content
        self.fault = fault
        self.sent: list[list[dict[str, str]]] = []

    def complete(self, route: Route, messages: list[dict[str, str]], evidence: Evidence) -> Completed:
        """The reply."""
        self.sent.append(messages)
        if self.fault is not None:
            raise self.fault
        if self.content is not None:
            return Completed(self.content)
        assert isinstance(route, ExtractiveRoute)
        found = extract(evidence, route.extract)
        citations = tuple(Citation(one.passage_id, one.text) for one in found.quotes)
        text = " ".join(one.quote for one in citations)
        return Completed(render_reply(Reply(text, not citations, citations, found.support)), route.model)


class FailingAudit:
    """A log whose disk is full. `failing` can be switched off."""

    def __init__(self) -> None:
        self.failing = True
        self.records: list[Record] = []

    def append(self, record: Record) -> Future[None]:
        """Fail."""
        future: Future[None] = Future()
        if self.failing:
            future.set_exception(AuditError("no space left"))
        else:
            self.records.append(record)
            future.set_result(None)
        return future

    def read(self, record_id: str, tenant: str) -> object | None:
        """Nothing was kept."""
        return None

    def close(self) -> None:
        """Nothing to close."""


@dataclass
class Service:
    """A running gateway, with everything around it in reach."""

    idp: Idp
    retrieval: MemoryRetrieval
    completer: Completer
    audit: Audit
    audit_path: Path
    app: Starlette
    environment: dict[str, str]

    def client(self) -> httpx.AsyncClient:
        """A client that speaks to the application in this process."""
        transport = httpx.ASGITransport(app=self.app, raise_app_exceptions=False)
        return httpx.AsyncClient(transport=transport, base_url="http://gateway")

    def send(self, *calls: tuple[str, str, dict[str, Any]]) -> list[httpx.Response]:
        """The responses to calls (verb, path, arguments), one after another."""

        async def run() -> list[httpx.Response]:
            async with self.client() as client:
                return [await client.request(verb, path, **arguments) for verb, path, arguments in calls]

        return asyncio.run(run())

    def records(self) -> list[dict[str, Any]]:
        """The audit log as it stands on the disk."""
        return [json.loads(line) for line in self.audit_path.read_text(encoding="utf-8").splitlines()]


def without_id(response: httpx.Response) -> tuple[int, str, list[tuple[str, str]]]:
    """All that a caller sees of an error but for the request id: status, body, headers."""
    body = response.text.replace(response.json()["request_id"], "")
    return response.status_code, body, sorted(response.headers.multi_items())


def service(
    folder: Path,
    *,
    retrieval: MemoryRetrieval | None = None,
    completer: Completer | None = None,
    audit: Audit | None = None,
    routes: Routes | None = None,
    environment: dict[str, str] | None = None,
    limits: Limits | None = None,
    **more: Any,
) -> Service:
    """A gateway over the corpus above; `more` are further parts. The caller closes it through `app.state.close()`."""
    idp, limits = Idp(), limits or Limits()
    retrieval, completer = retrieval or MemoryRetrieval(), completer or DirectCompleter()
    environment, routes = {} if environment is None else environment, routes or load_routes()
    path = folder / "audit.jsonl"
    log = audit or AuditLog(path)
    parts = Parts(
        verifier=more.pop("verifier", None) or Verifier([idp.as_issuer()], TENANTS, limits),
        retrieval=retrieval,
        router=Router(routes, Answerer(retrieval, completer), environment),
        routes=routes,
        audit=log,
        pseudonyms=Pseudonyms(b"k" * 32),
        release={"version": "1", "digests": {"corpus": "c" * 64}},
        digests={"corpus": "c" * 64},
        limits=limits,
        **more,
    )
    return Service(idp, retrieval, completer, log, path, build_app(parts), environment)
