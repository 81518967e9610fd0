"""What an audit record says: enough to reconstruct a decision, and no token, question, answer or passage text."""

import hashlib
import hmac
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, is_dataclass
from typing import Literal

Outcome = Literal[
    "answered",
    "refused",
    "retrieved",
    "audit_read",
    "not_found",
    "unauthenticated",
    "forbidden",
    "limited",
    "bad_request",
    "unavailable",
    "failed",
    "intended",
    "counted",
]
"""How a request ended; but `intended`, of a change that is not made yet, and `counted`, of many requests at once."""

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
class RouteNotTaken:
    """A declared route that was not taken, and why."""

    route: str
    reason: str


@dataclass(frozen=True, slots=True)
class Counted:
    """Requests that nobody was authenticated for and that ended in the same way, by number."""

    status: int
    reason: str | None
    requests: int


@dataclass(frozen=True, slots=True)
class RouteAttempt:
    """A route that was asked, or could not be, and how that ended."""

    route: str
    outcome: str
    total_ms: float
    first_token_ms: float | None
    cost_usd: float | None
    """None where nobody knows what it cost."""


@dataclass(frozen=True, slots=True)
class Record:
    """One request, or what stands for one or many. `None` means that the request did not get so far.

    A change has two. The intent says beforehand what is to be changed; the record of the answer names the intent. An
    intent that no record names is a change of which nobody knows how it ended.

    The log adds `seq` (from 1), `ts` (UTC, never going backwards), `prev_hash` and `checkpoint`.
    """

    record_id: str
    """Also the request id that the caller was given."""
    endpoint: str
    outcome: Outcome
    status: int | None
    """None where nobody has been answered yet: of an intent; and of a record of many requests."""
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
    corpus_sha256: str | None = None
    """Of the tenant's documents as they were searched, permissions included: what `release` cannot say of a corpus that
    changes while it is served."""
    document_id: str | None = None
    """The tenant's own document that was shown, written or deleted. An id that opened nothing is not kept."""
    document_hash: str | None = None
    """The pseudonym of the id in an intent: whether it will open anything is not known yet."""
    intent_record_id: str | None = None
    """The record that said beforehand what would be changed."""
    route: str | None = None
    model: str | None = None
    route_reason: str | None = None
    provider: str | None = None
    region: str | None = None
    routes_not_taken: tuple[RouteNotTaken, ...] | None = None
    attempts: tuple[RouteAttempt, ...] | None = None
    """Every call to a model that this request led to, in order."""
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
    """Digests of what was started: policy (`configuration`, `code`), access rules (`corpus_metadata`), corpus
    (`corpus`), index (`index_parameters`, `model_weights`, `tokenizer`), and `routes`, `prompts`, `models`."""
    jwks_stale: bool | None = None
    """Whether the token was checked with keys that could not be renewed in time. `None`: no key was looked for."""
    counted: tuple[Counted, ...] | None = None
    """The requests that this one record stands for. Nobody was authenticated for any of them."""
    counted_from: str | None = None
    """When the first of them came in, UTC."""

    def fields(self) -> dict[str, object]:
        """The record as plain JSON values."""
        return {name: _plain(getattr(self, name)) for name in self.__dataclass_fields__}


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


def _plain(value: object) -> object:
    """A value of a record as JSON has it. `dataclasses.asdict` copies every leaf, which took most of the time."""
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    if is_dataclass(value):
        return {name: _plain(getattr(value, name)) for name in value.__dataclass_fields__}
    return value


def sha256_of(text: str) -> str:
    """The SHA-256 of the text in UTF-8, 64 hexadecimal digits."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()
