"""The kill matrix: which check caught which fault of a system that was made faulty on purpose."""

from dataclasses import dataclass
from typing import Literal

from harness.domain.checks import Outcome, Reason, Status

UNMUTATED = "unmutated"
"""The name under which the system stands as it is."""

Kind = Literal["unmutated", "mutant", "harmless"]
Standing = Literal["killed", "killed by another check", "survived", "passed", "blocked", "not judged"]
"""A mutant is killed, killed by another check than those that should, or survives. The system as it is, and a harmless
change of it, passes or is blocked. Not judged: the system did not start, or the gate did not get to a verdict."""

GOOD: frozenset[Standing] = frozenset({"killed", "passed"})
"""What a gate that can be trusted shows on every row."""


@dataclass(frozen=True, slots=True)
class Objection:
    """A blocking check that did not pass."""

    check: str
    """`suite.rule`, without a route."""
    route: str
    status: Status
    reason: Reason
    message: str
    """The check's own sentence; it holds no text from the target."""


@dataclass(frozen=True, slots=True)
class Trial:
    """What the gate made of one change of the system."""

    name: str
    outcome: Outcome | None
    """None where there was no verdict; `fault` then says why."""
    objections: tuple[Objection, ...]
    faults: tuple[str, ...]
    """What made the evidence itself unfit, in the verdict's own words."""
    seconds: float
    suites: tuple[str, ...] = ()
    """The suites that judged it; empty: the whole gate."""
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the matrix."""

    name: str
    kind: Kind
    family: str
    about: str
    """The fault as it happens in the real world, in one sentence."""
    caught_by: tuple[str, ...]
    """The checks of which one at least must object; empty where none may."""
    standing: Standing
    trial: Trial


@dataclass(frozen=True, slots=True)
class Matrix:
    """Every row, and the digests of all that it depends on."""

    gate: str
    gate_digest: str
    mutants_digest: str
    """sha256 of the file of mutants."""
    harness_code: str
    """sha256 of the harness's own files, as a run's provenance has it."""
    system_code: str
    """sha256 of the files of the packages that were mutated."""
    finished_at: str
    """UTC, RFC 3339."""
    rows: tuple[Row, ...]
    silent: tuple[str, ...] = ()
    """Blocking checks that objected to nothing: a check that was never seen to fire proves nothing."""

    @property
    def complete(self) -> bool:
        """Whether all was caught that should be, by the right check, what should pass did, and no check is silent."""
        return bool(self.rows) and not self.silent and all(row.standing in GOOD for row in self.rows)

    @property
    def exit_code(self) -> int:
        """0 where it is complete, 3 where all that is wrong is that a row could not be judged, else 1.

        A mutant that was seen to survive counts more than one of which nothing is known.
        """
        wrong = {row.standing for row in self.rows} - GOOD
        if wrong - {"not judged"} or (self.silent and not wrong):
            return 1
        return 0 if self.complete else 3
