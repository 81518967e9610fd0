"""The law of the router: what a tenant, its passages or a limit rule out is never asked, whatever else is the case.

Hypothesis draws seeds; each seed makes many small worlds. Drawn value by value, a run would see too few of them.
"""

import random
from collections.abc import Sequence
from contextlib import suppress
from types import ModuleType
from typing import Any, TypeVar

from hypothesis import given, settings
from hypothesis import strategies as st

from system_under_test.nouns import CLASSIFICATIONS, Retrieved
from system_under_test.routing.choose import Asked, decide
from system_under_test.routing.eligibility import State
from system_under_test.routing.errors import RouteFailedError, RouteUnavailableError
from system_under_test.routing.policies import QUALITIES, Cheapest, Declared, Fastest, Policy, Weighted
from system_under_test.routing.routes import HostedRoute, Route
from system_under_test.routing.tenants import Constraints

NAMES = ("a", "b", "c", "d")
KINDS = ("server_error", "rate_limited", "content_filter", "wrong_model")
WORLDS = 25
T = TypeVar("T")
law = settings(max_examples=60, deadline=None)
seeds = given(st.integers(0, 2**32))


class World:
    """Four routes of any kind, a tenant with any constraints, and a request of it."""

    def __init__(self, fakes: ModuleType, chance: random.Random) -> None:
        self.chance = chance
        self.tenant = Constraints(
            self.most(["local", "eu", "us"]), self.most(["extractive", "one", "two"]), self.most(CLASSIFICATIONS)
        )
        declared = [self.route(fakes, name) for name in NAMES]
        self.routes = fakes.routes(*declared, policy=self.policy(), acme=self.tenant)
        self.states = {name: self.state() for name in NAMES}
        self.held = [chance.choice([*CLASSIFICATIONS, "unheard of"]) for _ in range(chance.randrange(3))]
        pinned = chance.choice(NAMES) if chance.random() < 0.5 else None
        self.asked = Asked("?", "acme", pinned, chance.random() < 0.5, str(chance.random()))
        self.faults = [fakes.failing(chance.choice(KINDS)) for _ in range(6)]

    def most(self, values: Sequence[T]) -> frozenset[T]:
        """Each value with a chance of four in five."""
        return frozenset(one for one in values if self.chance.random() < 0.8)

    def route(self, fakes: ModuleType, name: str) -> Route:
        order = self.chance.sample([one for one in NAMES if one != name], self.chance.randrange(4))
        terms: dict[str, Any] = {"data_classes": self.most(CLASSIFICATIONS), "fallback": tuple(order)}
        terms["quality"] = self.chance.choice(QUALITIES)
        if self.chance.random() < 0.7:
            where = {"region": self.chance.choice(["eu", "us"]), "provider": self.chance.choice(["one", "two"])}
            return fakes.hosted(name, **where, **terms)  # type: ignore[no-any-return]
        plain = fakes.extractive(name)
        return fakes.replace(plain, terms=fakes.replace(plain.terms, **terms))  # type: ignore[no-any-return]

    def policy(self) -> Policy:
        chance = self.chance
        return chance.choice(
            [
                Declared(),
                Cheapest(chance.uniform(1, 4_000), chance.choice(QUALITIES)),
                Fastest(chance.uniform(0.0001, 0.01), chance.choice(QUALITIES)),
                Weighted({name: chance.uniform(0.1, 10) for name in chance.sample(NAMES, 2)}),
            ]
        )

    def state(self) -> State:
        def rarely() -> bool:
            return self.chance.random() < 0.15

        left = self.chance.choice([None, 1.0, 0.0001])
        return State(reachable=not rarely(), circuit_open=rarely(), busy=rarely(), left_usd=left)


def allowed(route: Route, tenant: Constraints, held: set[str]) -> bool:
    """The rule, written a second time."""
    unknown_is_highest = {each if each in CLASSIFICATIONS else "restricted" for each in held}
    if isinstance(route, HostedRoute) and not unknown_is_highest <= tenant.classes_outside:
        return False
    seen = unknown_is_highest <= route.terms.data_classes
    return seen and route.terms.region in tenant.regions and route.terms.provider in tenant.providers


def test_what_is_ruled_out_is_never_chosen(fakes: ModuleType) -> None:
    @law
    @seeds
    def holds(seed: int) -> None:
        chance = random.Random(seed)
        for world in (World(fakes, chance) for _ in range(WORLDS)):
            with suppress(RouteUnavailableError):
                choice = decide(world.routes, world.asked, fakes.passages(*world.held), world.states)

                taken, live, asked = choice.route, world.states[choice.route.name], world.asked
                assert allowed(taken, world.tenant, set(world.held))
                assert live.reachable
                assert not live.circuit_open
                assert not live.busy
                assert asked.pinned in (None, taken.name) or asked.may_fall_back
                assert [one.route for one in choice.not_taken] == [name for name in NAMES if name != taken.name]

    holds()


def test_what_is_ruled_out_is_never_asked_when_routes_fail(fakes: ModuleType) -> None:
    @law
    @seeds
    def holds(seed: int) -> None:
        chance = random.Random(seed)
        for world in (World(fakes, chance) for _ in range(WORLDS)):
            setup, asked = fakes.routing(world.routes, *world.faults), world.asked

            with suppress(RouteFailedError, RouteUnavailableError):
                setup.ask(asked, fakes.passages(*world.held))

            assert all(allowed(route, world.tenant, set(world.held)) for route in setup.script.asked)
            assert asked.pinned is None or asked.may_fall_back or set(setup.script.names) <= {asked.pinned}

    holds()


def test_the_worlds_are_neither_all_closed_nor_all_open(fakes: ModuleType) -> None:
    chance, taken, turned_away = random.Random(1), 0, 0

    for world in (World(fakes, chance) for _ in range(300)):
        try:
            decide(world.routes, world.asked, fakes.passages(*world.held), world.states)
            taken += 1
        except RouteUnavailableError:
            turned_away += 1

    assert taken > 60
    assert turned_away > 60


def test_the_law_notices_a_rule_that_is_left_out(fakes: ModuleType) -> None:
    outside = fakes.hosted("a", data_classes=frozenset({"public"}))
    routes = fakes.routes(outside)
    lenient = fakes.routes(
        fakes.replace(outside, terms=fakes.replace(outside.terms, data_classes=frozenset(CLASSIFICATIONS)))
    )

    choice = decide(lenient, Asked("?", "acme"), fakes.passages("internal"), {"a": State()})

    assert not allowed(outside, routes.tenants["acme"], {"internal"})
    assert choice.route.name == "a"


def test_a_tenant_that_is_not_named_stays_in_this_process(fakes: ModuleType) -> None:
    routes = fakes.routes(fakes.hosted("a", fallback=("b",)), fakes.extractive("b"))
    setup = fakes.routing(routes, fakes.GOOD)

    choice = setup.router.choose(Asked("?", "globex"), Retrieved(fakes.passages("public")))

    assert choice.route.name == "b"
    assert [(one.route, one.reason) for one in choice.not_taken] == [("a", "region")]
