"""Lifecycle probes: each document is seen first, then taken away in one of six ways, then asked for again."""

import hashlib
from itertools import count
from types import ModuleType

import pytest

from harness.domain.cases import Case, Principal
from harness.domain.corpus import Document
from harness.domain.stages import Change
from harness.domain.suites import ProbePlan
from harness.probes.families import Given, Script
from harness.probes.lifecycle import EVENTS, FAMILY
from harness.scorers.access import may_see


def made(core: ModuleType, documents: int = 2, tries: int = 3) -> Script:
    """The script for two tenants, with markers that are told apart."""
    numbers = count()

    def random_hex(size: int) -> str:
        return hashlib.sha256(str(next(numbers)).encode()).hexdigest()[: 2 * size]

    plan = ProbePlan("lifecycle", documents=documents, tries=tries)
    return FAMILY.script(Given("suite", core.golden_set([]), plan, random_hex))


def held(script: Script, stage: int) -> dict[str, Document]:
    """The planted documents as a target holds them once the stage is prepared."""
    found: dict[str, Document] = {}
    for change in (change for one in script.stages[: stage + 1] for change in one.changes):
        if change.action == "put":
            found[change.document.id] = change.document
        else:
            found.pop(change.document.id)
    return found


def sees(principal: Principal, case: Case, documents: dict[str, Document]) -> bool:
    """Whether the rule of access lets the principal see the case's marker."""
    (canary,) = case.canaries
    return any(canary.marker in item.text and may_see(principal, item) for item in documents.values())


def test_every_probe_is_right_by_the_rule_of_access_and_its_control_too(core: ModuleType) -> None:
    script = made(core)
    cases = {case.id: case for case in script.cases}

    for case in cases.values():
        assert sees(case.principal, case, held(script, case.stage)) == (case.kind == "twin"), case.id
    probes = [case for case in cases.values() if case.kind == "probe"]
    assert all(cases[probe.twin].stage == 0 and cases[probe.twin].principal == probe.principal for probe in probes)
    assert all(cases[probe.twin].question == probe.question for probe in probes)


@pytest.mark.parametrize("event", EVENTS)
def test_each_event_is_tried_on_both_surfaces_in_every_tenant(core: ModuleType, event: str) -> None:
    script = made(core, documents=2, tries=3)

    own = [case for case in script.cases if case.kind == "probe" and case.family == f"lifecycle.{event}"]

    assert {(case.principal.tenant, case.verb) for case in own} == {
        (tenant, verb) for tenant in ("north", "south") for verb in ("", "open")
    }
    assert len(own) == 2 * 2 * 2 * 3
    assert len({case.cluster for case in own}) == 4


def test_no_two_planted_documents_share_a_subject_or_a_marker(core: ModuleType) -> None:
    script = made(core, documents=5)

    documents = [change.document for change in script.stages[0].changes]

    assert len({item.title for item in documents}) == len({item.id for item in documents}) == len(documents) == 60
    assert len({case.canaries[0].marker for case in script.cases}) == 60


def test_a_moved_document_is_deleted_before_the_other_tenant_gets_it(core: ModuleType) -> None:
    changes = [(change.action, change.document.id) for change in made(core, documents=1).stages[1].changes]

    moved = [place for place, (_, name) in enumerate(changes) if name.endswith("-moved")]

    assert len(moved) == 2
    for place in moved:
        action, name = changes[place - 1]
        assert action == "delete"
        assert changes[place][1].partition("/")[2] == f"{name.partition('/')[2]}-moved"
        assert changes[place][1].partition("/")[0] != name.partition("/")[0]


def test_one_tenant_alone_has_nowhere_to_move_to(core: ModuleType) -> None:
    golden = core.golden_set([])
    alone = type(golden.corpus)(golden.corpus.documents[:1], golden.corpus.digest)
    plan = ProbePlan("lifecycle", documents=1)

    script = FAMILY.script(
        Given("suite", type(golden)("g", "1", "d", alone, (), ()), plan, lambda size: "0" * 2 * size)
    )

    assert "lifecycle.moved" not in {case.family for case in script.cases}
    assert Change("put", script.stages[0].changes[0].document) in script.stages[0].changes
