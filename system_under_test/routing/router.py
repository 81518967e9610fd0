"""From a question to an answer over a route that may be taken: the choice, and what happens when a route fails.

Nothing is hedged: a second call beside a slow first one would be paid for, and would show the passages to a second
provider, for an answer that only one of them gives.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final, Literal

from system_under_test.nouns import Retrieved
from system_under_test.routing.answer import Answer, Answerer
from system_under_test.routing.budget import Ledger
from system_under_test.routing.choose import Asked, Choice, NotTaken, decide, named, refusal
from system_under_test.routing.clock import Clock
from system_under_test.routing.eligibility import State, estimate_usd, forbidden_to, reachable, ruled_out
from system_under_test.routing.errors import (
    BudgetSpentError,
    FaultKind,
    RouteBusyError,
    RouteFailedError,
    RouteUnavailableError,
)
from system_under_test.routing.evidence import Vector
from system_under_test.routing.guard import Guard
from system_under_test.routing.health import Health
from system_under_test.routing.policies import Cheapest, Fastest
from system_under_test.routing.retrying import retried
from system_under_test.routing.routes import HostedRoute, Route, Routes, Timeouts

_LATE: Final = "the time for the request is up"


@dataclass(frozen=True, slots=True)
class Attempt:
    """One call to a route, or one that was not made because of what the outcome says."""

    route: str
    outcome: Literal["answered", "busy", "budget", "circuit_open"] | FaultKind
    total_ms: float
    first_token_ms: float | None = None
    cost_usd: float | None = None
    """None where nobody knows what it cost."""


@dataclass(frozen=True, slots=True)
class Routed:
    """An answer, and the route that gave it: another than was chosen first, where that one failed."""

    choice: Choice
    answer: Answer


class Router:
    """Chooses among the declared routes and asks the chosen one. Safe to use from several threads."""

    def __init__(
        self, routes: Routes, answerer: Answerer, environment: Mapping[str, str], clock: Clock | None = None
    ) -> None:
        self._routes = routes
        self._answerer = answerer
        self._environment = environment
        self._clock = clock or Clock()
        self._health = Health(self._clock)
        ledger = Ledger(self._clock)
        self._guards = {
            name: Guard(route, ledger, self._clock)
            for name, route in routes.by_name.items()
            if isinstance(route, HostedRoute)
        }

    def admit(self, asked: Asked) -> None:
        """Turn away, before anything is retrieved, a request that pins a route which it cannot have.

        Raises UnknownRouteError, RouteForbiddenError, or RouteUnavailableError, which names the missing variable.
        """
        if asked.pinned is None or (asked.may_fall_back and asked.pinned in self._routes.by_name):
            return
        route = named(self._routes, asked.pinned, self._environment)
        forbidden = forbidden_to(route, self._routes.constraints(asked.tenant))
        if forbidden is not None:
            raise refusal(forbidden)

    def choose(self, asked: Asked, found: Retrieved) -> Choice:
        """The route for a request, now that its passages are known. Raises as `choose.decide` does."""
        states = {name: self._state(route, asked.tenant) for name, route in self._routes.by_name.items()}
        return decide(self._routes, asked, found.passages, states)

    def answer(
        self, choice: Choice, asked: Asked, query: Vector, found: Retrieved, note: Callable[[Attempt], None]
    ) -> Routed:
        """The answer of the chosen route, or of the first in its declared order that gives one. Blocks.

        `note` is told of every attempt. Raises what the first route that was asked failed with: RouteFailedError, or
        a RouteUnavailableError where nothing was sent.
        """
        deadline_s = self._clock.monotonic() + self._routes.deadline_s
        trouble: RouteFailedError | RouteUnavailableError
        try:
            return Routed(choice, self._on(_Call(choice, asked, query, found, deadline_s), note))
        except (RouteFailedError, RouteUnavailableError) as fault:
            trouble = fault
        for taken in self._others(choice, asked, found):
            try:
                return Routed(taken, self._on(_Call(taken, asked, query, found, deadline_s), note))
            except (RouteFailedError, RouteUnavailableError) as fault:
                if not isinstance(trouble, RouteFailedError):
                    trouble = fault
        raise trouble

    def _others(self, choice: Choice, asked: Asked, found: Retrieved) -> Iterator[Choice]:
        """Each route that may stand in for the choice and may be taken at that moment, in the declared order."""
        if asked.pinned is not None and not asked.may_fall_back:
            return
        failed = [choice.route.name]
        for name in choice.then:
            route = self._routes.by_name[name]
            constraints, state = self._routes.constraints(asked.tenant), self._state(route, asked.tenant)
            if ruled_out(route, constraints, asked.question, found.passages, state) is None:
                others = tuple(one for one in choice.not_taken if one.route not in (name, *failed))
                tried = tuple(NotTaken(one, "failed") for one in failed)
                yield Choice(route, "next in the declared order", (*others, *tried))
                failed.append(name)

    def _on(self, call: "_Call", note: Callable[[Attempt], None]) -> Answer:
        route = call.choice.route
        if not isinstance(route, HostedRoute):
            return self._attempt(route.name, lambda: self._ask(call), note)
        estimate = estimate_usd(route, call.asked.question, call.found.passages)
        guard, asked = self._guards[route.name], call.asked

        def attempt() -> Answer:
            shortened = call.shortened(self._clock.monotonic())
            return guard.call(asked.tenant, estimate, lambda: self._in_time(shortened, route.timeouts))

        def noted() -> Answer:
            return self._attempt(route.name, attempt, note)

        return retried(noted, route.retries, asked.key, call.deadline_s, self._clock)

    def _attempt(self, name: str, make: Callable[[], Answer], note: Callable[[Attempt], None]) -> Answer:
        started_s = self._clock.monotonic()

        def spent_ms() -> float:
            return (self._clock.monotonic() - started_s) * 1_000

        try:
            answer = make()
        except RouteFailedError as fault:
            note(Attempt(name, fault.kind, spent_ms(), cost_usd=fault.cost_usd))
            raise
        except RouteUnavailableError as fault:
            note(Attempt(name, _unsent(fault), spent_ms(), cost_usd=0.0))
            raise
        total_ms = spent_ms()
        self._health.answered(name, total_ms)
        note(Attempt(name, "answered", total_ms, answer.first_token_ms, answer.cost_usd))
        return answer

    def _in_time(self, call: "_Call", declared: Timeouts) -> Answer:
        """The answer to a shortened call. A timeout at its end says that the request, not the route, took too long."""
        route = call.choice.route
        shorter = isinstance(route, HostedRoute) and route.timeouts != declared
        try:
            return self._ask(call)
        except RouteFailedError as fault:
            if fault.kind == "timeout" and shorter and self._clock.monotonic() >= call.deadline_s:
                raise RouteFailedError(_LATE, "out_of_time", cost_usd=fault.cost_usd) from None
            raise

    def _ask(self, call: "_Call") -> Answer:
        return self._answerer.answer(call.choice, call.asked.question, call.query, call.found)

    def _state(self, route: Route, tenant: str) -> State:
        measured = isinstance(self._routes.policy, Cheapest | Fastest)
        latency_ms = self._health.latency_ms(route.name) if measured else None
        if isinstance(route, HostedRoute):
            configured = reachable(route, self._environment)
            return self._guards[route.name].state(tenant, reachable=configured, latency_ms=latency_ms)
        return State(latency_ms=latency_ms)


@dataclass(frozen=True, slots=True)
class _Call:
    choice: Choice
    asked: Asked
    query: Vector
    found: Retrieved
    deadline_s: float

    def shortened(self, now_s: float) -> "_Call":
        """The same call with the time that is left. Raises RouteFailedError where none is."""
        route, left_s = self.choice.route, self.deadline_s - now_s
        if left_s <= 0:
            raise RouteFailedError(_LATE, "out_of_time", cost_usd=0.0)
        if not isinstance(route, HostedRoute):
            return self
        given = route.timeouts
        timeouts = replace(
            given,
            connect_s=min(given.connect_s, left_s),
            first_token_s=min(given.first_token_s, left_s),
            total_s=min(given.total_s, left_s),
        )
        return replace(self, choice=replace(self.choice, route=replace(route, timeouts=timeouts)))


def _unsent(fault: RouteUnavailableError) -> Literal["busy", "budget", "circuit_open"]:
    if isinstance(fault, BudgetSpentError):
        return "budget"
    return "busy" if isinstance(fault, RouteBusyError) else "circuit_open"
