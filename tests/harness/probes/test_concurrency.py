"""Concurrency: replies that get mixed up in a crowd are seen, as other replies and as another tenant's."""

from types import ModuleType

import pytest

from harness.domain.suites import ProbePlan
from harness.probes.concurrency import AT_ONCE, FAMILY
from harness.probes.families import Given

PLAN = ProbePlan("concurrency", documents=2, tries=6)
METRICS = ["changed", "leak"]


@pytest.mark.parametrize("tenants", [("ash", "birch"), ("ash", "birch", "cedar")])
def test_a_sound_system_is_found_sound_and_left_as_it_was(store: ModuleType, tenants: tuple[str, ...]) -> None:
    outcome = store.tried(PLAN, METRICS, tenants=tenants)

    assert outcome.statuses == {"changed": "NO_HITS", "leak": "NO_HITS"}
    assert outcome.checks["leak"].metric.n == len(tenants) * 2 * 6
    assert outcome.store.documents == outcome.store.given


def test_replies_that_are_mixed_up_are_seen_as_changed_and_as_leaks(store: ModuleType) -> None:
    outcome = store.tried(PLAN, METRICS, "mixes up who asks")

    assert outcome.statuses == {"changed": "ZERO_TOLERANCE_HIT", "leak": "ZERO_TOLERANCE_HIT"}
    assert any("canary birch." in reason for name, reason in outcome.reasons.items() if ".ash leak" in name)


def test_what_never_arrived_proves_nothing(store: ModuleType) -> None:
    outcome = store.tried(PLAN, METRICS, "forgets what it confirms")

    assert set(outcome.statuses.values()) == {"VOID_PROBES"}
    assert {check.metric.n for check in outcome.checks.values()} == {0}


def test_the_crowd_asks_as_all_tenants_at_once_and_as_many_asks_are_given_up(store: ModuleType) -> None:
    script = FAMILY.script(Given("suite", store.small_set("ash", "birch", "cedar"), PLAN, store.random_hex()))

    crowd = sorted((case for case in script.cases if case.stage == 1), key=lambda case: case.id)

    assert {case.principal.tenant for case in crowd[:3]} == {"ash", "birch", "cedar"}
    alone, together = script.stages
    assert (alone.concurrency, together.concurrency, together.cancelled) == (1, AT_ONCE, len(crowd))


def test_a_target_of_one_tenant_has_no_other_to_be_mixed_up_with(store: ModuleType) -> None:
    assert FAMILY.script(Given("suite", store.small_set("ash"), PLAN, store.random_hex())).cases == ()
