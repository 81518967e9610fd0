"""Suites and gates: what is asked, how it is scored, and which rules must hold."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from harness.domain.cases import CaseKind
from harness.domain.checks import Rule

Verb = Literal["answer", "retrieve"]
ProbeFamily = Literal[
    "audit",
    "isolation",
    "authentication",
    "lifecycle",
    "noninterference",
    "caches",
    "concurrency",
    "existence",
    "permission",
    "injection",
    "overblocking",
]
JUDGED = "judged."
"""How the names of metrics begin whose values an LLM judge gives."""


@dataclass(frozen=True, slots=True)
class Selection:
    """Which cases of a golden set a suite takes. Empty tuples select everything."""

    kinds: tuple[CaseKind, ...] = ()
    tags: tuple[str, ...] = ()
    limit: int | None = None
    """At most this many, the first in order of the sha256 of the case id: a fixed sample, not a chosen one."""


@dataclass(frozen=True, slots=True)
class ProbePlan:
    """What a probe generator is asked to make."""

    family: ProbeFamily
    documents: int = 5
    """Planted documents for each tenant (isolation)."""
    forms: int = 6
    """In how many forms each planted document is asked for (isolation)."""
    tries: int = 3
    """How often in a row the same is asked, where a family asks again."""
    questions: int = 4
    """How many of a tenant's own questions are asked again after each change (noninterference)."""


@dataclass(frozen=True, slots=True)
class JudgePlan:
    """The LLM judge that a suite asks about each answer. Address and key stand in the environment, never in a file."""

    model: str
    """As LiteLLM writes it, such as `openai/name`."""
    api_base_env: str
    """Name of the environment variable that holds the address."""
    api_key_env: str
    """Name of the environment variable that holds the key."""
    temperature: float
    max_tokens: int
    timeout_s: float
    """For one judgement, however many calls it takes."""
    concurrency: int


@dataclass(frozen=True, slots=True)
class Suite:
    """Golden set or probe family, scorers and rules: one YAML file."""

    name: str
    version: str
    verb: Verb
    top_k: int
    routes: tuple[str, ...]
    """`("",)` leaves the route to the target."""
    repeats: int
    concurrency: int
    warm_up: int
    """Asks made before the first planned one and left out of every figure."""
    timeout_s: float
    selection: Selection | None
    probes: ProbePlan | None
    scorers: tuple[str, ...]
    rules: tuple[Rule, ...]
    digest: str
    """sha256 of the file."""
    judge: JudgePlan | None = None


@dataclass(frozen=True, slots=True)
class Import:
    """Where a golden set that is not part of the project comes from."""

    source: str
    """Folder of the collection, relative to the folder of public data."""
    layout: Literal["enterprise5", "beir", "trec"]


@dataclass(frozen=True, slots=True)
class Gate:
    """The suites that a release must satisfy."""

    name: str
    version: str
    target: str
    """The default target's name."""
    golden_set: str
    """Path of the dataset folder, relative to the gate file."""
    suites: tuple[Suite, ...]
    mapping: Mapping[str, str] = field(default_factory=dict)
    """JMESPath expressions for a target whose replies have another shape."""
    allowed_hosts: tuple[str, ...] = ()
    """Hosts to which an answer may link beside those of the sources that it came from."""
    imports: Import | None = None
    """How to make the golden set where its folder is not there yet."""
    files: tuple[str, ...] = ()
    """Paths of the suite files, relative to the folder of the gate file."""
    digest: str = ""
    """sha256 over the gate file and the files of its suites."""

    @property
    def planted(self) -> int:
        """Documents that are planted for each tenant before the run: what the widest isolation suite asks for."""
        found = (suite.probes.documents for suite in self.suites if suite.probes and suite.probes.family == "isolation")
        return max(found, default=0)

    @property
    def judge(self) -> JudgePlan | None:
        """The one judge of the gate: a metric means one instrument, so no two suites declare different ones."""
        return next((suite.judge for suite in self.suites if suite.judge), None)
