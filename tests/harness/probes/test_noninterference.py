"""Non-interference: a change of one tenant's corpus is seen in another's answers, whatever kind of fault lets it in."""

from types import ModuleType
from typing import Any

import pytest

from harness.domain.suites import ProbePlan
from harness.errors import InvalidInput
from harness.probes.families import Given, Script
from harness.probes.noninterference import CHANGES, FAMILY

PLAN = ProbePlan("noninterference", documents=2, questions=3)


def made(store: ModuleType, *tenants: str, plan: ProbePlan = PLAN) -> Script:
    """The script for tenants that write about the same matters."""
    return FAMILY.script(Given("suite", store.small_set(*tenants), plan, store.random_hex()))


def tried(store: ModuleType, *faults: str, tenants: tuple[str, ...] = ("ash", "birch")) -> Any:
    """What the family finds of a store with the faults."""
    return store.tried(PLAN, ["changed", "control"], *faults, tenants=tenants)


@pytest.mark.parametrize("tenants", [("ash", "birch"), ("ash", "birch", "cedar"), ("a1", "a2", "a3", "a4", "a5")])
def test_a_sound_system_is_found_sound_and_left_as_it_was(store: ModuleType, tenants: tuple[str, ...]) -> None:
    outcome = tried(store, tenants=tenants)

    assert outcome.statuses == {"changed": "NO_HITS", "control": "NO_HITS"}
    assert outcome.checks["changed"].metric.n == len(tenants) * len(CHANGES) * 3
    assert outcome.store.documents == outcome.store.given


@pytest.mark.parametrize(
    ("fault", "changes"),
    [
        pytest.param("counts everybody's terms", {"grown"}, id="document frequencies of all tenants"),
        pytest.param("filters afterwards", {"poisoned", "grown"}, id="a filter behind the cut-off"),
        pytest.param("finds anything", {"emptied", "duplicated", "poisoned"}, id="no filter"),
        pytest.param("knows documents by id alone", {"duplicated"}, id="another's document is overwritten"),
    ],
)
def test_a_fault_is_a_hit_of_the_changes_that_show_it(store: ModuleType, fault: str, changes: set[str]) -> None:
    outcome = tried(store, fault)

    assert outcome.statuses["changed"] == "ZERO_TOLERANCE_HIT"
    hit = {name.rpartition(".")[2] for name, metric in outcome.hits if metric == "changed"}
    assert changes <= hit


def test_what_never_arrived_proves_nothing(store: ModuleType) -> None:
    outcome = tried(store, "forgets what it confirms")

    assert outcome.statuses["changed"] == "VOID_PROBES"
    assert outcome.checks["changed"].metric.n == 0
    assert outcome.statuses["control"] == "ZERO_TOLERANCE_HIT"


def test_a_system_that_never_answers_alike_cannot_be_compared(store: ModuleType) -> None:
    outcome = tried(store, "counts its answers")

    assert outcome.statuses["changed"] == "VOID_PROBES"
    assert "the A/A control" in next(iter(outcome.reasons.values()))


@pytest.mark.parametrize("size", [2, 3, 4, 5])
def test_every_tenant_is_asked_once_and_changed_once_and_never_both_at_a_time(store: ModuleType, size: int) -> None:
    tenants = tuple(f"t{number}" for number in range(size))

    script = made(store, *tenants)

    compared = [case for case in script.cases if case.kind == "unchanged"]
    assert {case.principal.tenant for case in compared} == set(tenants)
    assert {case.cluster.partition(">")[2].partition(".")[0] for case in compared} == set(tenants)
    for stage in script.stages:
        asked = {case.principal.tenant for case in compared if case.stage == stage.number}
        assert not asked & {change.document.tenant for change in stage.changes}


def test_a_round_begins_from_the_corpus_as_it_was_given(store: ModuleType) -> None:
    script, given = made(store, "ash", "birch"), store.small_set("ash", "birch").corpus.documents
    held = {(item.tenant, item.id): item for item in given}

    for stage in script.stages[: len(CHANGES) + 2]:
        for change in stage.changes:
            name = (change.document.tenant, change.document.id)
            held = {**held, name: change.document} if change.action == "put" else {**held}
            if change.action == "delete":
                del held[name]

    assert held == {(item.tenant, item.id): item for item in given}


def test_a_duplicate_bears_the_id_the_title_and_the_text_of_the_other_tenants_document(store: ModuleType) -> None:
    script = made(store, "ash", "birch")
    originals = {item.id: item for item in store.small_set("ash", "birch").corpus.documents}

    copies = [
        change.document
        for stage in script.stages
        for change in stage.changes
        if change.action == "put" and change.document.id in originals and change.document.owner == "programmes"
    ]

    assert {copy.tenant for copy in copies} == {"ash", "birch"}
    for copy in copies:
        original = originals[copy.id]
        assert (copy.title, copy.uri) == (original.title, original.uri)
        assert copy.tenant != original.tenant
        assert copy.text.startswith(original.text)


def test_one_tenant_alone_has_nobody_to_interfere(store: ModuleType) -> None:
    assert made(store, "ash").cases == ()


def test_a_tenant_without_questions_is_refused_by_name(store: ModuleType) -> None:
    golden = store.small_set("ash", "birch")
    silent = type(golden)("g", "1", "d", golden.corpus, golden.principals, golden.cases[:3])

    with pytest.raises(InvalidInput, match="'birch' has no answerable case"):
        FAMILY.script(Given("suite", silent, PLAN, store.random_hex()))
