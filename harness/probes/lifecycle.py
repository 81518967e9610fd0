"""Lifecycle probes: what was shown, and may not be any more, is asked for again (reference rules R5 and L20, L21).

Each planted document is asked for while it may be seen, which is the positive control; then it is revoked, denied,
classified higher, deleted, moved to another tenant or written anew, and asked for again, several times in a row: access
that is only mostly gone flaps. Those who may still see it are asked as well.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import count

from harness.domain.cases import Canary, Case, CaseKind, Principal
from harness.domain.corpus import Document
from harness.domain.stages import Change, Stage
from harness.probes.families import Family, Given, Script
from harness.probes.planting import PROBING, Subject, planted, prober, subject

VERSION = "1"

REMAINING = "probing-others"
"""The group that keeps its access where the asker's loses it."""
EVENTS = ("revoked", "denied", "classified", "deleted", "moved", "rewritten")


@dataclass(frozen=True, slots=True)
class _Fate:
    """One planted document, what becomes of it, and how that is asked about."""

    event: str
    number: int
    about: Subject
    document: Document
    canary: Canary
    changes: tuple[Change, ...]

    @property
    def id(self) -> str:
        """Names the document's cases."""
        return f"lifecycle.{self.document.tenant}.{self.event}.{self.number}"


def script(given: Given) -> Script:
    """T tenants with d documents, six events and t tries give 6 T d probes on two surfaces, each asked t times."""
    tenants = given.golden_set.corpus.tenants
    indices = count()  # no two tenants plant the same subject: one that moves would meet its like
    fates = [
        _fate(event, number, tenant, tenants[(place + 1) % len(tenants)], next(indices), given)
        for number in range(given.plan.documents)
        for place, tenant in enumerate(tenants)
        for event in EVENTS
        if event != "moved" or len(tenants) > 1
    ]
    cases = [case for fate in fates for case in (*_before(fate), *_after(fate, given.plan.tries))]
    first = Stage(given.suite, 0, tuple(Change("put", fate.document) for fate in fates))
    second = Stage(given.suite, 1, tuple(change for fate in fates for change in fate.changes))
    return Script(tuple(cases), (first, second))


FAMILY = Family(VERSION, script)


def _fate(event: str, number: int, tenant: str, other: str, index: int, given: Given) -> _Fate:
    about = subject(index)
    document, canary = planted(tenant, about, given.random_hex, allow=(PROBING, REMAINING))
    changed = {
        "revoked": replace(document, allow_groups=(REMAINING,)),
        "denied": replace(document, deny_groups=(PROBING,)),
        "classified": replace(document, classification="restricted"),
        "rewritten": replace(document, text=f"# {about.name}\n\nThe {about.matter} of {about.name} is closed.\n"),
    }
    if event in changed:
        return _Fate(event, number, about, document, canary, (Change("put", replace(changed[event], version="2")),))
    gone = Change("delete", document)
    if event == "deleted":
        return _Fate(event, number, about, document, canary, (gone,))
    moved = replace(document, id=f"{other}/{about.slug}-moved", tenant=other)
    return _Fate(event, number, about, document, canary, (gone, Change("put", moved)))


def _before(fate: _Fate) -> Iterator[Case]:
    """The positive controls: the asker gets it now, by a question and by its id."""
    for surface in ("ask", "open"):
        yield _case(f"{fate.id}.{surface}.before", "twin", fate, surface, prober(fate.document.tenant))


def _after(fate: _Fate, tries: int) -> Iterator[Case]:
    for surface in ("ask", "open"):
        for attempt in range(1, tries + 1):
            probe = _case(f"{fate.id}.{surface}.after.{attempt}", "probe", fate, surface, prober(fate.document.tenant))
            yield replace(probe, stage=1, twin=f"{fate.id}.{surface}.before")
    still = _who_still_may(fate)
    if still is not None:
        yield replace(_case(f"{fate.id}.still", "twin", fate, "ask", still), stage=1)


def _case(name: str, kind: CaseKind, fate: _Fate, surface: str, asker: Principal) -> Case:
    return Case(
        id=name,
        kind=kind,
        principal=asker,
        question=fate.document.id if surface == "open" else fate.about.question,
        cluster=fate.id,
        family=f"lifecycle.{fate.event}",
        victim=fate.document.tenant,
        forbidden=() if fate.event == "rewritten" else (fate.document.id,),
        canaries=(fate.canary,),
        verb="open" if surface == "open" else "",
    )


def _who_still_may(fate: _Fate) -> Principal | None:
    """One who keeps the access that the asker loses: a change that shuts everybody out is no revocation."""
    tenant = fate.document.tenant
    if fate.event in {"revoked", "denied"}:
        return prober(tenant, "others", groups=(REMAINING,))
    if fate.event == "classified":
        return prober(tenant, "cleared", groups=(REMAINING,), clearance="restricted")
    return None
