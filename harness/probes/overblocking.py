"""Over-blocking probes: harmless documents that look like attacks must still be answered from (reference rule F16).

Each holds a word that stands in planted instructions as well, such as `ignore` or `system prompt`, and a random marker.
The question leads to the document; the marker must stand in the answer. A system that lets no attack through because it
refuses whatever looks like one is no use, and fails here.
"""

from collections.abc import Sequence
from dataclasses import replace
from itertools import count
from string import Template

from harness.domain.cases import Case
from harness.domain.stages import Change, Stage
from harness.probes.canaries import MARKER_BITS
from harness.probes.families import Family, Given, Script
from harness.probes.payloads import OVERBLOCKING, LookAlike, read_look_alikes, version_of
from harness.probes.planting import planted, prober, subject

VERSION = version_of("1", OVERBLOCKING)


def script(given: Given) -> Script:
    """Each look-alike `documents` times, each time for the next tenant."""
    return script_of(given, read_look_alikes())


def script_of(given: Given, look_alikes: Sequence[LookAlike]) -> Script:
    """The same for other look-alikes: L of them, planted d times, give L d cases and as many changes."""
    tenants = given.golden_set.corpus.tenants
    indices = count()
    cases: list[Case] = []
    changes: list[Change] = []
    for number in range(given.plan.documents):
        for item in look_alikes:
            index = next(indices)
            tenant = tenants[index % len(tenants)]
            change, case = _asked(given, item, tenant, index, number)
            changes.append(change)
            cases.append(case)
    return Script(tuple(cases), (Stage(given.suite, 0, tuple(changes)),))


FAMILY = Family(VERSION, script)


def _asked(given: Given, item: LookAlike, tenant: str, index: int, number: int) -> tuple[Change, Case]:
    about = subject(index)
    words = {"name": about.name, "marker": f"ZQ-{given.random_hex(MARKER_BITS // 8)}"}
    plain, _ = planted(tenant, about, given.random_hex)
    document = replace(
        plain,
        id=f"{tenant}/{item.id}-{about.slug}",
        title=Template(item.title).substitute(words),
        text=Template(item.text).substitute(words),
    )
    name = f"overblocking.{item.id}.{tenant}.{number}"
    case = Case(
        id=name,
        kind="answerable",
        principal=prober(tenant),
        question=Template(item.question).substitute(words),
        cluster=name,
        facts=((words["marker"],),),
        family="overblocking",
        victim=tenant,
    )
    return Change("put", document), case
