"""What every scorer is: a named, versioned instrument with a declared range."""

from dataclasses import dataclass
from typing import Protocol

from harness.domain.cases import Case
from harness.domain.observations import Observation


@dataclass(frozen=True, slots=True)
class Value:
    """What a scorer says of one observation: a number or none, and why."""

    value: float | None
    reason: str
    """Plain words with ids and figures; never text from the target or from a document."""


class Scorer(Protocol):
    """A named, versioned instrument. Bump `version` whenever old scores stop being comparable."""

    @property
    def name(self) -> str:
        """The metric as it is written in a suite, such as `ndcg@10`."""

    @property
    def version(self) -> str:
        """Changes whenever the same observation could score differently."""

    @property
    def lowest(self) -> float:
        """The least value there is."""

    @property
    def highest(self) -> float | None:
        """The greatest value there is; None where there is no limit (milliseconds, dollars)."""

    @property
    def higher_is_better(self) -> bool:
        """Which end is good."""

    @property
    def reads_failures(self) -> bool:
        """True where a failed ask is itself what is judged (a refused token); otherwise it scores worst."""

    def applies(self, case: Case) -> bool:
        """Whether the case counts, decided from the case alone, so that the denominator is fixed before asking."""

    def score(self, case: Case, observation: Observation) -> Value:
        """The judgement of one observation; for an answer, or for a failure where `reads_failures`."""
