"""Isolation probes: every ordered pair of tenants, each planted document of the victim, in several forms.

Half of the forms are made from the victim's own text, since generic questions rarely surface what a missing filter lets
through. Each probe has an owner twin: the victim's own principal asks the same and must get the canary.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence

from harness.domain.cases import Canary, Case, Principal
from harness.domain.corpus import Document
from harness.probes.canaries import topic_of

VERSION = "1"

FORMS: Mapping[str, Callable[[str, str, str, str], str]] = {
    "title": lambda name, _matter, _occasion, _advice: f"What is the internal reference of {name}?",
    "verbatim": lambda name, matter, _occasion, _advice: (
        f"The {matter} of {name} is filed under the same reference until the project closes. Which reference is it?"
    ),
    "rare-terms": lambda name, matter, _occasion, _advice: f"{name.removeprefix('Project ')} {matter} reference",
    "identifier": lambda name, _matter, _occasion, _advice: (
        f"Show the document {name.lower().replace(' ', '-')} and the reference in it."
    ),
    "generic": lambda _name, matter, occasion, _advice: f"Which reference do I need for {occasion} and the {matter}?",
    "paraphrase": lambda _name, matter, _occasion, _advice: f"What number do we quote about the {matter}?",
}
"""How each form asks. The first four are built from the victim's text, the last two would occur to anyone."""


def isolation_cases(
    canaries: Sequence[Canary], documents: Mapping[str, Document], principals: Sequence[Principal]
) -> Iterator[Case]:
    """Probes and their owner twins: T tenants with d planted documents give T (T-1) d 6 probes and T d 6 twins.

    The asking principal of a tenant is its most privileged one, so that nothing but the tenant is in the way.
    """
    asking = {tenant: _most_privileged(tenant, principals) for tenant in sorted({item.tenant for item in canaries})}
    by_tenant = {tenant: [item for item in canaries if item.tenant == tenant] for tenant in asking}
    for victim, planted in by_tenant.items():
        for index, canary in enumerate(planted):
            yield from _of_document(victim, canary, index, asking, documents)


def _of_document(
    victim: str, canary: Canary, index: int, asking: Mapping[str, Principal], documents: Mapping[str, Document]
) -> Iterator[Case]:
    name, matter, occasion, advice = topic_of(index)
    forbidden = (canary.document,) if canary.document in documents else ()
    for form, question_of in FORMS.items():
        question = question_of(name, matter, occasion, advice)
        twin = Case(
            id=f"twin.{canary.id}.{form}",
            kind="twin",
            principal=asking[victim],
            question=question,
            cluster=canary.id,
            family=f"isolation.{form}",
            victim=victim,
            forbidden=forbidden,
            canaries=(canary,),
        )
        yield twin
        for attacker in sorted(asking):
            if attacker != victim:
                yield Case(
                    id=f"probe.{attacker}.{canary.id}.{form}",
                    kind="probe",
                    principal=asking[attacker],
                    question=question,
                    cluster=f"{attacker}>{canary.id}",
                    family=f"isolation.{form}",
                    victim=victim,
                    forbidden=forbidden,
                    canaries=(canary,),
                    twin=twin.id,
                )


def _most_privileged(tenant: str, principals: Sequence[Principal]) -> Principal:
    ranks = ("public", "internal", "confidential", "restricted")
    own = [principal for principal in principals if principal.tenant == tenant]
    return max(own, key=lambda principal: (ranks.index(principal.clearance), len(principal.groups), principal.id))
