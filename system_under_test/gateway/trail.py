"""What is known about a request so far; in the end, its audit record and what watchers are told."""

import secrets
import time
from collections.abc import Mapping
from dataclasses import replace

from system_under_test.audit.records import (
    CitedQuote,
    Outcome,
    Pseudonyms,
    Record,
    RetrievedPassage,
    RouteAttempt,
    RouteNotTaken,
    sha256_of,
)
from system_under_test.gateway.finished import Finished, Stage, StageName
from system_under_test.gateway.requests import Ask
from system_under_test.nouns import Principal, Retrieved
from system_under_test.routing.choose import Choice
from system_under_test.routing.router import Attempt, Routed
from system_under_test.routing.routes import HostedRoute


class Trail:
    """Fills in one request's record as the request moves along. Until it has ended, it counts as failed."""

    def __init__(self, endpoint: str, release: Mapping[str, str], pseudonyms: Pseudonyms) -> None:
        self.id = secrets.token_hex(16)
        self._began_unix_ns = time.time_ns()
        self._started = time.perf_counter()
        self._timings_ms: dict[str, float] = {}
        self._stages: list[Stage] = []
        self._attempts: list[RouteAttempt] = []
        self._pseudonyms = pseudonyms
        self._record = Record(self.id, endpoint, "failed", status=500, release=dict(release))

    def authenticated(self, principal: Principal, *, jwks_stale: bool) -> None:
        """Who asks is known, and whether that was proven with keys that could not be renewed in time."""
        self._timings_ms["auth"] = self._elapsed_ms()
        self._spent("auth", self._timings_ms["auth"])
        hashed, tenant = self._pseudonyms.of, principal.tenant
        self._record = replace(
            self._record,
            tenant=tenant,
            subject_hash=hashed(tenant, "subject", [principal.subject]),
            token_hash=hashed(tenant, "token", [principal.token_id]),
            groups_hash=hashed(tenant, "groups", sorted(principal.groups)),
            clearance=principal.clearance,
            jwks_stale=jwks_stale,
        )

    def asked(self, principal: Principal, ask: Ask) -> None:
        """What is asked is known."""
        hashed, tenant, conversation = self._pseudonyms.of, principal.tenant, ask.conversation_id
        self._record = replace(
            self._record,
            question_hash=hashed(tenant, "question", [ask.question]),
            conversation_hash=None if conversation is None else hashed(tenant, "conversation", [conversation]),
            top_k=ask.top_k,
        )

    def retrieved(self, found: Retrieved, embed_ms: float) -> None:
        """The passages are there; embedding the question counts as retrieval."""
        self._timings_ms.update(found.timings_ms)
        self._timings_ms["retrieve"] = self._timings_ms.get("retrieve", 0.0) + embed_ms
        rerank_ms = found.timings_ms.get("rerank", 0.0)
        self._spent("retrieve", self._timings_ms["retrieve"], before_ms=rerank_ms)
        self._spent("rerank", rerank_ms)
        passages = tuple(
            RetrievedPassage(one.passage.id, one.passage.document.id, one.passage.document.version, one.rank, one.score)
            for one in found.passages
        )
        self._record = replace(self._record, retrieved=passages, corpus_sha256=found.corpus)

    def chose(self, choice: Choice) -> None:
        """The route to ask first is known."""
        self._record = replace(
            self._record,
            route=choice.route.name,
            route_reason=choice.reason,
            provider=choice.route.terms.provider,
            region=choice.route.terms.region,
            routes_not_taken=tuple(RouteNotTaken(one.route, one.reason) for one in choice.not_taken),
        )

    def tried(self, attempt: Attempt) -> None:
        """A route was asked, or could not be. Called in the thread that asks."""
        self._attempts.append(
            RouteAttempt(attempt.route, attempt.outcome, attempt.total_ms, attempt.first_token_ms, attempt.cost_usd)
        )

    def answered(self, routed: Routed, generate_ms: float) -> None:
        """The answer is there, from the route that was asked first or from one that stood in."""
        choice, answer = routed.choice, routed.answer
        self.chose(choice)
        self._timings_ms["generate"] = generate_ms
        self._spent("generate", generate_ms)
        self._record = replace(
            self._record,
            model=answer.model,
            prompt_sha256=sha256_of(choice.route.prompt) if isinstance(choice.route, HostedRoute) else None,
            answer_sha256=sha256_of(answer.text),
            citations=tuple(CitedQuote(one.passage_id, sha256_of(one.quote)) for one in answer.citations),
            support=answer.support,
            input_tokens=answer.input_tokens,
            output_tokens=answer.output_tokens,
            cost_usd=answer.cost_usd,
        )

    def opened(self, document_id: str) -> None:
        """The caller was shown, or has written or deleted, this document of its own tenant."""
        self._record = replace(self._record, document_id=document_id)

    def intent(self, principal: Principal, document_id: str) -> Record:
        """The record to be kept before this document of the caller's tenant is changed."""
        hashed = self._pseudonyms.of(principal.tenant, "document", [document_id])
        return replace(
            self._record, record_id=secrets.token_hex(16), outcome="intended", status=None, document_hash=hashed
        )

    def intended(self, intent: Record) -> None:
        """The intent is on the disk."""
        self._record = replace(self._record, intent_record_id=intent.record_id)

    def has_read(self, record_id: str) -> None:
        """An auditor was shown this record."""
        self._record = replace(self._record, read_record_id=record_id)

    def keys_were(self, *, stale: bool | None) -> None:
        """Whether the issuer's keys should have been renewed and could not be; None: none was looked for."""
        self._record = replace(self._record, jwks_stale=stale)

    def ended(self, outcome: Outcome, reason: str | None = None) -> None:
        """How it ended, and why it ended early."""
        self._record = replace(self._record, outcome=outcome, reason=reason)

    def timings(self) -> dict[str, float]:
        """Milliseconds of each stage, and `total` up to now: the write of the audit record comes after."""
        stages = {**self._timings_ms, "total": self._elapsed_ms()}
        return {name: round(value, 3) for name, value in stages.items()}

    def record(self, status: int, timings_ms: Mapping[str, float]) -> Record:
        """The record of the request as it was answered."""
        attempts = tuple(self._attempts) or None
        return replace(self._record, status=status, timings_ms=dict(timings_ms), attempts=attempts)

    def finished(self, status: int, audit_ms: float, *, audited: bool) -> Finished:
        """What watchers are told, once the record was written, which took `audit_ms`, or could not be."""
        self._spent("audit", audit_ms)
        return Finished(
            request_id=self.id,
            endpoint=self._record.endpoint,
            status=status,
            outcome=self._record.outcome if audited else "failed",
            route=self._record.route,
            tenant=self._record.tenant,
            began_unix_ns=self._began_unix_ns,
            total_ms=self._elapsed_ms(),
            stages=tuple(self._stages),
            audited=audited,
        )

    def _spent(self, stage: StageName, spent_ms: float, *, before_ms: float = 0.0) -> None:
        """A stage that ended `before_ms` ago."""
        self._stages.append(Stage(stage, max(0.0, self._elapsed_ms() - before_ms - spent_ms), spent_ms))

    def _elapsed_ms(self) -> float:
        return (time.perf_counter() - self._started) * 1_000
