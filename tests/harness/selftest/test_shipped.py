"""The mutants that are shipped: they fit the sources of today, and there are enough of them for every check."""

from pathlib import Path

import pytest

from harness.selftest.patching import check_patches
from harness.selftest.run import Selftest, Wanted, open_selftest

FAMILIES = {
    "answers", "audit", "authentication", "budgets", "caches", "concurrency", "existence", "isolation", "lifecycle",
    "noninterference", "permission", "quality", "routes",
}  # fmt: skip


@pytest.fixture(scope="module")
def shipped(repository: Path) -> Selftest:
    """The gate and the mutants that `harness selftest` takes by default."""
    suites = repository / "suites"
    nowhere = repository / "reports"
    return open_selftest(
        Wanted(suites / "selftest.yaml", suites / "selftest" / "mutants.yaml", nowhere, nowhere, nowhere, jobs=1)
    )


def test_every_text_that_is_replaced_stands_once_in_the_sources(shipped: Selftest) -> None:
    check_patches(shipped.mutants.listed)

    assert shipped.mutants.packages == ("system_under_test",)


def test_there_are_at_least_forty_mutants_over_every_family_and_three_harmless_changes(shipped: Selftest) -> None:
    mutants = [one for one in shipped.mutants.listed if one.kind == "mutant"]

    assert len(mutants) >= 40
    assert {one.family for one in mutants} >= FAMILIES
    assert len(shipped.mutants.listed) - len(mutants) >= 3


def test_every_check_of_the_gate_has_a_mutant_that_it_should_catch(shipped: Selftest) -> None:
    named = {check for one in shipped.mutants.listed for check in one.caught_by}

    missing = {
        f"{suite.name}.{rule.id}"
        for suite in shipped.gate.suites
        for rule in suite.rules
        if rule.severity == "blocker" and f"{suite.name}.{rule.id}" not in named
    }

    assert missing == set(), "a check that has not been seen to fire proves nothing"


def test_no_two_mutants_are_the_same_change(shipped: Selftest) -> None:
    changes = [one.patches for one in shipped.mutants.listed]

    assert len(set(changes)) == len(changes)
