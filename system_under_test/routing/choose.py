"""The policy that picks a route: the one the request pins, else the declared default."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from system_under_test.routing.errors import RouteUnavailableError, UnknownRouteError
from system_under_test.routing.routes import HostedRoute, Route, Routes

ChoiceReason = Literal["pinned by the request", "declared default"]


@dataclass(frozen=True, slots=True)
class Choice:
    """The route that was picked, and why."""

    route: Route
    reason: ChoiceReason


def choose(routes: Routes, pinned: str | None, environment: Mapping[str, str]) -> Choice:
    """The route for a request; `environment` says which hosted routes can be reached.

    Raises UnknownRouteError, or RouteUnavailableError, which names the variable that is not set. A pinned route is
    never silently replaced by another.
    """
    name = routes.default if pinned is None else pinned
    route = routes.by_name.get(name)
    if route is None:
        raise UnknownRouteError("the request names a route that is not declared")
    if isinstance(route, HostedRoute):
        for variable in (route.model_env, route.api_base_env, route.api_key_env):
            if not environment.get(variable):
                raise RouteUnavailableError(f"route {name} is unavailable: {variable} is not set")
    return Choice(route, "declared default" if pinned is None else "pinned by the request")
