"""Rules, what became of them, and the verdict."""

from dataclasses import dataclass
from typing import Literal

from harness.domain.claims import Claim
from harness.domain.scores import Aggregate, Metric

Bound = Literal["floor", "ceiling", "zero_tolerance"]
Severity = Literal["blocker", "advisory"]
Status = Literal["PASSED", "FAILED", "INCONCLUSIVE", "INVALID"]
Outcome = Literal["PASSED", "FAILED", "INCONCLUSIVE", "INVALID"]
Reason = Literal[
    "SHOWN",  # the bound lies on the right side of the threshold
    "NO_HITS",  # zero tolerance: nothing found, and the bound on what was not seen is low enough
    "BELOW_FLOOR",
    "ABOVE_CEILING",
    "ZERO_TOLERANCE_HIT",
    "NOT_SHOWN",  # the interval spans the threshold
    "TOO_FEW_CASES",  # the sample cannot give the bound that the rule needs
    "NO_EVIDENCE",  # nothing planned, or nothing scored
    "MISSING_VALUES",  # planned units without a value
    "VOID_PROBES",  # positive controls that did not fire
    "ERRORED_PROBES",  # asks that failed where a clean reply is the evidence
    "UNPLANNED_EVIDENCE",  # observations that the plan does not know, or knows twice
    "RELEASE_CHANGED",  # the target named other digests after the run than before it
    "STALE_JUDGE",  # a judge blocks whose certificate has expired or was given to another one
]

EXIT_CODES: dict[Outcome, int] = {"PASSED": 0, "FAILED": 1, "INCONCLUSIVE": 3, "INVALID": 4}
"""Exit code of each verdict. 2 is click's usage error and 5 an internal or infrastructure error: no verdicts."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One declared demand on one metric of one suite."""

    id: str
    metric: str
    aggregate: Aggregate
    bound: Bound
    threshold: float | None
    """Floor or ceiling in the metric's unit; for `share_over` the highest share. None for zero tolerance."""
    why: str
    """The reason for the figure, in words; a threshold without one is refused."""
    confidence: float = 0.95
    """One-sided."""
    quantile: float | None = None
    cap: float | None = None
    """For `share_over`: the value that counts as over."""
    max_rate: float | None = None
    """For zero tolerance: the highest hit rate that the run may leave possible."""
    min_n: int = 1
    by_cluster: bool = False
    """True where cases of one cluster are not independent: the bound then counts clusters."""
    slice_tag: str | None = None
    routes: tuple[str, ...] = ()
    """Empty: every route of the suite."""
    severity: Severity = "blocker"


@dataclass(frozen=True, slots=True)
class Check:
    """A rule after deciding."""

    rule: Rule
    suite: str
    route: str
    status: Status
    reason: Reason
    message: str
    """One plain sentence with the figures; it holds no text from the target."""
    metric: Metric | None

    @property
    def id(self) -> str:
        """`suite.rule`, with the route where the suite asks over a named one."""
        return f"{self.suite}.{self.rule.id}" + (f"[{self.route}]" if self.route else "")


@dataclass(frozen=True, slots=True)
class Ledger:
    """The closed account of one suite over one route: planned = answered + errored + unasked, always."""

    suite: str
    route: str
    planned: int
    answered: int
    """Asks that the target answered, or denied where a bad token was presented."""
    errored: int
    unasked: int
    """Planned asks without an observation; above 0 only where a run was cut short."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that makes the evidence itself unfit: the verdict is INVALID whatever the checks say."""

    reason: Reason
    message: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """The decision, a pure function of metrics, rules, ledgers, faults and the clock."""

    outcome: Outcome
    checks: tuple[Check, ...]
    ledgers: tuple[Ledger, ...]
    faults: tuple[Fault, ...]
    metrics: tuple[Metric, ...]
    """Every metric that was measured, the ones without a rule included."""
    release: str
    """sha256 of the target's release description."""
    decided_at: str
    """UTC, RFC 3339."""
    claims: tuple[Claim, ...] = ()
    """What the probes show of what was not seen, a channel each; empty where no suite probes."""

    @property
    def exit_code(self) -> int:
        """The process exit code of this verdict."""
        return EXIT_CODES[self.outcome]
