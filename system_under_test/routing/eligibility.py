"""Which routes may be taken for one request at all. Pure: what is live is handed in."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from system_under_test.nouns import RankedPassage
from system_under_test.routing.routes import HostedRoute, Route
from system_under_test.routing.tenants import Constraints, classes_of

RuledOut = Literal["region", "provider", "data_class", "context", "endpoint", "circuit_open", "busy", "budget"]
"""Why a route may not be taken: by the tenant's constraints, by the classes of the passages, because the passages do
not fit its context, because its endpoint is not configured, because its circuit is open, because too many calls are
under way, because the tenant has spent its budget."""

FORBIDDEN: Final[frozenset[RuledOut]] = frozenset({"region", "provider", "data_class"})
"""What no waiting and no configuration of the endpoint changes."""

_BYTES_A_TOKEN: Final = 3
"""English takes about four; the estimate is meant to be too high rather than too low."""
_FRAME_BYTES: Final = 200
"""Ids and member names around one passage."""


@dataclass(frozen=True, slots=True)
class State:
    """What is live of one route for one tenant."""

    reachable: bool = True
    """Every environment variable that it needs is set."""
    circuit_open: bool = False
    busy: bool = False
    left_usd: float | None = None
    """What the tenant may still spend here today; None where nothing is limited."""
    latency_ms: float | None = None
    """Measured; None where there are too few calls."""


def ruled_out(
    route: Route, constraints: Constraints, question: str, passages: tuple[RankedPassage, ...], state: State
) -> RuledOut | None:
    """Why the route may not be taken, or None. What is forbidden comes before what is missing.

    Every retrieved passage counts, also one that the route's prompt would not hold: no passage is left out to make a
    route fit.
    """
    forbidden = forbidden_to(route, constraints) or _class(route, constraints, passages)
    if forbidden is not None:
        return forbidden
    if not state.reachable:
        return "endpoint"
    if isinstance(route, HostedRoute) and prompt_tokens(route, question, passages) > _room(route):
        return "context"
    if state.circuit_open:
        return "circuit_open"
    if state.busy:
        return "busy"
    short = state.left_usd is not None and estimate_usd(route, question, passages) > state.left_usd
    return "budget" if short else None


def forbidden_to(route: Route, constraints: Constraints) -> RuledOut | None:
    """What of the tenant's constraints rules the route out whatever is asked, or None."""
    if route.terms.region not in constraints.regions:
        return "region"
    return None if route.terms.provider in constraints.providers else "provider"


def prompt_tokens(route: HostedRoute, question: str, passages: tuple[RankedPassage, ...]) -> int:
    """An estimate of the prompt's length, rather too high, in tokens."""
    texts = [route.prompt, question]
    for ranked in passages[: route.passages]:
        texts += [ranked.passage.text, ranked.passage.heading, ranked.passage.document.title]
    size = sum(len(one.encode("utf-8")) for one in texts) + _FRAME_BYTES * (len(passages[: route.passages]) + 1)
    return -(-size // _BYTES_A_TOKEN)


def estimate_usd(route: Route, question: str, passages: tuple[RankedPassage, ...]) -> float:
    """What a call is estimated to cost at most. An extractive route costs nobody money: its price is a figure only."""
    if isinstance(route, HostedRoute):
        return route.price.of(prompt_tokens(route, question, passages), route.output_tokens)
    return 0.0


def missing_variables(route: Route, environment: Mapping[str, str]) -> Iterator[str]:
    """The variables that the route needs and that are not set, or empty."""
    if isinstance(route, HostedRoute):
        yield from (name for name in route.variables if not environment.get(name))


def reachable(route: Route, environment: Mapping[str, str]) -> bool:
    """Whether every variable that the route needs is set."""
    return next(missing_variables(route, environment), None) is None


def _class(route: Route, constraints: Constraints, passages: tuple[RankedPassage, ...]) -> Literal["data_class"] | None:
    admitted = route.terms.data_classes
    if isinstance(route, HostedRoute):
        admitted &= constraints.classes_outside
    return None if classes_of(passages) <= admitted else "data_class"


def _room(route: HostedRoute) -> int:
    return route.context_tokens - route.output_tokens
