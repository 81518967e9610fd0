"""The declared entry points of the reference system. A gate loads this file by name, at run time, and nothing else."""

import os
from collections.abc import Callable, Mapping
from typing import Any, Final

from starlette.applications import Starlette

from system_under_test.audit.log import AuditLog
from system_under_test.audit.pseudonym_key import pseudonym_key
from system_under_test.audit.records import Pseudonyms
from system_under_test.config import Settings, parse_setup
from system_under_test.gateway.admission import open_storage
from system_under_test.gateway.app import build_app
from system_under_test.gateway.deny_list import DenyList
from system_under_test.gateway.finished import Watcher
from system_under_test.gateway.parts import Parts
from system_under_test.gateway.verify import Verifier
from system_under_test.nouns import Principal
from system_under_test.release import release_body, release_digests
from system_under_test.retrieval.access import Scope, scope_of
from system_under_test.retrieval.documents import read_documents
from system_under_test.retrieval.retriever import build_retriever
from system_under_test.routing.answer import Answerer
from system_under_test.routing.clients import Clients
from system_under_test.routing.router import Router
from system_under_test.routing.routes import load_routes

ScopeRule = Callable[[Principal], Scope]

QDRANT_URL: Final = "QDRANT_URL"
"""Names a Qdrant server to index into; without it the index is embedded."""
OTLP_VARIABLES: Final = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
"""OpenTelemetry's own; either switches spans on."""


def reference(setup: Mapping[str, Any]) -> Starlette:
    """The reference system as an ASGI application, ready to be asked. `app.state.close()` closes it.

    `setup` has these keys:
    `documents` (path of a documents.jsonl), `work_folder` (index and audit log, one process at a time),
    `cache_folder` (model and vectors, may be shared), and
    `issuers` (list of `{"issuer", "audience", "jwks"}` or, with the keys at an endpoint, `{..., "jwks_uri"}`).
    With `tenants`, an issuer's tokens may name no others.
    It may have `deny_list` (path of a file of withdrawn tokens, see `gateway/deny_list.py`).
    It may have `limits` and `service`: those members of `config.Limits` and `config.Service` that are not the default.
    It may have `audit_key`: the file of the key that signs the audit log, made beside the log where it is not named.

    Raises ReferenceSystemError, with the reason, where the setup cannot be started.
    """
    settings = parse_setup(setup)
    return _started(settings, _tenants(settings), "one tenant", scope_of)


def reference_leaky(setup: Mapping[str, Any]) -> Starlette:
    """The same system with one fault, for a gate to catch: the scope of a principal covers every tenant."""
    settings = parse_setup(setup)
    tenants = _tenants(settings)

    def every_tenant(principal: Principal) -> Scope:
        return Scope(tenants=tenants, groups=principal.groups, clearance=principal.clearance)

    return _started(settings, tenants, "every tenant", every_tenant)


def _started(settings: Settings, tenants: frozenset[str], scope: str, rule: ScopeRule) -> Starlette:
    environment = dict(os.environ)
    routes = load_routes()
    shared_counts = open_storage(settings.service.limit_storage)
    denied = None if settings.deny_list is None else DenyList(settings.deny_list)
    verifier = Verifier(settings.issuers, tenants, settings.limits, denied=denied)
    folder = settings.work_folder / "audit"
    pseudonyms = Pseudonyms(pseudonym_key(folder / "pseudonym.key"))
    retrieval = build_retriever(
        settings.documents,
        settings.work_folder,
        settings.cache_folder,
        qdrant_url=environment.get(QDRANT_URL),
        scope_of=rule,
    )
    digests = release_digests(settings, routes, retrieval.digests(), scope, environment)
    parts = Parts(
        verifier=verifier,
        retrieval=retrieval,
        router=Router(routes, Answerer(retrieval, Clients(routes, environment)), environment),
        routes=routes,
        audit=AuditLog(folder / "audit.jsonl", key_path=settings.audit_key),
        pseudonyms=pseudonyms,
        release=release_body(digests, settings, routes),
        digests=digests,
        limits=settings.limits,
        service=settings.service,
        tenants=tenants,
        shared_counts=shared_counts,
        tracing=_tracing(settings, environment),
        documents=retrieval,
        index_size=retrieval.corpus.index_size,
    )
    return build_app(parts)


def _tracing(settings: Settings, environment: Mapping[str, str]) -> Watcher | None:
    """Spans where they are asked for. Only then is OpenTelemetry imported, which takes 0.2 s."""
    service = settings.service
    if service.traces is None and not any(environment.get(name) for name in OTLP_VARIABLES):
        return None
    from system_under_test.gateway.tracing import otlp  # noqa: PLC0415

    return otlp(service.traces, tenants=service.tenant_labels)


def _tenants(settings: Settings) -> frozenset[str]:
    """The tenant registry: whoever has documents."""
    return frozenset(document.tenant for document in read_documents(settings.documents))
