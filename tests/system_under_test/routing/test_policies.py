"""The policies: pure functions over eligible routes."""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from system_under_test.routing.errors import RouteFileError
from system_under_test.routing.policies import (
    Candidate,
    Cheapest,
    Declared,
    Fastest,
    Weighted,
    cheapest,
    declared,
    fastest,
    pinned,
    read_policy,
    weighted,
)

LOCAL = Candidate("local", "basic", 5.0, 0.0)
SMALL = Candidate("small", "standard", 400.0, 0.001)
LARGE = Candidate("large", "high", 900.0, 0.02)
QUICK = Candidate("quick", "high", 300.0, 0.03)
ALL = (LOCAL, SMALL, LARGE, QUICK)
candidates = st.lists(
    st.builds(
        Candidate,
        st.sampled_from(["a", "b", "c", "d"]),
        st.sampled_from(["basic", "standard", "high"]),
        st.floats(1, 1_000),
        st.floats(0, 1),
    ),
    unique_by=lambda one: one.name,
)


def test_the_cheapest_within_the_latency_budget_is_taken() -> None:
    pick = cheapest(ALL, Cheapest(800.0, "standard"))

    assert pick.name == "small"
    assert pick.passed == {"local": "quality", "large": "too_slow", "quick": "dearer"}


def test_the_fastest_under_the_cost_cap_is_taken() -> None:
    pick = fastest(ALL, Fastest(0.02, "standard"))

    assert pick.name == "small"
    assert pick.passed == {"local": "quality", "quick": "too_dear", "large": "slower"}


def test_nothing_is_taken_where_nothing_meets_the_policy() -> None:
    assert cheapest(ALL, Cheapest(1.0, "basic")).name is None
    assert fastest((QUICK,), Fastest(0.01, "basic")).name is None


def test_a_figure_at_its_bound_is_within_it() -> None:
    assert cheapest((LARGE,), Cheapest(900.0, "high")).name == "large"
    assert fastest((LARGE,), Fastest(0.02, "high")).name == "large"


def test_a_pinned_route_and_a_default_are_taken_or_nothing_is() -> None:
    assert (pinned(ALL, "large").name, pinned(ALL, "gone").name) == ("large", None)
    assert (declared(ALL, "small").name, declared(ALL, "gone").name) == ("small", None)
    assert pinned(ALL, "large").passed["small"] == "not_pinned"


@given(candidates, st.floats(1, 1_000))
@settings(max_examples=50)
def test_no_candidate_beats_the_cheapest(found: list[Candidate], budget: float) -> None:
    pick = cheapest(found, Cheapest(budget, "standard"))

    fit = [one for one in found if one.latency_ms <= budget and one.quality != "basic"]
    taken = [one for one in fit if one.name == pick.name]
    assert bool(taken) == bool(fit)
    assert all(taken[0].cost_usd <= one.cost_usd for one in fit)
    assert {*pick.passed, *([pick.name] if pick.name else [])} == {one.name for one in found}


@given(candidates, st.floats(0, 1))
@settings(max_examples=50)
def test_no_candidate_beats_the_fastest(found: list[Candidate], cap: float) -> None:
    pick = fastest(found, Fastest(cap, "standard"))

    fit = [one for one in found if one.cost_usd <= cap and one.quality != "basic"]
    taken = [one for one in fit if one.name == pick.name]
    assert bool(taken) == bool(fit)
    assert all(taken[0].latency_ms <= one.latency_ms for one in fit)


def test_the_order_of_the_candidates_decides_nothing() -> None:
    equal = [Candidate(name, "high", 1.0, 1.0) for name in "cab"]

    for one in (equal, equal[::-1]):
        assert cheapest(one, Cheapest(2.0, "basic")).name == "a"
        assert fastest(one, Fastest(2.0, "basic")).name == "a"


def test_a_canary_gets_its_share_and_a_conversation_keeps_its_route() -> None:
    policy = Weighted({"large": 10.0, "small": 90.0})
    keys = [f"conversation-{number}" for number in range(5_000)]

    taken = [weighted(ALL, policy, key).name for key in keys]

    assert taken == [weighted(ALL[::-1], policy, key).name for key in keys]
    assert set(taken) == {"large", "small"}
    assert 425 < Counter(taken)["large"] < 575  # 500 expected, standard deviation 21


def test_a_share_that_is_not_eligible_moves_nobody_else() -> None:
    policy = Weighted({"large": 50.0, "small": 50.0})
    keys = [str(number) for number in range(200)]

    before = {key: weighted((LARGE, SMALL), policy, key).name for key in keys}
    after = {key: weighted((SMALL,), policy, key).name for key in keys}

    assert all(after[key] == ("small" if before[key] == "small" else None) for key in keys)


def test_a_route_outside_the_weights_is_never_drawn() -> None:
    policy = Weighted({"large": 1.0, "small": 0.0})

    picks = [weighted(ALL, policy, str(number)) for number in range(100)]

    assert {pick.name for pick in picks} == {"large"}
    assert picks[0].passed == {"local": "not_in_policy", "small": "other_share", "quick": "not_in_policy"}


@pytest.mark.parametrize(
    ("value", "policy"),
    [
        ({"kind": "declared"}, Declared()),
        ({"kind": "cheapest", "latency_ms": 800, "quality": "high"}, Cheapest(800.0, "high")),
        ({"kind": "fastest", "cost_usd": 0.01, "quality": "basic"}, Fastest(0.01, "basic")),
        ({"kind": "weighted", "weights": {"a": 1, "b": 0}}, Weighted({"a": 1.0, "b": 0.0})),
    ],
    ids=["declared", "cheapest", "fastest", "weighted"],
)
def test_each_policy_is_read(value: object, policy: object) -> None:
    assert read_policy(value, "policy") == policy


@pytest.mark.parametrize(
    "value",
    [
        pytest.param({"kind": "random"}, id="unknown kind"),
        pytest.param({"kind": "declared", "quality": "high"}, id="unknown key"),
        pytest.param({"kind": "cheapest", "latency_ms": 0, "quality": "high"}, id="no latency"),
        pytest.param({"kind": "cheapest", "latency_ms": 1, "quality": "best"}, id="unknown quality"),
        pytest.param({"kind": "fastest", "quality": "high"}, id="missing key"),
        pytest.param({"kind": "weighted", "weights": {"a": 0}}, id="no weight"),
        pytest.param({"kind": "weighted", "weights": {}}, id="no weights"),
        pytest.param({"kind": "weighted", "weights": {"a": -1, "b": 2}}, id="negative weight"),
        pytest.param({"kind": "weighted", "weights": {"a": float("nan")}}, id="NaN"),
        pytest.param([], id="no mapping"),
    ],
)
def test_another_policy_is_refused(value: object) -> None:
    with pytest.raises(RouteFileError):
        read_policy(value, "policy")
