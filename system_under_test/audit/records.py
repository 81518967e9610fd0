"""What an audit record says: enough to reconstruct a decision, and no token, question, answer or passage text."""

import hashlib
import hmac
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Literal

Outcome = Literal[
    "answered",
    "refused",
    "retrieved",
    "audit_read",
    "not_found",
    "unauthenticated",
    "forbidden",
    "bad_request",
    "unavailable",
    "failed",
]

Digests = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class RetrievedPassage:
    """A passage that was returned, by name. `score` is for auditors only; callers never see it."""

    passage_id: str
    document_id: str
    version: str
    rank: int
    score: float


@dataclass(frozen=True, slots=True)
class CitedQuote:
    """A citation, with the digest of the quoted text in place of the text."""

    passage_id: str
    quote_sha256: str


@dataclass(frozen=True, slots=True)
class Record:
    """One request. `None` means that the request did not get so far.

    The log adds `seq` (from 1), `ts` (UTC, never going backwards) and `prev_hash`.
    """

    record_id: str
    """Also the request id that the caller was given."""
    endpoint: str
    outcome: Outcome
    status: int
    reason: str | None = None
    """Why somebody was refused, or which class of error it was. Never shown to the caller of a refused token."""
    tenant: str | None = None
    subject_hash: str | None = None
    token_hash: str | None = None
    groups_hash: str | None = None
    clearance: str | None = None
    question_hash: str | None = None
    conversation_hash: str | None = None
    top_k: int | None = None
    retrieved: tuple[RetrievedPassage, ...] | None = None
    route: str | None = None
    model: str | None = None
    route_reason: str | None = None
    prompt_sha256: str | None = None
    answer_sha256: str | None = None
    citations: tuple[CitedQuote, ...] | None = None
    support: float | None = None
    """The support score in [0, 1] that the refusal was decided on, where the route has one."""
    input_tokens: int | None = None
    output_tokens: int | None = None
    cost_usd: float | None = None
    read_record_id: str | None = None
    """The record that an auditor was shown."""
    timings_ms: Mapping[str, float] | None = None
    release: Digests | None = None
    """Digests of code, configuration, routes, index and corpus at the time of the request."""

    def fields(self) -> dict[str, object]:
        """The record as plain JSON values."""
        return asdict(self)


class Pseudonyms:
    """Keyed hashes, so that a leaked log cannot be reversed by guessing names or questions.

    HMAC-SHA256 over the tenant, the kind of value and the value, each preceded by its length in bytes.
    """

    def __init__(self, key: bytes) -> None:
        self._key = key

    def of(self, tenant: str, kind: str, values: Iterable[str]) -> str:
        """The pseudonym, 64 hexadecimal digits. The same value has another one in another tenant."""
        digest = hmac.new(self._key, digestmod=hashlib.sha256)
        for part in (tenant, kind, *values):
            encoded = part.encode("utf-8")
            digest.update(len(encoded).to_bytes(8, "big") + encoded)
        return digest.hexdigest()


def sha256_of(text: str) -> str:
    """The SHA-256 of the text in UTF-8, 64 hexadecimal digits."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()
