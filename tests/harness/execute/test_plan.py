"""The plan is fixed before anything is asked, and refuses to be empty, doubled or full of gaps."""

from types import ModuleType
from typing import Any

import pytest

from harness.domain.cases import Canary
from harness.domain.suites import ProbePlan, Selection
from harness.errors import InvalidInput
from harness.execute.plan import plan
from harness.probes.authentication import CHECKS, CREDENTIALS
from harness.probes.canaries import plant


def canaries(per_tenant: int = 2, tenants: tuple[str, ...] = ("north", "south")) -> tuple[Canary, ...]:
    """Fresh canaries."""
    return plant(tenants, per_tenant).canaries


def planned(core: ModuleType, cases: list[Any], **suite_fields: Any) -> list[str]:
    """The case ids that a suite plans to ask."""
    suite = core.suite([core.rule()], **suite_fields)
    return [ask.case.id for ask in plan(core.gate(suite), core.golden_set(cases), ()).asks]


def test_a_suite_takes_every_case_of_its_kinds_for_every_route_and_attempt(core: ModuleType) -> None:
    cases = [core.case("a"), core.case("b"), core.case("u", "unanswerable")]

    asks = plan(
        core.gate(core.suite([core.rule()], routes=("x", "y"), repeats=3, selection=Selection(kinds=("answerable",)))),
        core.golden_set(cases),
        (),
    ).asks

    assert [ask.key for ask in asks] == sorted(
        ("suite", route, name, attempt) for route in ("x", "y") for name in ("a", "b") for attempt in (1, 2, 3)
    )


@pytest.mark.parametrize(
    "selection",
    [
        pytest.param(Selection(kinds=("unanswerable",)), id="a kind that is not there"),
        pytest.param(Selection(tags=("no-such-tag",)), id="a tag that is not there"),
        pytest.param(Selection(kinds=("twin",)), id="controls alone"),
    ],
)
def test_a_selection_that_takes_nothing_is_refused(core: ModuleType, selection: Selection) -> None:
    with pytest.raises(InvalidInput, match="selects no case"):
        planned(core, [core.case("a"), *core.forbidden_pair("f")], selection=selection)


def test_an_empty_golden_set_is_refused(core: ModuleType) -> None:
    with pytest.raises(InvalidInput, match="an empty suite is not evidence"):
        planned(core, [])


def test_a_forbidden_case_brings_its_control_along_whatever_the_selection(core: ModuleType) -> None:
    pairs = [item for name in ("f1", "f2", "f3") for item in core.forbidden_pair(name)]

    taken = planned(core, pairs, selection=Selection(kinds=("forbidden",), limit=2))

    assert len(taken) == 4
    assert {f"{name}.twin" for name in taken if not name.endswith(".twin")} < set(taken)


def test_a_limit_takes_a_fixed_sample_whatever_the_order_of_the_cases(core: ModuleType) -> None:
    cases = [core.case(f"c{number}") for number in range(30)]

    taken = planned(core, cases, selection=Selection(limit=10))
    again = planned(core, cases[::-1], selection=Selection(limit=10))

    assert taken == again
    assert len(taken) == 10
    assert taken != sorted(case.id for case in cases)[:10]


def test_every_credential_and_the_twin_of_each_check_are_planned(core: ModuleType) -> None:
    suite = core.suite([core.zero_tolerance("token_refused")], selection=None, probes=ProbePlan("authentication"))

    asks = plan(core.gate(suite), core.golden_set([core.case("a")]), ()).asks

    assert {ask.case.credential for ask in asks} == {*CREDENTIALS, "valid"}
    assert {ask.case.twin for ask in asks if ask.case.twin} == {f"good.{check}" for check in CHECKS}


def test_credentials_without_an_answerable_case_are_refused(core: ModuleType) -> None:
    suite = core.suite([core.zero_tolerance("token_refused")], selection=None, probes=ProbePlan("authentication"))

    with pytest.raises(InvalidInput, match="needs an answerable case"):
        plan(core.gate(suite), core.golden_set([core.case("u", "unanswerable")]), ())


def test_isolation_asks_both_ways_between_two_tenants(core: ModuleType) -> None:
    asks = plan(core.gate(core.isolation_suite()), core.golden_set([core.case("a")]), canaries()).asks

    pairs = {(ask.case.principal.tenant, ask.case.victim) for ask in asks if ask.case.kind == "probe"}
    assert pairs == {("north", "south"), ("south", "north")}


def test_a_suite_takes_no_more_canaries_than_it_asks_for(core: ModuleType) -> None:
    asks = plan(core.gate(core.isolation_suite(1)), core.golden_set([core.case("a")]), canaries(3)).asks

    assert len({ask.case.canaries[0].id for ask in asks}) == 2


@pytest.mark.parametrize(
    ("given", "named"),
    [
        pytest.param((), "north", id="none at all"),
        pytest.param(canaries(2, ("north",)), "south", id="none of one tenant"),
        pytest.param((*canaries(2, ("north",)), *canaries(1, ("south",))), "south", id="too few of one tenant"),
    ],
)
def test_a_tenant_without_its_canaries_is_refused_and_never_left_out(
    core: ModuleType, given: tuple[Canary, ...], named: str
) -> None:
    with pytest.raises(InvalidInput, match=f"'{named}' has"):
        plan(core.gate(core.isolation_suite()), core.golden_set([core.case("a")]), given)


def test_a_tenant_that_nobody_can_ask_for_is_refused(core: ModuleType) -> None:
    golden = core.golden_set([core.case("a")], principals=[core.NORTH])

    with pytest.raises(InvalidInput, match="'south' has no principal"):
        plan(core.gate(core.isolation_suite()), golden, canaries())


def test_a_case_that_takes_the_name_of_a_probe_is_refused(core: ModuleType) -> None:
    questions = core.suite([core.rule()], name="questions")
    tokens = core.suite(
        [core.zero_tolerance("token_refused")], name="tokens", selection=None, probes=ProbePlan("authentication")
    )

    with pytest.raises(InvalidInput, match=r"two cases of the gate have the id 'bad\.expired'"):
        plan(core.gate(questions, tokens), core.golden_set([core.case("bad.expired")]), ())


def test_the_same_case_in_two_suites_is_two_asks(core: ModuleType) -> None:
    one, two = (core.suite([core.rule()], name=name) for name in ("one", "two"))

    asks = plan(core.gate(one, two), core.golden_set([core.case("a")]), ()).asks

    assert [ask.key for ask in asks] == [("one", "", "a", 1), ("two", "", "a", 1)]
