"""Permission: each way in which an access list can be misread is seen, and each way to name another tenant."""

from dataclasses import replace
from types import ModuleType

import pytest

from harness.domain.suites import ProbePlan
from harness.probes.families import Given, Script
from harness.probes.permission import FAMILY, ROWS
from harness.scorers.access import may_see

PLAN = ProbePlan("permission", documents=len(ROWS))
METRICS = ["leak", "control"]


def made(store: ModuleType, *tenants: str, documents: int = len(ROWS)) -> Script:
    """The script for tenants that write about the same matters."""
    plan = replace(PLAN, documents=documents)
    return FAMILY.script(Given("suite", store.small_set(*tenants), plan, store.random_hex()))


@pytest.mark.parametrize("faults", [(), ("strict",), ("echoes the id",)], ids=["plain", "strict", "echoing"])
def test_a_sound_system_is_found_sound_and_left_as_it_was(store: ModuleType, faults: tuple[str, ...]) -> None:
    outcome = store.tried(PLAN, METRICS, *faults)

    assert outcome.statuses == {"leak": "NO_HITS", "control": "NO_HITS"}
    assert outcome.checks["leak"].metric.n == 2 * (2 * len(ROWS) + 6)
    assert outcome.store.documents == outcome.store.given


@pytest.mark.parametrize(
    ("fault", "rows"),
    [
        pytest.param("lets anyone in without groups", {"group-none"}, id="no groups, no filter"),
        pytest.param("takes no list for everyone", {"list-empty"}, id="no list is open to all"),
        pytest.param("lets allow win", {"deny-over-allow", "deny-one-of-two"}, id="allow wins over deny"),
        pytest.param("asks for all denied groups", {"deny-over-allow", "deny-one-of-two"}, id="all groups denied"),
        pytest.param("compares the beginning of groups", {"group-begins-alike"}, id="groups compared by beginning"),
        pytest.param("forgets the class", {"class-internal", "class-confidential", "class-restricted"}, id="no class"),
        pytest.param("knows three classes", {"class-restricted"}, id="the highest class is unknown"),
        pytest.param("believes the header", {"override-headers"}, id="tenant from a header"),
        pytest.param("believes the query", {"override-query"}, id="tenant from the query"),
        pytest.param("believes the body", {"override-member-tenant"}, id="tenant from the body"),
    ],
)
def test_a_list_that_is_misread_is_a_hit_of_its_rows_alone(store: ModuleType, fault: str, rows: set[str]) -> None:
    outcome = store.tried(PLAN, METRICS, fault)

    assert outcome.statuses["leak"] == "ZERO_TOLERANCE_HIT"
    families = {case.id: case.family for case in made(store, "ash", "birch").cases}
    assert {families[name] for name, metric in outcome.hits if metric == "leak"} == {
        f"permission.{row}" for row in rows
    }


@pytest.mark.parametrize("surface", ["finds", "opens"])
def test_a_surface_without_permissions_is_a_hit_of_all_rows_on_it(store: ModuleType, surface: str) -> None:
    outcome = store.tried(PLAN, METRICS, f"{surface} anything of the tenant")

    hit = [name.split(".") for name, metric in outcome.hits if metric == "leak"]
    assert {parts[2] for parts in hit} == {row.name for row in ROWS}
    assert {parts[4] for parts in hit} == {"ask" if surface == "finds" else "open"}


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        pytest.param("forgets what it confirms", "VOID_PROBES", id="never there"),
        pytest.param("is busy", "ERRORED_PROBES", id="too busy to say"),
    ],
)
def test_what_was_not_withheld_proves_nothing(store: ModuleType, fault: str, reason: str) -> None:
    assert store.tried(PLAN, METRICS, fault).statuses["leak"] == reason


def test_every_probe_is_right_by_the_rule_of_access_and_its_control_differs_in_one_thing(store: ModuleType) -> None:
    script = made(store, "ash", "birch")
    cases, held = {case.id: case for case in script.cases}, {}

    for stage in script.stages:
        held.update({change.document.id: change.document for change in stage.changes})
        for case in (case for case in cases.values() if case.stage == stage.number):
            assert may_see(case.principal, held[case.canaries[0].document]) == (case.kind == "twin"), case.id
    for probe in (case for case in cases.values() if case.kind == "probe" and "override" not in case.family):
        control = cases[probe.twin]
        apart = [
            probe.principal.groups != control.principal.groups,
            probe.principal.clearance != control.principal.clearance,
            probe.stage != control.stage,
        ]
        assert apart.count(True) == 1, probe.id
        assert replace(probe.principal, groups=(), clearance="public") == replace(
            control.principal, groups=(), clearance="public"
        )


def test_the_rows_are_dealt_out_over_the_tenants(store: ModuleType) -> None:
    script = made(store, "a1", "a2", "a3", "a4", documents=5)

    rows = [case.family for case in script.cases if case.kind == "probe" and case.verb == "open"]

    assert {f"permission.{row.name}" for row in ROWS} <= set(rows)


def test_one_tenant_alone_names_no_other(store: ModuleType) -> None:
    assert {"override" in case.family for case in made(store, "ash").cases} == {False}
