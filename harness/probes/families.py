"""What a family of probes is that changes the target's corpus between its asks.

A family is a generator with a version: from a golden set, a plan and random markers it makes cases in stages. So any
corpus gets its own probes, and the same markers give the same probes.
"""

from collections.abc import Callable
from dataclasses import dataclass

from harness.domain.cases import Case
from harness.domain.corpus import GoldenSet
from harness.domain.stages import Stage
from harness.domain.suites import ProbePlan


@dataclass(frozen=True, slots=True)
class Given:
    """What a family makes its probes from."""

    suite: str
    """Name of the suite, which its stages carry and the ids of its cases begin with."""
    golden_set: GoldenSet
    plan: ProbePlan
    random_hex: Callable[[int], str]
    """`random_hex(n)` gives n random bytes as hexadecimal."""


@dataclass(frozen=True, slots=True)
class Script:
    """What a family asks, and what is changed before each of its stages."""

    cases: tuple[Case, ...]
    stages: tuple[Stage, ...]


@dataclass(frozen=True, slots=True)
class Family:
    """One generator."""

    version: str
    """Changes whenever the same golden set would get other probes."""
    script: Callable[[Given], Script]
