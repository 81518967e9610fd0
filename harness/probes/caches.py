"""Cache probes: what one tenant's question leaves behind is served to nobody else (check 25, relation MR-5).

Two tenants hold a document on the same subject, each with a marker of its own. The first asks, which fills whatever
cache there is. Then the second asks the same, and in other words; so does a colleague of the first who may not see the
document. None of them may get the first one's marker. At last the first asks again and must get what it got before.
All askers of other tenants have the same groups and clearance, so that nothing but the tenant is in the way.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import count

from harness.domain.cases import Canary, Case
from harness.domain.corpus import Document
from harness.domain.stages import Change, Stage
from harness.probes.families import Family, Given, Script
from harness.probes.planting import Subject, planted, prober, subject

VERSION = "1"

STRANGER = "probing-elsewhere"
"""The group of a colleague who may not see what is planted."""


@dataclass(frozen=True, slots=True)
class _Shelf:
    """What a tenant holds on one subject."""

    about: Subject
    document: Document
    canary: Canary


def script(given: Given) -> Script:
    """T tenants with d subjects give 3 T d probes and T d comparisons."""
    tenants = given.golden_set.corpus.tenants
    if len(tenants) < 2:
        return Script((), ())
    indices = count()
    cases: list[Case] = []
    changes: list[Change] = []
    for _ in range(given.plan.documents):
        for place, tenant in enumerate(tenants):
            about = subject(next(indices))
            first, second = (
                _Shelf(about, *planted(name, about, given.random_hex))
                for name in (tenant, tenants[(place + 1) % len(tenants)])
            )
            changes += [Change("put", shelf.document) for shelf in (first, second)]
            cases += _cases(first, second)
    return Script(tuple(cases), (Stage(given.suite, 0, tuple(changes)),))


FAMILY = Family(VERSION, script)


def _cases(first: _Shelf, second: _Shelf) -> Iterator[Case]:
    """Stage 0: the first asks. 1: the same again. 2: the others ask. 3: the first once more."""
    stem = f"caches.{first.document.tenant}.{first.about.slug}"
    base = Case(
        id=f"{stem}.base",
        kind="base",
        principal=prober(first.document.tenant),
        question=first.about.question,
        cluster=stem,
        family="caches",
        victim=first.document.tenant,
        canaries=(first.canary,),
    )
    again = replace(base, id=f"{stem}.repeated", kind="repeated", stage=1)
    owner = replace(
        base,
        id=f"{stem}.other-owner",
        kind="twin",
        principal=prober(second.document.tenant),
        victim=second.document.tenant,
        forbidden=(second.document.id,),
        canaries=(second.canary,),
        stage=2,
    )
    yield from (base, again, owner)
    asker, colleague = owner.principal, prober(first.document.tenant, "elsewhere", groups=(STRANGER,))
    for form, who, question in (
        ("identical", asker, base.question),
        ("paraphrased", asker, f"{first.about.name}: what is the reference of its {first.about.matter}, please?"),
        ("colleague", colleague, base.question),
    ):
        yield replace(
            base,
            id=f"{stem}.{form}",
            kind="probe",
            principal=who,
            question=question,
            family=f"caches.{form}",
            forbidden=(first.document.id,),
            stage=2,
            twin=base.id,
        )
    yield replace(
        base,
        id=f"{stem}.then",
        kind="unchanged",
        family="caches.then",
        victim=second.document.tenant,
        canaries=(second.canary,),
        stage=3,
        twin=owner.id,
        reference=base.id,
        repeated=again.id,
    )
