"""The choice of a route, with the reason for each one that was not taken. Pure: what is live is handed in."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from system_under_test.nouns import RankedPassage
from system_under_test.routing.eligibility import FORBIDDEN, RuledOut, State, estimate_usd, missing_variables, ruled_out
from system_under_test.routing.errors import (
    BudgetSpentError,
    CircuitOpenError,
    NoRouteError,
    RouteBusyError,
    RouteForbiddenError,
    RouteUnavailableError,
    UnknownRouteError,
)
from system_under_test.routing.policies import (
    Candidate,
    Cheapest,
    Fastest,
    Passed,
    Pick,
    Weighted,
    cheapest,
    declared,
    fastest,
    pinned,
    weighted,
)
from system_under_test.routing.routes import Route, Routes

ChoiceReason = Literal[
    "pinned by the request",
    "declared default",
    "cheapest within the latency budget",
    "fastest under the cost cap",
    "share of the conversations",
    "next in the declared order",
]


_DEFAULT: Final[ChoiceReason] = "declared default"


@dataclass(frozen=True, slots=True)
class NotTaken:
    """A route that was not taken, and why."""

    route: str
    reason: RuledOut | Passed | Literal["failed"]


@dataclass(frozen=True, slots=True)
class Choice:
    """The route that was picked, why, and why none of the others was."""

    route: Route
    reason: ChoiceReason
    not_taken: tuple[NotTaken, ...] = ()
    then: tuple[str, ...] = ()
    """The routes to try if this one fails, in this order."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a choice depends on, beside the passages. It says who pays and holds no token and no subject."""

    question: str
    tenant: str
    pinned: str | None = None
    may_fall_back: bool = False
    """Whether another route may stand in for the pinned one."""
    key: str = ""
    """The conversation's id, else the request's: what a share of the traffic is cut by."""


def named(routes: Routes, name: str, environment: Mapping[str, str]) -> Route:
    """The route that a request names, before anything is known of tenant and passages.

    Raises UnknownRouteError, or RouteUnavailableError, which names the variable that is not set. A pinned route is
    never silently replaced by another.
    """
    route = routes.by_name.get(name)
    if route is None:
        raise UnknownRouteError("the request names a route that is not declared")
    missing = next(missing_variables(route, environment), None)
    if missing is not None:
        raise RouteUnavailableError(f"route {name} is unavailable: {missing} is not set")
    return route


def decide(routes: Routes, asked: Asked, passages: tuple[RankedPassage, ...], states: Mapping[str, State]) -> Choice:
    """The route for a request, from what is live of each declared route (`states`, by name).

    A pinned route is taken or refused, unless the request admits another. Where the policy picks nothing, the default
    is taken, and where that is ruled out, the first of its declared order that is not. Raises UnknownRouteError or a
    RouteUnavailableError, whose class tells why.
    """
    out = _ruled_out(routes, asked, passages, states)
    candidates = [
        _candidate(route, asked, passages, states[name]) for name, route in routes.by_name.items() if name not in out
    ]
    if asked.pinned is None:
        start, (pick, reason) = routes.default, _by_policy(routes, candidates, asked.key)
    else:
        start, (pick, reason) = asked.pinned, _as_pinned(routes, asked.pinned, asked, candidates, out)
    name = pick.name
    order: tuple[str, ...] = ()
    if name is None:
        order, reason = _next(routes, start, out), "next in the declared order"
        name = order[0]
    reasons: dict[str, RuledOut | Passed] = {**pick.passed, **out}
    others = (other for other in routes.by_name if other != name)
    not_taken = tuple(NotTaken(one, reasons[one]) for one in others)
    then = dict.fromkeys((*order[1:], *routes.by_name[name].terms.fallback))
    return Choice(routes.by_name[name], reason, not_taken, tuple(then))


def refusal(why: RuledOut) -> RouteUnavailableError:
    """The error for a request that insists on a route that is ruled out."""
    if why in FORBIDDEN:
        return RouteForbiddenError("the route may not be taken for this tenant and these passages")
    if why == "budget":
        return BudgetSpentError("the tenant's budget for the route is spent for today")
    if why == "busy":
        return RouteBusyError("the route has as many calls under way as it may")
    if why == "circuit_open":
        return CircuitOpenError("the route failed too often and is left alone for a while")
    return RouteUnavailableError(f"the route is unavailable: {why}")


def _ruled_out(
    routes: Routes, asked: Asked, passages: tuple[RankedPassage, ...], states: Mapping[str, State]
) -> dict[str, RuledOut]:
    constraints = routes.constraints(asked.tenant)
    found = {}
    for name, route in routes.by_name.items():
        why = ruled_out(route, constraints, asked.question, passages, states[name])
        if why is not None:
            found[name] = why
    return found


def _candidate(route: Route, asked: Asked, passages: tuple[RankedPassage, ...], state: State) -> Candidate:
    latency_ms = route.terms.expected_ms if state.latency_ms is None else state.latency_ms
    return Candidate(route.name, route.terms.quality, latency_ms, estimate_usd(route, asked.question, passages))


def _as_pinned(
    routes: Routes, name: str, asked: Asked, candidates: list[Candidate], out: Mapping[str, RuledOut]
) -> tuple[Pick, ChoiceReason]:
    if name not in routes.by_name:
        raise UnknownRouteError("the request names a route that is not declared")
    if name in out and not asked.may_fall_back:
        raise refusal(out[name])
    return pinned(candidates, name), "pinned by the request"


def _by_policy(routes: Routes, candidates: list[Candidate], key: str) -> tuple[Pick, ChoiceReason]:
    policy, default = routes.policy, declared(candidates, routes.default)
    pick, reason = default, _DEFAULT
    if isinstance(policy, Cheapest):
        pick, reason = cheapest(candidates, policy), "cheapest within the latency budget"
    elif isinstance(policy, Fastest):
        pick, reason = fastest(candidates, policy), "fastest under the cost cap"
    elif isinstance(policy, Weighted):
        pick, reason = weighted(candidates, policy, key), "share of the conversations"
    if pick.name is None:  # nothing meets the policy, so the default is taken all the same
        return Pick(default.name, {**default.passed, **pick.passed}), _DEFAULT
    return pick, reason


def _next(routes: Routes, start: str, out: Mapping[str, RuledOut]) -> tuple[str, ...]:
    """The declared order of a route that is ruled out, from the first one on that is not."""
    order = routes.by_name[start].terms.fallback
    for place, name in enumerate(order):
        if name not in out:
            return order[place:]
    raise NoRouteError("no declared route may be taken for this request")
