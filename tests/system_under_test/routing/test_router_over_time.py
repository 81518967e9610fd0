"""What the router has seen of its routes before, and what that leads to: circuits, stand-ins, measured latency."""

from types import ModuleType
from typing import Any

import pytest

from system_under_test.routing.choose import Asked
from system_under_test.routing.errors import RouteFailedError
from system_under_test.routing.health import FRESH_S
from system_under_test.routing.policies import Cheapest
from system_under_test.routing.routes import Circuit, Retries, Timeouts

ASKED = Asked("How many days?", "acme", key="request-1")
ONCE = Retries(attempts=1, first_wait_s=1.0, longest_wait_s=1.0)


@pytest.mark.parametrize(
    ("left_s", "takes_s", "outcome", "opens"),
    [
        pytest.param(2.0, 2.0, "out_of_time", False, id="cut by the deadline of the request"),
        pytest.param(9.0, 8.0, "timeout", True, id="no text in the time that the route declares"),
        pytest.param(20.0, 20.0, "timeout", True, id="all the time that the route declares"),
    ],
)
def test_only_a_route_that_had_its_declared_time_is_blamed_for_a_timeout(
    fakes: ModuleType, left_s: float, takes_s: float, outcome: str, opens: bool
) -> None:
    one = fakes.hosted("one", fallback=("two",), retries=ONCE)
    two = fakes.hosted("two", retries=ONCE, timeouts=Timeouts(3.0, 8.0, 20.0), circuit=Circuit(1, 10.0))
    declared = fakes.routes(one, two, deadline_s=30.0)

    def slow(route: Any) -> str:
        setup.hands.now_s += 30.0 - left_s if route.name == "one" else takes_s
        raise fakes.failing("server_error" if route.name == "one" else "timeout")

    setup = fakes.routing(declared, slow)
    with pytest.raises(RouteFailedError):
        setup.ask(ASKED)

    state = setup.router.choose(Asked("?", "acme"), fakes.Retrieved(fakes.passages("internal"))).not_taken[0]
    assert setup.outcomes[-1] == ("two", outcome)
    assert (state.reason == "circuit_open") is opens


def test_a_stand_in_that_fails_is_followed_by_the_rest_of_the_order_that_it_stands_in(fakes: ModuleType) -> None:
    one = fakes.hosted("one", fallback=("two", "three"), retries=ONCE, circuit=Circuit(1, 10.0))
    two = fakes.hosted("two", fallback=("four",), retries=ONCE)
    others = (fakes.hosted("three", retries=ONCE), fakes.extractive("four"))
    faults = [fakes.failing("server_error")] * 5
    setup = fakes.routing(fakes.routes(one, two, *others), *faults, fakes.GOOD)
    with pytest.raises(RouteFailedError):
        setup.ask(ASKED)

    routed = setup.ask(ASKED)

    assert setup.script.names == ["one", "two", "three", "two", "three", "four"]
    assert {(one.route, one.reason) for one in routed.choice.not_taken} == {
        ("one", "circuit_open"),
        ("two", "failed"),
        ("three", "failed"),
    }


def test_measured_latency_moves_the_policy(fakes: ModuleType) -> None:
    slow = fakes.hosted("slow", expected_ms=100.0, quality="high", price=fakes.SHIPPED.by_name["fast"].price)
    declared = fakes.routes(
        slow, fakes.hosted("steady", expected_ms=200.0, quality="high"), policy=Cheapest(500.0, "high")
    )

    def answers(route: Any) -> str:
        setup.hands.now_s += 2.0 if route.name == "slow" else 0.2
        return fakes.GOOD  # type: ignore[no-any-return]

    setup = fakes.routing(declared, answers)

    taken = [setup.ask(ASKED).choice for _ in range(6)]

    assert [choice.route.name for choice in taken] == ["slow"] * 5 + ["steady"]
    assert taken[5].reason == "cheapest within the latency budget"
    assert [(one.route, one.reason) for one in taken[5].not_taken] == [("slow", "too_slow")]


def test_a_route_that_was_too_slow_is_tried_again_when_its_figures_have_aged(fakes: ModuleType) -> None:
    slow = fakes.hosted("slow", expected_ms=100.0, quality="high", price=fakes.SHIPPED.by_name["fast"].price)
    declared = fakes.routes(
        slow, fakes.hosted("steady", expected_ms=200.0, quality="high"), policy=Cheapest(500.0, "high")
    )
    waits_s = [2.0] * 5 + [0.2] * 9

    def answers(_: Any) -> str:
        setup.hands.now_s += waits_s.pop(0)
        return fakes.GOOD  # type: ignore[no-any-return]

    setup = fakes.routing(declared, answers)
    before = [setup.ask(ASKED).choice.route.name for _ in range(7)]

    setup.hands.now_s += FRESH_S
    after = [setup.ask(ASKED).choice.route.name for _ in range(6)]

    assert before == ["slow"] * 5 + ["steady"] * 2
    assert after == ["slow"] * 6
