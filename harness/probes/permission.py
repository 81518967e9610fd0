"""Permission probes: documents with every access list that matters, and askers who lack exactly one thing (check 12).

A document is withheld from its colleague by a group that is missing or only looks like the right one, by a denied group
that wins over an allowed one, by a list that allows nobody, or by its class. The positive control is the same asker
with that one thing put right. Both surfaces are tried: a question that leads to the document, and its id.

The same family tries to name another tenant beside the token (see `override`).
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import count

from harness.domain.cases import Canary, Case, CaseVerb, Clearance
from harness.domain.corpus import Document
from harness.domain.stages import Change, Stage
from harness.probes.families import Family, Given, Script
from harness.probes.override import Named, override_cases
from harness.probes.planting import PROBING, Subject, planted, prober, subject

VERSION = "1"

OTHERS = "reviewing"
"""Another group, whose name has nothing of the first one's."""
ANNEX = f"{PROBING}-annex"
"""A group whose name begins as another one's does."""


@dataclass(frozen=True, slots=True)
class Row:
    """One access list, and the asker whom it keeps out."""

    name: str
    groups: tuple[str, ...]
    """The asker's."""
    right: tuple[str, ...]
    """The groups of the same asker with the one thing put right."""
    allow: tuple[str, ...] = (PROBING,)
    deny: tuple[str, ...] = ()
    classification: Clearance = "internal"
    clearance: Clearance = "internal"
    """The asker's; `right` comes with the document's own class."""
    refusable: bool = False
    """Whether a target may refuse everything that such an asker asks."""


_OWN = (PROBING,)
ROWS: tuple[Row, ...] = (
    Row("group-missing", groups=(OTHERS,), right=(OTHERS, PROBING)),
    Row("group-none", groups=(), right=_OWN, refusable=True),
    Row("group-begins-alike", groups=(ANNEX,), right=(ANNEX, PROBING)),
    Row("group-is-a-part", groups=_OWN, right=(PROBING, ANNEX), allow=(ANNEX,)),
    Row("deny-over-allow", groups=(PROBING, OTHERS), right=_OWN, deny=(OTHERS,)),
    Row("deny-one-of-two", groups=(PROBING, OTHERS), right=_OWN, allow=(PROBING, OTHERS), deny=(OTHERS,)),
    Row("list-empty", groups=(PROBING, OTHERS), right=(PROBING, OTHERS), allow=()),
    Row("class-internal", groups=_OWN, right=_OWN, classification="internal", clearance="public"),
    Row("class-confidential", groups=_OWN, right=_OWN, classification="confidential", clearance="internal"),
    Row("class-restricted", groups=_OWN, right=_OWN, classification="restricted", clearance="confidential"),
)
"""In `list-empty` it is the list that is put right: no asker could be."""


@dataclass(frozen=True, slots=True)
class _Withheld:
    """One row's document in one tenant."""

    row: Row
    number: int
    about: Subject
    document: Document
    canary: Canary

    @property
    def id(self) -> str:
        """Names the document's cases."""
        return f"permission.{self.document.tenant}.{self.row.name}.{self.number}"

    @property
    def mended(self) -> tuple[Change, ...]:
        """What is changed in the document so that the control can get it."""
        if self.row.allow:
            return ()
        return (Change("put", replace(self.document, allow_groups=(PROBING,), version="2")),)


def script(given: Given) -> Script:
    """T tenants with d documents give 2 T d probes, and six of overriding for each tenant where there are several.

    The rows are dealt out in turn, tenant after tenant: T d of them at least the number of rows, and each is tried.
    """
    tenants = given.golden_set.corpus.tenants
    indices = count()
    withheld = [
        _withheld(given, tenant, ROWS[index % len(ROWS)], index)
        for tenant in tenants
        for index in (next(indices) for _ in range(given.plan.documents))
    ]
    cases = [case for item in withheld for case in _cases(item)]
    changes = [Change("put", item.document) for item in withheld]
    if len(tenants) > 1:
        named = [_named(given, tenant, subject(next(indices))) for tenant in tenants]
        cases += override_cases(named)
        changes += [Change("put", item.document) for item in named]
    mended = tuple(change for item in withheld for change in item.mended)
    stages = (Stage(given.suite, 0, tuple(changes)), *((Stage(given.suite, 1, mended),) if mended else ()))
    return Script(tuple(cases), stages)


FAMILY = Family(VERSION, script)


def _withheld(given: Given, tenant: str, row: Row, index: int) -> _Withheld:
    about = subject(index)
    document, canary = planted(
        tenant, about, given.random_hex, allow=row.allow, deny=row.deny, classification=row.classification
    )
    return _Withheld(row, index, about, document, canary)


def _named(given: Given, tenant: str, about: Subject) -> Named:
    return Named(about, *planted(tenant, about, given.random_hex))


def _cases(item: _Withheld) -> Iterator[Case]:
    """Asked and opened by who lacks one thing, then by the same asker with that one thing put right."""
    row, document = item.row, item.document
    lacking = prober(document.tenant, f"lacking-{row.name}", groups=row.groups, clearance=row.clearance)
    surfaces: tuple[tuple[str, CaseVerb, str], ...] = (("ask", "", item.about.question), ("open", "open", document.id))
    for surface, verb, question in surfaces:
        control = Case(
            id=f"{item.id}.{surface}.right",
            kind="twin",
            principal=replace(lacking, groups=row.right, clearance=row.classification),
            question=question,
            cluster=item.id,
            family=f"permission.{row.name}",
            victim=document.tenant,
            forbidden=(document.id,),
            canaries=(item.canary,),
            verb=verb,
            stage=1 if item.mended else 0,
        )
        yield control
        yield replace(
            control,
            id=f"{item.id}.{surface}.lacking",
            kind="probe",
            principal=lacking,
            stage=0,
            twin=control.id,
            refusable=row.refusable,
        )
