"""Makers of small cases and observations; each test says only what it is about."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from harness.domain.cases import Case, CaseKind, Principal
from harness.domain.corpus import Corpus, Document
from harness.domain.observations import Answer, Failure, Observation, Passage, Source

PRINCIPAL = Principal("aldermoor-staff", "aldermoor", "s-1", ("everyone", "staff"), "internal")


@pytest.fixture
def principal() -> Principal:
    """A member of staff of aldermoor, cleared for internal documents."""
    return PRINCIPAL


@pytest.fixture
def case() -> Callable[..., Case]:
    """Make a case of a kind; any field may be given."""

    def make(kind: CaseKind = "answerable", **fields: Any) -> Case:
        plain = Case("case-1", "answerable", PRINCIPAL, "How many days of leave do I get?", "annual-leave")
        return replace(plain, kind=kind, **fields)

    return make


@pytest.fixture
def passage() -> Callable[..., Passage]:
    """Make a passage of a document at a rank."""

    def make(
        document: str = "aldermoor/annual-leave",
        rank: int = 1,
        *,
        name: str = "",
        text: str = "",
        tenant: str = "aldermoor",
    ) -> Passage:
        source = Source(document, f"https://example.example/{document}", "A title", "1", "0" * 64, None)
        return Passage(name or f"passage-{rank}", rank, text, tenant, source)

    return make


@pytest.fixture
def answered() -> Callable[..., Observation]:
    """Make an observation with an answer; fields of the answer and `latency_ms` may be given."""

    def make(text: str = "", *, latency_ms: float = 12.5, **fields: Any) -> Observation:
        answer = replace(Answer(text, False, (), (), None, None), **fields)
        return Observation("suite", "", "case-1", 1, latency_ms, 200, "", answer, None)

    return make


@pytest.fixture
def failed() -> Observation:
    """An ask that timed out."""
    return Observation("suite", "", "case-1", 1, 5_000.0, 0, "", None, Failure("timeout", "no reply in 5 s"))


@pytest.fixture
def document() -> Callable[..., Document]:
    """Make a document that the staff of aldermoor may see; any field may be given."""

    def make(**fields: Any) -> Document:
        plain = Document(
            id="aldermoor/annual-leave",
            tenant="aldermoor",
            title="Annual leave",
            text="# Annual leave",
            uri="https://intranet.aldermoor.example/annual-leave",
            version="4",
            valid_from="",
            supersedes=None,
            owner="people-team",
            classification="internal",
            allow_groups=("staff",),
            deny_groups=(),
        )
        return replace(plain, **fields)

    return make


@pytest.fixture
def corpus() -> Callable[..., Corpus]:
    """Make a corpus of the given documents."""

    def make(*documents: Document, digest: str = "d" * 64) -> Corpus:
        return Corpus(documents, digest)

    return make
