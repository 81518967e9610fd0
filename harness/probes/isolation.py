"""Isolation probes: every ordered pair of tenants, each planted document of the victim, in several forms.

Half of the forms are made from the victim's own text, since generic questions rarely surface what a missing filter lets
through. Each probe has an owner twin: the victim's own principal asks the same and must get the canary.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence

from harness.domain.cases import Canary, Case, Extra, Principal
from harness.probes.canaries import topic_of

VERSION = "2"

STREAMED = Extra(headers=(("Accept", "text/event-stream"),))
"""The last form of each document asks for its reply as a stream; a target that has none answers as ever."""

FORMS: Mapping[str, Callable[[str, str, str, str], str]] = {
    "title": lambda name, _matter, _occasion, _advice: f"What is the internal reference of {name}?",
    "generic": lambda _name, matter, occasion, _advice: f"Which reference do I need for {occasion} and the {matter}?",
    "verbatim": lambda name, matter, _occasion, _advice: (
        f"The {matter} of {name} is filed under the same reference until the project closes. Which reference is it?"
    ),
    "identifier": lambda name, _matter, _occasion, _advice: (
        f"Show the document {name.lower().replace(' ', '-')} and the reference in it."
    ),
    "rare-terms": lambda name, matter, _occasion, _advice: f"{name.removeprefix('Project ')} {matter} reference",
    "paraphrase": lambda _name, matter, _occasion, _advice: f"What number do we quote about the {matter}?",
}
"""How each form asks. Generic and paraphrase would occur to anyone; the other four are built from the victim's text."""


def isolation_cases(
    canaries: Sequence[Canary], principals: Sequence[Principal], forms: int = len(FORMS)
) -> Iterator[Case]:
    """Probes and owner twins: T tenants with d planted documents and f forms give T (T-1) d f probes and T d f twins.

    With fewer than all forms, each document takes every second one, documents in turn the odd and the even ones, so
    that all forms are asked of every pair and at least half of the questions come from the victim's own text.

    The asking principal of a tenant is its most privileged one, so that nothing but the tenant is in the way.
    """
    asking = {tenant: _most_privileged(tenant, principals) for tenant in sorted({item.tenant for item in canaries})}
    by_tenant = {tenant: [item for item in canaries if item.tenant == tenant] for tenant in asking}
    for victim, planted in by_tenant.items():
        for index, canary in enumerate(planted):
            yield from _of_document(victim, canary, index, asking, _forms_of(index, forms))


def _of_document(
    victim: str,
    canary: Canary,
    index: int,
    asking: Mapping[str, Principal],
    forms: Sequence[str],
) -> Iterator[Case]:
    name, matter, occasion, advice = topic_of(index)
    for place, form in enumerate(forms):
        extra = STREAMED if place == len(forms) - 1 else Extra()
        question = FORMS[form](name, matter, occasion, advice)
        twin = Case(
            id=f"twin.{canary.id}.{form}",
            kind="twin",
            principal=asking[victim],
            question=question,
            cluster=canary.id,
            family=f"isolation.{form}",
            victim=victim,
            forbidden=(canary.document,),
            canaries=(canary,),
            extra=extra,
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
                    forbidden=(canary.document,),
                    canaries=(canary,),
                    twin=twin.id,
                    extra=extra,
                )


def _forms_of(index: int, number: int) -> list[str]:
    names = list(FORMS)
    start = 0 if number == len(names) else index % 2
    return [names[(start + 2 * step + (2 * step // len(names))) % len(names)] for step in range(number)]


def _most_privileged(tenant: str, principals: Sequence[Principal]) -> Principal:
    ranks = ("public", "internal", "confidential", "restricted")
    own = [principal for principal in principals if principal.tenant == tenant]
    return max(own, key=lambda principal: (ranks.index(principal.clearance), len(principal.groups), principal.id))
