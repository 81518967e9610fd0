"""The nouns that the rooms of the reference system share. Standard library only."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Classification = Literal["public", "internal", "confidential", "restricted"]

CLASSIFICATIONS: tuple[Classification, ...] = ("public", "internal", "confidential", "restricted")
"""From the least to the most sensitive; a clearance admits its own level and everything below it."""


@dataclass(frozen=True, slots=True)
class Principal:
    """An authenticated identity. It is built from a verified token and from nothing else."""

    tenant: str
    subject: str
    groups: frozenset[str]
    clearance: Classification
    token_id: str
    expires_at: int
    """Seconds since the epoch, from the token's `exp`."""


@dataclass(frozen=True, slots=True)
class Document:
    """One version of one document as its tenant handed it in."""

    id: str
    tenant: str
    title: str
    text: str
    """The Markdown body."""
    uri: str
    version: str
    valid_from: str
    """ISO date of the first day on which it is served, or the empty string where the source gives none."""
    supersedes: str | None
    """The id of the tenant's older version that this one replaces; from `valid_from` on, that one is not served."""
    owner: str
    classification: str
    """As declared. A class that is not in CLASSIFICATIONS counts as the highest."""
    allow_groups: frozenset[str]
    """Empty means that nobody may see it."""
    deny_groups: frozenset[str]
    """Deny wins over allow."""
    sha256: str
    """Digest of `text` in UTF-8."""
    valid_until: str = ""
    """ISO date of the last day on which it is served, or the empty string."""


@dataclass(frozen=True, slots=True, weakref_slot=True)
class Passage:
    """A span of one document, the unit that is indexed and cited."""

    id: str
    """UUIDv5 over tenant, document and span: an id of one tenant can never name a passage of another."""
    document: Document
    heading: str
    """The headings above the span, joined with ` > `."""
    text: str
    start: int
    end: int
    """Character offsets of the span in `document.text`."""


@dataclass(frozen=True, slots=True)
class RankedPassage:
    """A passage with its place in an answer's evidence, best first, rank from 1."""

    passage: Passage
    rank: int
    score: float


@dataclass(frozen=True, slots=True)
class Retrieved:
    """What one retrieval brought back."""

    passages: tuple[RankedPassage, ...]
    timings_ms: Mapping[str, float] = field(default_factory=dict)
    """Milliseconds for `retrieve` (embedding and both legs) and `rerank`."""
    corpus: str | None = None
    """SHA-256 of the tenant's documents as they were searched: texts, permissions, and which of them are served."""
