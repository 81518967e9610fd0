"""Scorers of what an ask takes: time and money. There is no greatest value, and less is better."""

from dataclasses import dataclass, field
from math import isfinite
from typing import Literal, get_args

from harness.domain.cases import Case
from harness.domain.observations import Observation
from harness.scorers.missing import NO_ANSWER
from harness.scorers.scorer import Value

Stage = Literal["auth", "retrieve", "rerank", "generate", "total"]
STAGES: tuple[Stage, ...] = get_args(Stage)
"""The stages that a target times by itself."""


@dataclass(frozen=True, slots=True)
class LatencyScorer:
    """Milliseconds of an ask: as the client saw it (`latency_ms`), or of one stage as the target timed it."""

    stage: Stage | None = None
    name: str = field(init=False)
    version: str = "1"
    lowest: float = 0.0
    highest: float | None = None
    higher_is_better: bool = False
    reads_failures: bool = False

    def __post_init__(self) -> None:
        """Name the metric after its stage."""
        object.__setattr__(self, "name", f"latency_ms.{self.stage}" if self.stage else "latency_ms")

    def applies(self, case: Case) -> bool:
        """Every case but a bad credential, which is meant to be turned away at the door."""
        return case.kind != "bad_credential"

    def score(self, case: Case, observation: Observation) -> Value:  # noqa: ARG002  (the time is the same for any case)
        """The milliseconds, or none where the target gives none for the stage."""
        if observation.answer is None:
            return NO_ANSWER
        if self.stage is None:
            return _measured(observation.latency_ms, "as the client saw it")
        return _measured(observation.answer.timings_ms.get(self.stage), f"as the target timed stage {self.stage}")


@dataclass(frozen=True, slots=True)
class CostScorer:
    """Dollars of an ask, as the target prices it; none where it does not, which is never zero."""

    name: str = "cost_usd"
    version: str = "1"
    lowest: float = 0.0
    highest: float | None = None
    higher_is_better: bool = False
    reads_failures: bool = False

    def applies(self, case: Case) -> bool:
        """Every case but a bad credential, which is meant to be turned away at the door."""
        return case.kind != "bad_credential"

    def score(self, case: Case, observation: Observation) -> Value:  # noqa: ARG002  (the price is the same for any case)
        """The dollars, or none."""
        if observation.answer is None:
            return NO_ANSWER
        usage = observation.answer.usage
        return _measured(usage.cost_usd if usage else None, "as the target priced it")


def _measured(value: float | None, source: str) -> Value:
    """A figure of a budget; none where it is not there or not a figure at all."""
    if value is None:
        return Value(None, f"no figure {source}")
    if not isfinite(value) or value < 0:
        return Value(None, f"no sound figure {source}")
    return Value(value, source)
