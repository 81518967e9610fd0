"""The router over scripted models: limits before a call, retries, the declared order, and what is told of attempts."""

import json
import threading
from types import ModuleType
from typing import Any

import pytest

from system_under_test.routing.choose import Asked
from system_under_test.routing.errors import (
    BudgetSpentError,
    CircuitOpenError,
    NoRouteError,
    RouteBusyError,
    RouteFailedError,
    RouteForbiddenError,
    RouteUnavailableError,
    UnknownRouteError,
)
from system_under_test.routing.policies import Cheapest, Weighted
from system_under_test.routing.routes import Circuit, Concurrency, Retries, Timeouts

ASKED = Asked("How many days?", "acme", key="request-1")
PINNED = Asked("How many days?", "acme", pinned="one", key="request-1")
FIRM = Asked("How many days?", "acme", pinned="one", may_fall_back=True, key="request-1")
ONCE = Retries(attempts=1, first_wait_s=1.0, longest_wait_s=1.0)


@pytest.fixture
def declared(fakes: ModuleType) -> Any:
    """A hosted default, a second hosted route, and one that quotes."""
    one = fakes.hosted("one", fallback=("two", "quotes"), retries=Retries(3, 1.0, 4.0))
    return fakes.routes(one, fakes.hosted("two", provider="two", retries=ONCE), fakes.extractive("quotes"))


def test_an_answer_comes_with_its_attempt(fakes: ModuleType, declared: Any) -> None:
    setup = fakes.routing(declared, fakes.GOOD)

    routed = setup.ask(ASKED)

    assert (routed.answer.text, routed.choice.route.name) == ("27 days.", "one")
    assert routed.choice.reason == "declared default"
    assert [(one.route, one.reason) for one in routed.choice.not_taken] == [
        ("two", "not_default"),
        ("quotes", "not_default"),
    ]
    (attempt,) = setup.attempts
    assert (attempt.outcome, attempt.first_token_ms, attempt.cost_usd) == ("answered", 3.0, 0.001)


def test_a_fault_that_may_pass_is_tried_again_on_the_same_route(fakes: ModuleType, declared: Any) -> None:
    setup = fakes.routing(declared, fakes.failing("rate_limited", retry_after_s=2.5), fakes.GOOD)

    routed = setup.ask(ASKED)

    assert routed.choice.route.name == "one"
    assert setup.outcomes == [("one", "rate_limited"), ("one", "answered")]
    assert setup.hands.slept == [2.5]


def test_the_declared_order_is_followed_when_a_route_fails(fakes: ModuleType, declared: Any) -> None:
    setup = fakes.routing(declared, fakes.failing("credentials"), fakes.failing("wrong_model"), fakes.GOOD)

    routed = setup.ask(ASKED)

    assert setup.script.names == ["one", "two", "quotes"]
    assert routed.choice.route.name == "quotes"
    assert routed.choice.reason == "next in the declared order"
    assert {(one.route, one.reason) for one in routed.choice.not_taken} == {("one", "failed"), ("two", "failed")}


def test_a_pinned_route_is_never_replaced(fakes: ModuleType, declared: Any) -> None:
    setup = fakes.routing(declared, fakes.failing("credentials"), fakes.GOOD)

    with pytest.raises(RouteFailedError):
        setup.ask(PINNED)

    assert setup.script.names == ["one"]


def test_a_pinned_route_is_replaced_where_the_request_admits_it(fakes: ModuleType, declared: Any) -> None:
    setup = fakes.routing(declared, fakes.failing("credentials"), fakes.GOOD)

    assert setup.ask(FIRM).choice.route.name == "two"


def test_the_first_fault_is_raised_when_every_route_fails(fakes: ModuleType, declared: Any) -> None:
    faults = [fakes.failing("credentials"), fakes.failing("empty"), fakes.failing("bad_request")]
    setup = fakes.routing(declared, *faults)

    with pytest.raises(RouteFailedError) as caught:
        setup.ask(ASKED)

    assert caught.value is faults[0]
    assert setup.outcomes == [("one", "credentials"), ("two", "empty"), ("quotes", "bad_request")]


def test_a_reply_that_quotes_what_no_passage_says_is_not_an_answer(fakes: ModuleType, declared: Any) -> None:
    citation = {"passage_id": "p1", "quote": "31 days"}
    invented = json.dumps({"answer": "31 days.", "refused": False, "citations": [citation]})
    setup = fakes.routing(declared, invented, fakes.GOOD)

    routed = setup.ask(ASKED)

    assert setup.outcomes == [("one", "unusable_reply"), ("two", "answered")]
    assert setup.attempts[0].cost_usd == 0.001
    assert routed.answer.text == "27 days."


def test_a_circuit_opens_and_the_route_is_left_out_until_it_has_rested(fakes: ModuleType) -> None:
    one = fakes.hosted("one", fallback=("quotes",), retries=ONCE, circuit=Circuit(2, 10.0))
    setup = fakes.routing(
        fakes.routes(one, fakes.extractive("quotes")),
        lambda route: fakes.GOOD if route.name == "quotes" else _raise(fakes.failing("server_error")),
    )

    choices = [setup.ask(ASKED).choice for _ in range(3)]
    setup.hands.now_s += 10.1
    setup.script.steps = [fakes.GOOD]
    rested = setup.ask(ASKED).choice

    assert setup.script.names == ["one", "quotes", "one", "quotes", "quotes", "one"]
    assert [(one.route, one.reason) for one in choices[2].not_taken] == [("one", "circuit_open")]
    assert rested.route.name == "one"


def test_one_tenants_questions_cannot_open_the_circuit_for_another(fakes: ModuleType) -> None:
    one = fakes.hosted("one", retries=ONCE, circuit=Circuit(2, 10.0))
    declared = fakes.routes(one, globex=fakes.EVERYTHING)
    setup = fakes.routing(declared, *[fakes.failing("content_filter")] * 10, fakes.GOOD)

    for _ in range(10):
        with pytest.raises(RouteFailedError):
            setup.ask(ASKED)

    assert setup.ask(Asked("How many days?", "globex")).answer.text == "27 days."


def test_an_open_circuit_is_told_to_whoever_pins_the_route(fakes: ModuleType) -> None:
    one = fakes.hosted("one", retries=ONCE, circuit=Circuit(1, 10.0))
    setup = fakes.routing(fakes.routes(one), fakes.failing("timeout"))
    with pytest.raises(RouteFailedError):
        setup.ask(PINNED)

    with pytest.raises(CircuitOpenError):
        setup.ask(PINNED)

    assert len(setup.script.asked) == 1


def test_a_budget_is_refused_before_the_call_and_settled_after_it(fakes: ModuleType) -> None:
    one = fakes.hosted("one", retries=ONCE, budget_usd=0.0022)
    declared = fakes.routes(one, globex=fakes.EVERYTHING)
    setup = fakes.routing(declared, fakes.GOOD)

    setup.ask(PINNED)
    setup.ask(PINNED)
    with pytest.raises(BudgetSpentError):
        setup.ask(PINNED)

    assert setup.script.names == ["one", "one"]
    assert setup.ask(Asked("How many days?", "globex", pinned="one")).answer.text == "27 days."
    setup.hands.day = setup.hands.day.replace(day=23)
    assert setup.ask(PINNED).answer.text == "27 days."


def test_what_a_broken_call_may_have_cost_is_spent(fakes: ModuleType) -> None:
    one = fakes.hosted("one", retries=ONCE, budget_usd=0.0008, circuit=Circuit(9, 1.0))
    free, unknown = fakes.failing("rate_limited", cost_usd=0.0), fakes.failing("interrupted")
    setup = fakes.routing(fakes.routes(one), free, free, unknown, unknown, fakes.GOOD)

    raised = []
    for _ in range(5):
        with pytest.raises((RouteFailedError, BudgetSpentError)) as caught:
            setup.ask(PINNED)
        raised.append(type(caught.value))

    assert raised == [RouteFailedError] * 3 + [BudgetSpentError] * 2


def test_a_busy_route_turns_away_what_pins_it_and_is_passed_by_others(fakes: ModuleType) -> None:
    one = fakes.hosted("one", fallback=("quotes",), retries=ONCE, concurrency=Concurrency(1, 1))
    inside, leave = threading.Event(), threading.Event()

    def slow(route: Any) -> str:
        if route.name == "one":
            inside.set()
            assert leave.wait(5)
        return fakes.GOOD  # type: ignore[no-any-return]

    setup = fakes.routing(fakes.routes(one, fakes.extractive("quotes")), slow)
    first = threading.Thread(target=setup.ask, args=(ASKED,))
    first.start()
    assert inside.wait(5)

    with pytest.raises(RouteBusyError):
        setup.ask(PINNED)
    passed = setup.ask(ASKED).choice
    leave.set()
    first.join()

    assert (passed.route.name, passed.not_taken[0].reason) == ("quotes", "busy")
    assert setup.ask(PINNED).choice.route.name == "one"


def test_no_attempt_begins_after_the_deadline_and_each_gets_what_is_left(fakes: ModuleType) -> None:
    one = fakes.hosted("one", fallback=("two",), retries=ONCE, timeouts=Timeouts(3.0, 8.0, 20.0))
    declared = fakes.routes(one, fakes.hosted("two", retries=ONCE), deadline_s=15.0)

    def slow(_: Any) -> str:
        setup.hands.now_s += 14.0
        raise fakes.failing("timeout")

    setup = fakes.routing(declared, slow)
    with pytest.raises(RouteFailedError):
        setup.ask(ASKED)

    assert [route.timeouts.total_s for route in setup.script.asked] == [15.0, pytest.approx(1.0)]
    assert setup.hands.slept == []


def test_a_late_fallback_is_not_asked(fakes: ModuleType) -> None:
    one = fakes.hosted("one", fallback=("two",), retries=ONCE)
    declared = fakes.routes(one, fakes.hosted("two", retries=ONCE), deadline_s=15.0)

    def slow(_: Any) -> str:
        setup.hands.now_s += 15.0
        raise fakes.failing("server_error")

    setup = fakes.routing(declared, slow)
    with pytest.raises(RouteFailedError):
        setup.ask(ASKED)

    assert setup.outcomes == [("one", "server_error"), ("two", "out_of_time")]
    assert setup.script.names == ["one"]


def test_a_policy_that_nothing_meets_leaves_the_default(fakes: ModuleType) -> None:
    declared = fakes.routes(fakes.hosted("one"), fakes.hosted("two"), policy=Cheapest(1.0, "high"))

    choice = fakes.routing(declared, fakes.GOOD).ask(ASKED).choice

    assert (choice.route.name, choice.reason) == ("one", "declared default")
    assert choice.not_taken[0].reason == "too_slow"


def test_a_conversation_stays_on_its_share(fakes: ModuleType) -> None:
    declared = fakes.routes(fakes.hosted("one"), fakes.hosted("two"), policy=Weighted({"one": 50.0, "two": 50.0}))
    setup = fakes.routing(declared, fakes.GOOD)

    taken = {key: {setup.ask(Asked("?", "acme", key=key)).choice.route.name for _ in range(3)} for key in "abcdefgh"}

    assert all(len(names) == 1 for names in taken.values())
    assert set.union(*taken.values()) == {"one", "two"}


def test_a_passage_of_a_class_that_may_not_leave_rules_a_route_out(fakes: ModuleType, declared: Any) -> None:
    strict = fakes.Constraints(
        frozenset({"eu", "local"}), frozenset({"one", "extractive"}), frozenset({"public", "internal"})
    )
    declared = fakes.routes(*declared.by_name.values(), acme=strict)
    setup = fakes.routing(declared, fakes.GOOD)

    open_one = setup.ask(ASKED, fakes.passages("public", "internal")).choice
    closed_one = setup.ask(ASKED, fakes.passages("public", "confidential")).choice
    with pytest.raises(RouteForbiddenError):
        setup.ask(PINNED, fakes.passages("public", "confidential"))

    assert open_one.route.name == "one"
    assert closed_one.route.name == "quotes"
    assert {(one.route, one.reason) for one in closed_one.not_taken} == {("one", "data_class"), ("two", "provider")}


def test_nothing_is_taken_where_everything_is_ruled_out(fakes: ModuleType) -> None:
    nobody = fakes.Constraints(frozenset(), frozenset(), frozenset())
    setup = fakes.routing(fakes.routes(fakes.hosted("one"), fakes.extractive("two"), acme=nobody), fakes.GOOD)

    with pytest.raises(NoRouteError):
        setup.ask(ASKED)

    assert setup.script.asked == []


def test_too_many_passages_for_a_context_rule_a_route_out_and_none_is_dropped(fakes: ModuleType) -> None:
    small = fakes.hosted("one", fallback=("two",), context_tokens=1_000, output_tokens=100)
    setup = fakes.routing(fakes.routes(small, fakes.hosted("two")), fakes.GOOD)

    long = setup.ask(ASKED, fakes.passages(*["internal"] * 6, text="Annual leave is 27 days a year. " * 40)).choice

    assert (long.route.name, long.not_taken[0].reason) == ("two", "context")
    assert setup.ask(ASKED).choice.route.name == "one"


@pytest.mark.parametrize(
    ("asked", "environment", "error"),
    [
        pytest.param(Asked("?", "acme", pinned="gone"), {}, UnknownRouteError, id="unknown"),
        pytest.param(Asked("?", "globex", pinned="hosted"), {"KEY": "k"}, RouteForbiddenError, id="forbidden"),
        pytest.param(Asked("?", "acme", pinned="hosted"), {}, RouteUnavailableError, id="not configured"),
        pytest.param(Asked("?", "acme", pinned="gone", may_fall_back=True), {}, UnknownRouteError, id="unknown, firm"),
    ],
)
def test_a_pin_that_cannot_be_had_is_turned_away_before_retrieval(
    fakes: ModuleType, asked: Asked, environment: dict[str, str], error: type[Exception]
) -> None:
    declared = fakes.routes(fakes.extractive("quotes"), fakes.hosted("hosted", api_key_env="KEY"))

    with pytest.raises(error):
        fakes.routing(declared, fakes.GOOD, **environment).router.admit(asked)


def test_everybody_else_is_admitted(fakes: ModuleType) -> None:
    declared = fakes.routes(fakes.extractive("quotes"), fakes.hosted("hosted", api_key_env="KEY"))
    router = fakes.routing(declared, fakes.GOOD, KEY="k").router

    router.admit(Asked("?", "globex"))
    router.admit(Asked("?", "globex", pinned="quotes"))
    router.admit(Asked("?", "acme", pinned="hosted"))
    router.admit(Asked("?", "globex", pinned="hosted", may_fall_back=True))


def test_an_unexpected_error_gives_its_place_and_its_money_back(fakes: ModuleType) -> None:
    one = fakes.hosted("one", retries=ONCE, concurrency=Concurrency(1, 1))
    setup = fakes.routing(fakes.routes(one), ZeroDivisionError(), fakes.GOOD)
    with pytest.raises(ZeroDivisionError):
        setup.ask(PINNED)

    assert setup.ask(PINNED).choice.route.name == "one"


def test_the_choice_holds_no_token_and_no_subject(fakes: ModuleType) -> None:
    assert set(Asked.__slots__) == {"question", "tenant", "pinned", "may_fall_back", "key"}


def _raise(fault: Exception) -> str:
    raise fault
