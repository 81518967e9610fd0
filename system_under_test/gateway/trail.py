"""What is known about a request so far; in the end, its audit record."""

import secrets
import time
from collections.abc import Mapping
from dataclasses import replace

from system_under_test.audit.records import CitedQuote, Outcome, Pseudonyms, Record, RetrievedPassage, sha256_of
from system_under_test.gateway.requests import Ask
from system_under_test.nouns import Principal, Retrieved
from system_under_test.routing.answer import Answer
from system_under_test.routing.choose import Choice
from system_under_test.routing.routes import HostedRoute


class Trail:
    """Fills in one request's record as the request moves along. Until it has ended, it counts as failed."""

    def __init__(self, endpoint: str, release: Mapping[str, str], pseudonyms: Pseudonyms) -> None:
        self.id = secrets.token_hex(16)
        self._started = time.perf_counter()
        self._timings_ms: dict[str, float] = {}
        self._pseudonyms = pseudonyms
        self._record = Record(self.id, endpoint, "failed", status=500, release=dict(release))

    def authenticated(self, principal: Principal) -> None:
        """Who asks is known."""
        self._timings_ms["auth"] = self._elapsed_ms()
        hashed, tenant = self._pseudonyms.of, principal.tenant
        self._record = replace(
            self._record,
            tenant=tenant,
            subject_hash=hashed(tenant, "subject", [principal.subject]),
            token_hash=hashed(tenant, "token", [principal.token_id]),
            groups_hash=hashed(tenant, "groups", sorted(principal.groups)),
            clearance=principal.clearance,
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
        passages = tuple(
            RetrievedPassage(one.passage.id, one.passage.document.id, one.passage.document.version, one.rank, one.score)
            for one in found.passages
        )
        self._record = replace(self._record, retrieved=passages)

    def answered(self, choice: Choice, answer: Answer, generate_ms: float) -> None:
        """The answer is there."""
        self._timings_ms["generate"] = generate_ms
        self._record = replace(
            self._record,
            route=choice.route.name,
            route_reason=choice.reason,
            model=answer.model,
            prompt_sha256=sha256_of(choice.route.prompt) if isinstance(choice.route, HostedRoute) else None,
            answer_sha256=sha256_of(answer.text),
            citations=tuple(CitedQuote(one.passage_id, sha256_of(one.quote)) for one in answer.citations),
            support=answer.support,
            input_tokens=answer.input_tokens,
            output_tokens=answer.output_tokens,
            cost_usd=answer.cost_usd,
        )

    def has_read(self, record_id: str) -> None:
        """An auditor was shown this record."""
        self._record = replace(self._record, read_record_id=record_id)

    def ended(self, outcome: Outcome, reason: str | None = None) -> None:
        """How it ended, and why it ended early."""
        self._record = replace(self._record, outcome=outcome, reason=reason)

    def timings(self) -> dict[str, float]:
        """Milliseconds of each stage, and `total` up to now: the write of the audit record comes after."""
        stages = {**self._timings_ms, "total": self._elapsed_ms()}
        return {name: round(value, 3) for name, value in stages.items()}

    def record(self, status: int, timings_ms: Mapping[str, float]) -> Record:
        """The record of the request as it was answered."""
        return replace(self._record, status=status, timings_ms=dict(timings_ms))

    def _elapsed_ms(self) -> float:
        return (time.perf_counter() - self._started) * 1_000
