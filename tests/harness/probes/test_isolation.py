"""Isolation probes cover every ordered pair of tenants, and each has an owner who must get what the probe must not."""

from itertools import permutations
from types import ModuleType

import pytest

from harness.domain.cases import Case, Principal
from harness.probes.canaries import plant
from harness.probes.isolation import FORMS, isolation_cases

TENANTS = ("east", "north", "south")


def principals() -> list[Principal]:
    """A guest and a member of staff of each tenant."""
    return [
        Principal(f"{tenant}-{name}", tenant, f"user:{tenant}-{name}", groups, clearance)  # type: ignore[arg-type]
        for tenant in TENANTS
        for name, groups, clearance in (
            ("guest", ("everyone",), "public"),
            ("staff", ("everyone", "staff"), "internal"),
        )
    ]


def made(per_tenant: int = 2, forms: int = len(FORMS)) -> list[Case]:
    """All cases for three tenants."""
    return list(isolation_cases(plant(TENANTS, per_tenant).canaries, principals(), forms))


def test_every_ordered_pair_of_tenants_is_probed_for_every_planted_document_in_every_form() -> None:
    probes = [case for case in made() if case.kind == "probe"]

    seen = {(case.principal.tenant, case.victim, case.canaries[0].id, case.family) for case in probes}

    assert len(probes) == len(seen) == 3 * 2 * 2 * len(FORMS)
    assert {(attacker, victim) for attacker, victim, _, _ in seen} == set(permutations(TENANTS, 2))


def test_every_probe_has_an_owner_twin_that_asks_the_same() -> None:
    cases = {case.id: case for case in made()}

    for case in cases.values():
        if case.kind == "probe":
            twin = cases[case.twin]
            assert twin.kind == "twin"
            assert twin.principal.tenant == case.victim == case.canaries[0].tenant != case.principal.tenant
            assert (twin.question, twin.canaries, twin.forbidden) == (case.question, case.canaries, case.forbidden)


def test_the_most_privileged_principal_asks_so_that_only_the_tenant_is_in_the_way() -> None:
    assert {case.principal.id for case in made()} == {f"{tenant}-staff" for tenant in TENANTS}


def test_no_question_holds_a_marker_or_names_a_tenant() -> None:
    for case in made():
        assert case.canaries[0].marker not in case.question
        assert not any(tenant in case.question.lower() for tenant in TENANTS)


@pytest.mark.parametrize("forms", range(1, len(FORMS) + 1))
def test_fewer_forms_still_ask_every_pair_and_every_form_over_two_documents(forms: int) -> None:
    probes = [case for case in made(forms=forms) if case.kind == "probe"]

    assert len(probes) == 3 * 2 * 2 * forms
    assert len({case.id for case in probes}) == len(probes)
    assert {(case.principal.tenant, case.victim) for case in probes} == set(permutations(TENANTS, 2))
    if forms >= len(FORMS) // 2:
        assert {case.family for case in probes} == {f"isolation.{form}" for form in FORMS}


def test_cases_of_one_attacker_and_one_document_are_one_cluster() -> None:
    probes = [case for case in made() if case.kind == "probe"]

    clusters = {case.cluster for case in probes}

    assert len(clusters) == 3 * 2 * 2


def test_one_tenant_alone_gives_no_probe(core: ModuleType) -> None:
    found = plant(["north"], 2)

    cases = list(isolation_cases(found.canaries, [core.NORTH]))

    assert {case.kind for case in cases} == {"twin"}
