"""Override probes: a request that names another tenant beside its token is answered for the token's tenant, or refused.

The tenant is named in headers, in the query and in the body (reference rules G14 and check 7). The asker has all the
rights of the document's owner but the tenant; the control is the owner, who asks the same plainly.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from harness.domain.cases import Canary, Case, CaseVerb, Extra
from harness.domain.corpus import Document
from harness.probes.planting import Subject, prober

HEADERS = ("X-Tenant-Id", "X-Tenant", "X-Org-Id", "X-Forwarded-Tenant")
NAMES = ("tenant", "tenant_id")
"""Of a parameter of the query, and of members of the body."""


@dataclass(frozen=True, slots=True)
class Named:
    """What a tenant holds that a request of another tenant names it for."""

    about: Subject
    document: Document
    canary: Canary


def override_cases(held: Sequence[Named]) -> Iterator[Case]:
    """Each tenant names the next one: six probes, and two controls. `held` has one document of each tenant."""
    for place, own in enumerate(held):
        yield from _cases(own.document.tenant, held[(place + 1) % len(held)])


def _cases(asker: str, victim: Named) -> Iterator[Case]:
    tenant = victim.document.tenant
    stem = f"permission.{asker}.override"
    surfaces: tuple[tuple[str, CaseVerb, str], ...] = (
        ("ask", "", victim.about.question),
        ("open", "open", victim.document.id),
    )
    for surface, verb, question in surfaces:
        control = Case(
            id=f"{stem}.{surface}.owner",
            kind="twin",
            principal=prober(tenant),
            question=question,
            cluster=f"{asker}>{tenant}.override",
            family="permission.override",
            victim=tenant,
            forbidden=(victim.document.id,),
            canaries=(victim.canary,),
            verb=verb,
        )
        yield control
        for way, extra in _ways(tenant, verb):
            yield replace(
                control,
                id=f"{stem}.{surface}.{way}",
                kind="probe",
                principal=prober(asker),
                cluster=f"{asker}>{tenant}.{way}",
                family=f"permission.override-{way}",
                twin=control.id,
                extra=extra,
                refusable=True,
            )


def _ways(tenant: str, verb: CaseVerb) -> Iterator[tuple[str, Extra]]:
    """Members of a body one by one: a target that refuses one it does not know could hide another that it obeys."""
    yield "headers", Extra(headers=tuple((name, tenant) for name in HEADERS))
    yield "query", Extra(query=tuple((name, tenant) for name in NAMES))
    if verb != "open":
        for name in NAMES:
            yield f"member-{name.replace('_', '-')}", Extra(members=((name, tenant),))
