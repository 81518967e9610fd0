"""Which routes may be taken at all."""

from types import ModuleType

import pytest

from system_under_test.routing.eligibility import State, estimate_usd, prompt_tokens, reachable, ruled_out
from system_under_test.routing.tenants import Constraints, classes_of

BROKEN = State(reachable=False, circuit_open=True, busy=True, left_usd=0.0)


def test_a_route_that_nothing_rules_out_may_be_taken(fakes: ModuleType) -> None:
    found = fakes.passages("public", "restricted")

    assert ruled_out(fakes.hosted("one"), fakes.EVERYTHING, "?", found, State(left_usd=1.0)) is None
    assert ruled_out(fakes.extractive("two"), fakes.EVERYTHING, "?", found, State()) is None


@pytest.mark.parametrize(
    ("state", "why"),
    [
        (State(reachable=False), "endpoint"),
        (State(circuit_open=True), "circuit_open"),
        (State(busy=True), "busy"),
        (State(left_usd=0.0), "budget"),
    ],
    ids=["endpoint", "circuit", "busy", "budget"],
)
def test_each_thing_that_is_missing_rules_a_route_out(fakes: ModuleType, state: State, why: str) -> None:
    assert ruled_out(fakes.hosted("one"), fakes.EVERYTHING, "?", fakes.passages("public"), state) == why


@pytest.mark.parametrize(
    ("constraints", "why"),
    [
        (Constraints(frozenset({"us"}), frozenset({"one"}), frozenset({"internal"})), "region"),
        (Constraints(frozenset({"eu"}), frozenset({"two"}), frozenset({"internal"})), "provider"),
        (Constraints(frozenset({"eu"}), frozenset({"one"}), frozenset({"public"})), "data_class"),
    ],
    ids=["region", "provider", "class"],
)
def test_what_is_forbidden_is_told_before_what_is_missing(
    fakes: ModuleType, constraints: Constraints, why: str
) -> None:
    assert ruled_out(fakes.hosted("one"), constraints, "?", fakes.passages("internal"), BROKEN) == why


def test_a_class_that_nobody_knows_counts_as_the_highest(fakes: ModuleType) -> None:
    assert classes_of(fakes.passages("public", "Internal", "")) == {"public", "restricted"}


def test_a_passage_beyond_those_that_the_prompt_holds_counts_all_the_same(fakes: ModuleType) -> None:
    narrow = fakes.hosted("one", passages=1, data_classes=frozenset({"public"}))
    found = fakes.passages("public", "internal")

    assert ruled_out(narrow, fakes.EVERYTHING, "?", found, State()) == "data_class"
    assert ruled_out(narrow, fakes.EVERYTHING, "?", found[:1], State()) is None


def test_an_extractive_route_costs_nobody_money(fakes: ModuleType) -> None:
    found = fakes.passages("public")

    assert estimate_usd(fakes.extractive("one"), "?", found) == 0.0
    assert ruled_out(fakes.extractive("one"), fakes.EVERYTHING, "?", found, State(left_usd=0.0)) is None


def test_an_estimate_is_above_one_token_for_every_four_characters(fakes: ModuleType) -> None:
    route, found = fakes.hosted("one"), fakes.passages("public", text="Annual leave is 27 days a year. " * 50)
    characters = len(route.prompt) + len(found[0].passage.text)

    assert characters / 4 < prompt_tokens(route, "?", found) < characters
    assert estimate_usd(route, "?", found) > route.price.of(characters // 4, route.output_tokens)


def test_a_route_needs_every_variable_that_it_names(fakes: ModuleType) -> None:
    route = fakes.hosted("one", model="openai/{NAME}", api_key_env="KEY")

    assert reachable(route, {"NAME": "n", "KEY": "k"})
    assert not reachable(route, {"NAME": "n"})
    assert not reachable(route, {"NAME": "n", "KEY": ""})
    assert reachable(fakes.extractive("two"), {})
