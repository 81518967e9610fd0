"""What the linter of datasets finds, and what it looks at."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from harness.domain.cases import Case
from harness.domain.corpus import Document, GoldenSet
from harness.errors import Place

FindingSeverity = Literal["error", "note"]
"""An error makes a figure wrong or a case unfair and stops a freeze; a note is for a person to judge."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that the linter found."""

    severity: FindingSeverity
    place: Place
    rule: str
    message: str

    def __str__(self) -> str:
        """One line, as editors and CI annotations read it."""
        return f"{self.place}: {self.severity}: {self.message} [{self.rule}]"


@dataclass(frozen=True, slots=True)
class Inspected:
    """A readable dataset with the places of its parts."""

    golden: GoldenSet
    documents: Mapping[str, Document]
    case_places: Mapping[str, Place]
    document_places: Mapping[str, Place]
    folder: Place

    @property
    def written(self) -> tuple[Case, ...]:
        """The cases that were written; positive controls are derived from them."""
        return tuple(case for case in self.golden.cases if case.kind != "twin")

    @property
    def owners(self) -> Mapping[str, Case]:
        """The positive control of each forbidden case, by its id."""
        return {case.id: case for case in self.golden.cases if case.kind == "twin"}

    def at(self, case: Case, severity: FindingSeverity, rule: str, message: str) -> Finding:
        """A finding on the line of the case."""
        return Finding(severity, self.case_places[case.id], rule, f"{case.id}: {message}")
