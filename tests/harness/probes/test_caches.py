"""Caches: one that forgets who asked is seen, whichever part of the asker it forgets."""

from types import ModuleType

import pytest

from harness.domain.suites import ProbePlan
from harness.probes.caches import FAMILY
from harness.probes.families import Given

PLAN = ProbePlan("caches", documents=2)
METRICS = ["leak", "changed", "control"]


@pytest.mark.parametrize("tenants", [("ash", "birch"), ("ash", "birch", "cedar")])
def test_a_sound_system_is_found_sound_and_left_as_it_was(store: ModuleType, tenants: tuple[str, ...]) -> None:
    outcome = store.tried(PLAN, METRICS, tenants=tenants)

    assert outcome.statuses == {"leak": "NO_HITS", "changed": "NO_HITS", "control": "NO_HITS"}
    assert outcome.checks["changed"].metric.n == len(tenants) * 2
    assert outcome.checks["leak"].metric.n == len(tenants) * 2 * 4
    assert outcome.store.documents == outcome.store.given


@pytest.mark.parametrize(
    ("fault", "forms"),
    [
        pytest.param("caches without the tenant", {"identical"}, id="the tenant is not in the key"),
        pytest.param("caches by likeness", {"identical", "paraphrased"}, id="a like question is the same question"),
        pytest.param("caches without the groups", {"colleague"}, id="the groups are not in the key"),
    ],
)
def test_a_key_that_lacks_a_part_of_the_asker_is_a_hit(store: ModuleType, fault: str, forms: set[str]) -> None:
    outcome = store.tried(PLAN, METRICS, fault)

    assert outcome.statuses["leak"] == "ZERO_TOLERANCE_HIT"
    hit = {name.rpartition(".")[2] for name, metric in outcome.hits if metric == "leak"}
    assert hit == forms


def test_what_was_never_there_proves_nothing(store: ModuleType) -> None:
    outcome = store.tried(PLAN, METRICS, "forgets what it confirms")

    assert outcome.statuses["leak"] == "VOID_PROBES"
    assert outcome.statuses["changed"] == "VOID_PROBES"
    assert outcome.checks["leak"].metric.n == outcome.checks["changed"].metric.n == 0


def test_a_target_of_one_tenant_has_no_other_to_serve(store: ModuleType) -> None:
    assert FAMILY.script(Given("suite", store.small_set("ash"), PLAN, store.random_hex())).cases == ()
