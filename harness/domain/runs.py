"""A run: one gate against one release of one target, with its provenance."""

from collections.abc import Mapping
from dataclasses import dataclass

from harness.domain.cases import Ask
from harness.domain.checks import Verdict
from harness.domain.matrix import Matrix
from harness.domain.observations import Observation
from harness.domain.scores import Score
from harness.domain.suites import Gate


@dataclass(frozen=True, slots=True)
class Run:
    """What was run, on what, with what: everything that can move a number has its digest here."""

    id: str
    gate: str
    gate_version: str
    gate_digest: str
    golden_set: str
    """`name version`."""
    golden_set_digest: str
    corpus_digest: str
    target: str
    release: Mapping[str, object]
    """What the target says that it is, by digest; empty until it was asked."""
    release_digest: str
    started_at: str
    """UTC, RFC 3339."""
    scorer_versions: Mapping[str, str]
    probe_versions: Mapping[str, str]
    environment: Mapping[str, str]
    """Versions of Python, of the harness and of the packages that can move a number."""
    planned: int
    plan_digest: str
    documents_digest: str = ""
    """sha256 of the documents that the target was given, the planted ones among them."""


@dataclass(frozen=True, slots=True)
class Record:
    """A finished run in memory: what every report is rendered from."""

    run: Run
    gate: Gate
    verdict: Verdict
    asks: tuple[Ask, ...]
    """In the order of their keys."""
    observations: tuple[Observation, ...]
    """In the order of their keys; one for each ask that was made."""
    scores: tuple[Score, ...]
    matrix: Matrix | None = None
    """What this harness caught of faulty systems, where a selftest was made with the very same code."""
