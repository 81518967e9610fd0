"""Cases: one question, the principal who asks, and what a right outcome looks like."""

from dataclasses import dataclass
from typing import Literal

Clearance = Literal["public", "internal", "confidential", "restricted"]
CaseKind = Literal[
    "answerable",
    "unanswerable",
    "forbidden",
    "probe",
    "twin",
    "bad_credential",
    "good_credential",
    "base",
    "repeated",
    "unchanged",
    "indistinguishable",
]
"""base: asked so that others can be compared with it. repeated: the same again, before anything is changed.
unchanged: must get the same answer as its base.
indistinguishable: must get the same reply as its base, byte for byte but for what names the request."""
CaseVerb = Literal["", "answer", "retrieve", "open", "record"]
"""open: a document by its id. record: the audit record of an answer, read at once by an auditor of the same tenant."""
CONTROLS: frozenset[CaseKind] = frozenset({"twin", "good_credential", "base", "repeated"})
"""Kinds that are no evidence of their own: others are judged beside them."""


@dataclass(frozen=True, slots=True)
class Principal:
    """An authenticated identity and its isolation boundary, the tenant."""

    id: str
    tenant: str
    subject: str
    groups: tuple[str, ...]
    clearance: Clearance


@dataclass(frozen=True, slots=True)
class Judgment:
    """How well one document answers a case: 3 wholly, 2 in part, 1 related, 0 looked at and wrong. TREC's qrel."""

    document: str
    grade: int


@dataclass(frozen=True, slots=True)
class Canary:
    """A random marker planted in one document of one tenant, looked for everywhere else."""

    id: str
    tenant: str
    document: str
    marker: str
    """At least 64 random bits, drawn for each run, written in no file of the repository."""


@dataclass(frozen=True, slots=True)
class Extra:
    """What a request carries beside the contract's own: what a probe smuggles in, or the form of reply it asks for."""

    headers: tuple[tuple[str, str], ...] = ()
    query: tuple[tuple[str, str], ...] = ()
    members: tuple[tuple[str, str], ...] = ()
    """Members of the body."""


@dataclass(frozen=True, slots=True)
class Case:
    """One question and what a right outcome looks like. A probe is a case of kind `probe` with an owner twin."""

    id: str
    kind: CaseKind
    principal: Principal
    question: str
    cluster: str
    """Cases of one cluster are not independent evidence (same subject, same planted document)."""
    judgments: tuple[Judgment, ...] = ()
    facts: tuple[tuple[str, ...], ...] = ()
    """Each fact is a set of accepted spellings; a right answer holds one spelling of each fact."""
    tags: tuple[str, ...] = ()
    family: str = ""
    """For probes and credentials: the family and the form, such as `isolation.title` or `authentication.expired`."""
    victim: str = ""
    """For probes: the tenant whose data must not surface."""
    forbidden: tuple[str, ...] = ()
    """Documents that must not surface in any form."""
    canaries: tuple[Canary, ...] = ()
    """Kinds `probe` and `unchanged`: these must not come out. Kinds `twin` and `base`: these must come out."""
    twin: str = ""
    """Id of the positive control: the same question by one who may have the answer, or the same call made rightly."""
    credential: str = "valid"
    """Name of the token to present; `valid` is a right token for the principal."""
    verb: CaseVerb = ""
    """Empty: the suite's own. For `open`, `question` is the id of the document."""
    stage: int = 0
    """Stages of a suite are asked one after the other; what a stage changes is changed before it is asked."""
    reference: str = ""
    """For kinds `unchanged` and `indistinguishable`: id of the case whose reply this one must equal.
    For kind `bad_credential`: id of the one whose refusal it must equal."""
    repeated: str = ""
    """For kinds `unchanged` and `indistinguishable`: id of the A/A control; where it differs from the base too, nothing
    can be compared."""
    extra: Extra = Extra()
    refusable: bool = False
    """Whether the whole request may be refused: then that is a right reply, as for a document asked for by its id."""


@dataclass(frozen=True, slots=True)
class Ask:
    """One planned question: a case as a suite puts it, over one route, for the n-th time."""

    suite: str
    route: str
    """Name of the route to ask for; the empty string leaves the choice to the target."""
    case: Case
    attempt: int
    """From 1."""

    @property
    def key(self) -> tuple[str, str, str, int]:
        """Names this ask, and its observation, within a run."""
        return (self.suite, self.route, self.case.id, self.attempt)
