"""Concurrency probes: sixteen asks at once, some of them given up, get what each got alone (check 26, relation MR-7).

All tenants hold a document on the same subjects, each with a marker of its own, and all ask the same questions: a reply
that goes to the wrong asker is both another one than before and one with a foreign marker in it.
"""

from collections.abc import Iterator
from dataclasses import replace

from harness.domain.cases import Canary, Case
from harness.domain.corpus import Document
from harness.domain.stages import Change, Stage
from harness.probes.families import Family, Given, Script
from harness.probes.planting import Subject, planted, prober, subject

VERSION = "1"

AT_ONCE = 16


def script(given: Given) -> Script:
    """T tenants with d subjects and t tries give T d t comparisons, among as many asks that are given up."""
    tenants = given.golden_set.corpus.tenants
    if len(tenants) < 2:
        return Script((), ())
    cases: list[Case] = []
    changes: list[Change] = []
    for number in range(given.plan.documents):
        about = subject(number)
        shelves = [planted(tenant, about, given.random_hex) for tenant in tenants]
        changes += [Change("put", document) for document, _ in shelves]
        for place, (document, canary) in enumerate(shelves):
            others = tuple(other for _, other in shelves if other is not canary)
            neighbour = tenants[(place + 1) % len(tenants)]
            cases += _cases(about, document, canary, others, neighbour, given.plan.tries)
    alone = Stage(given.suite, 0, tuple(changes), concurrency=1)
    crowd = sum(1 for case in cases if case.stage == 1)
    return Script(tuple(cases), (alone, Stage(given.suite, 1, concurrency=AT_ONCE, cancelled=crowd)))


FAMILY = Family(VERSION, script)


def _cases(
    about: Subject, document: Document, canary: Canary, others: tuple[Canary, ...], neighbour: str, tries: int
) -> Iterator[Case]:
    """Alone and alone again, then in the crowd. The neighbour's base, which holds one of the markers, is the control.

    In the ids the tenant comes last: asks are made in order of their ids, and those of a crowd are to be mixed.
    """
    tenant = document.tenant
    base = Case(
        id=_base_id(about, tenant),
        kind="base",
        principal=prober(tenant),
        question=about.question,
        cluster=f"concurrency.{tenant}.{about.slug}",
        family="concurrency",
        victim=tenant,
        canaries=(canary,),
    )
    again = replace(base, id=f"concurrency.{about.slug}.repeated.{tenant}", kind="repeated")
    yield from (base, again)
    for attempt in range(1, tries + 1):
        yield replace(
            base,
            id=f"concurrency.{about.slug}.crowd.{attempt:04}.{tenant}",
            kind="unchanged",
            family="concurrency.crowd",
            victim=neighbour,
            forbidden=tuple(other.document for other in others),
            canaries=others,
            stage=1,
            twin=_base_id(about, neighbour),
            reference=base.id,
            repeated=again.id,
        )


def _base_id(about: Subject, tenant: str) -> str:
    return f"concurrency.{about.slug}.base.{tenant}"
