"""Existence: a reply that tells what is hidden from what is not there is seen, and an echo of the id is none."""

import re
from types import ModuleType

import pytest

from harness.domain.suites import ProbePlan
from harness.probes.existence import FAMILY, REASONS
from harness.probes.families import Given
from harness.scorers.access import may_see

PLAN = ProbePlan("existence", documents=2)
METRICS = ["distinguishable", "control"]


@pytest.mark.parametrize("faults", [(), ("echoes the id",)], ids=["a constant reply", "a reply with the id in it"])
def test_a_sound_system_is_found_sound_and_left_as_it_was(store: ModuleType, faults: tuple[str, ...]) -> None:
    outcome = store.tried(PLAN, METRICS, *faults, tenants=("ash", "birch", "cedar"))

    assert outcome.statuses == {"distinguishable": "NO_HITS", "control": "NO_HITS"}
    assert outcome.checks["distinguishable"].metric.n == 3 * 2 * 2 * len(REASONS)
    assert outcome.store.documents == outcome.store.given


@pytest.mark.parametrize(
    ("fault", "ways"),
    [
        pytest.param("tells what is there", {"foreign", "forbidden"}, id="another text for what is there"),
        pytest.param("opens anything of the tenant", {"forbidden"}, id="no permission on the open path"),
        pytest.param("opens anything", {"foreign", "forbidden"}, id="no filter on the open path"),
    ],
)
def test_a_reply_that_tells_is_a_hit(store: ModuleType, fault: str, ways: set[str]) -> None:
    outcome = store.tried(PLAN, METRICS, fault)

    assert outcome.statuses["distinguishable"] == "ZERO_TOLERANCE_HIT"
    assert {name.split(".")[2] for name, metric in outcome.hits if metric == "distinguishable"} == ways


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        pytest.param("forgets what it confirms", "VOID_PROBES", id="never there"),
        pytest.param("counts in the open", "VOID_PROBES", id="no two replies alike"),
        pytest.param("is busy", "ERRORED_PROBES", id="too busy to say"),
    ],
)
def test_what_cannot_be_compared_proves_nothing(store: ModuleType, fault: str, reason: str) -> None:
    assert store.tried(PLAN, METRICS, fault).statuses["distinguishable"] == reason


def test_every_case_is_right_by_the_rule_of_access_and_every_id_has_the_same_shape(store: ModuleType) -> None:
    script = FAMILY.script(Given("suite", store.small_set("ash", "birch"), PLAN, store.random_hex()))
    held = {change.document.id: change.document for change in script.stages[0].changes}

    for case in script.cases:
        there = held.get(case.question)
        assert (there is not None) == (case.kind in {"twin", "indistinguishable"})
        assert there is None or may_see(case.principal, there) == (case.kind == "twin")
        assert re.fullmatch(r"(ash|birch)/record-[0-9a-f]{32}", case.question)
    assert len(held) == 2 * 2 * len(REASONS)


def test_one_tenant_alone_still_hides_from_its_own(store: ModuleType) -> None:
    script = FAMILY.script(Given("suite", store.small_set("ash"), PLAN, store.random_hex()))

    assert {case.family for case in script.cases if case.kind == "indistinguishable"} == {"existence.forbidden"}
