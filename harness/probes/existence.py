"""Existence probes: what is foreign or forbidden looks like what is not there, byte for byte (check 18, channel L13).

Each tenant holds documents that one thing withholds: a group, a class, a denied group. A colleague who lacks that one
thing opens them by their ids, and so does a principal of another tenant who lacks nothing but the tenant. What they get
must be what they get for an id that nobody uses. The owner opens them too and must get their markers.

All ids are `tenant/record-` and 32 hexadecimal digits, and the comparison takes such digits of equal length for equal:
a target that repeats the id it was asked for tells nothing by that. Questions that name a document are not compared:
to a retriever two names are two questions, and it may rank the asker's own documents differently for each.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import count

from harness.domain.cases import Canary, Case, Clearance, Principal
from harness.domain.corpus import Document
from harness.domain.stages import Change, Stage
from harness.probes.families import Family, Given, Script
from harness.probes.planting import PROBING, planted, prober, subject

VERSION = "1"

WITHHELD = "probing-others"
"""A group that the owner is in and the colleague is not."""
BARRED = "probing-barred"
"""A group that the colleague is in and the owner is not."""
ID_BYTES = 16


@dataclass(frozen=True, slots=True)
class _Lists:
    """Who may see a document."""

    allow: tuple[str, ...] = (PROBING,)
    deny: tuple[str, ...] = ()
    classification: Clearance = "internal"


REASONS: Mapping[str, _Lists] = {
    "group": _Lists(allow=(WITHHELD,)),
    "class": _Lists(classification="restricted"),
    "denied": _Lists(deny=(BARRED,)),
}
"""What withholds a document from the colleague, by name."""


@dataclass(frozen=True, slots=True)
class _Hidden:
    """One planted document and what withholds it."""

    reason: str
    number: int
    document: Document
    canary: Canary

    @property
    def id(self) -> str:
        """Names the document's cases."""
        return f"existence.{self.document.tenant}.{self.reason}.{self.number}"


def script(given: Given) -> Script:
    """T tenants with d documents for each of three reasons give 6 T d comparisons; 3 T d where there is one tenant."""
    tenants = given.golden_set.corpus.tenants
    indices = count()
    hidden = {
        tenant: [
            _hidden(given, tenant, reason, number, next(indices))
            for number in range(given.plan.documents)
            for reason in REASONS
        ]
        for tenant in tenants
    }
    cases: list[Case] = []
    for place, tenant in enumerate(tenants):
        cases += [_owned(item) for item in hidden[tenant]]
        colleague = prober(tenant, "colleague", groups=(PROBING, BARRED))
        cases += _compared(given, "forbidden", colleague, tenant, hidden[tenant])
        victim = tenants[(place + 1) % len(tenants)]
        if victim != tenant:
            cases += _compared(given, "foreign", _cleared(tenant), victim, hidden[victim])
    changes = tuple(Change("put", item.document) for own in hidden.values() for item in own)
    return Script(tuple(cases), (Stage(given.suite, 0, changes),))


FAMILY = Family(VERSION, script)


def _hidden(given: Given, tenant: str, reason: str, number: int, index: int) -> _Hidden:
    lists = REASONS[reason]
    document, canary = planted(
        tenant,
        subject(index),
        given.random_hex,
        allow=lists.allow,
        deny=lists.deny,
        classification=lists.classification,
    )
    document = replace(document, id=_unused(given, tenant))
    return _Hidden(reason, number, document, replace(canary, document=document.id))


def _unused(given: Given, tenant: str) -> str:
    """An id that nobody uses yet, of the shape that all ids of this family have."""
    return f"{tenant}/record-{given.random_hex(ID_BYTES)}"


def _cleared(tenant: str) -> Principal:
    """One who lacks nothing for any of the documents of their own tenant."""
    return prober(tenant, "cleared", groups=(PROBING, WITHHELD), clearance="restricted")


def _owned(item: _Hidden) -> Case:
    """The positive control: the document is there, and opens by its id."""
    return Case(
        id=f"{item.id}.owner",
        kind="twin",
        principal=_cleared(item.document.tenant),
        question=item.document.id,
        cluster=item.id,
        family=f"existence.{item.reason}",
        victim=item.document.tenant,
        canaries=(item.canary,),
        verb="open",
    )


def _compared(given: Given, way: str, asker: Principal, victim: str, hidden: list[_Hidden]) -> Iterator[Case]:
    """Two ids that nobody uses, the A/A control, and then each hidden document against the first of them."""
    stem = f"existence.{asker.tenant}.{way}"
    base = Case(
        id=f"{stem}.missing",
        kind="base",
        principal=asker,
        question=_unused(given, victim),
        cluster=stem,
        family=f"existence.{way}",
        victim=victim,
        verb="open",
    )
    again = replace(base, id=f"{stem}.missing-too", kind="repeated", question=_unused(given, victim))
    yield from (base, again)
    for item in hidden:
        yield replace(
            base,
            id=f"{stem}.{item.reason}.{item.number}",
            kind="indistinguishable",
            question=item.document.id,
            cluster=f"{asker.tenant}>{item.id}",
            canaries=(item.canary,),
            twin=f"{item.id}.owner",
            reference=base.id,
            repeated=again.id,
        )
