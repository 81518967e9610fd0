"""What can go wrong between a question and its answer.

::

    ReferenceSystemError
    |-- RouteFileError              routes.yaml is not one this system can start with
    |-- UnknownRouteError           the request names a route that is not declared
    |-- RouteUnavailableError       the route is declared, and something it needs is not there
    |   |-- RouteForbiddenError     the tenant's constraints or the classes of the passages rule it out
    |   |-- RouteBusyError          as many calls are under way as the route or the tenant may have
    |   |-- CircuitOpenError        the route failed too often lately and is left alone for a while
    |   |-- BudgetSpentError        the tenant has spent what it may spend on the route today
    |   `-- NoRouteError            no declared route may be taken
    `-- RouteFailedError            the model did not answer, or its answer cannot be used
"""

from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

from system_under_test.errors import ReferenceSystemError

FaultKind = Literal[
    "rate_limited",
    "timeout",
    "out_of_time",
    "unreachable",
    "server_error",
    "interrupted",
    "malformed",
    "wrong_model",
    "credentials",
    "not_found",
    "no_usage",
    "bad_request",
    "content_filter",
    "cut_off",
    "empty",
    "unusable_reply",
]


@dataclass(frozen=True, slots=True)
class Treatment:
    """What a kind of fault leads to. Every kind may lead to the next route of the declared order."""

    again: bool
    """The same route may be asked again."""
    blames_route: bool
    """It counts towards opening the route's circuit.

    Only what the provider does by itself may count. What a question or a passage can bring about must not: one tenant
    could otherwise close the route for all the others.
    """
    tells_nothing: bool = False
    """The provider did not get the time that the route declares, so nothing of it was seen: the fault counts neither
    for the route nor against it."""


TREATMENTS: Final = MappingProxyType[FaultKind, Treatment](
    {
        "rate_limited": Treatment(again=True, blames_route=True),
        "timeout": Treatment(again=True, blames_route=True),
        "out_of_time": Treatment(again=False, blames_route=False, tells_nothing=True),
        "unreachable": Treatment(again=True, blames_route=True),
        "server_error": Treatment(again=True, blames_route=True),
        "interrupted": Treatment(again=True, blames_route=True),
        "malformed": Treatment(again=True, blames_route=True),
        "wrong_model": Treatment(again=False, blames_route=True),
        "credentials": Treatment(again=False, blames_route=True),
        "not_found": Treatment(again=False, blames_route=True),
        "no_usage": Treatment(again=False, blames_route=True),
        "bad_request": Treatment(again=False, blames_route=False),
        "content_filter": Treatment(again=False, blames_route=False),
        "cut_off": Treatment(again=False, blames_route=False),
        "empty": Treatment(again=False, blames_route=False),
        "unusable_reply": Treatment(again=False, blames_route=False),
    }
)


class RouteFileError(ReferenceSystemError):
    """The routes file is malformed."""


class UnknownRouteError(ReferenceSystemError):
    """The request names a route that is not declared."""


class RouteUnavailableError(ReferenceSystemError):
    """The route needs something that is not there; the message names it."""


class RouteForbiddenError(RouteUnavailableError):
    """The tenant, or a passage that was found for it, rules the route out."""


class RouteBusyError(RouteUnavailableError):
    """The route, or the tenant on it, has as many calls under way as it may."""


class CircuitOpenError(RouteUnavailableError):
    """The route failed too often lately. Nothing was sent."""


class BudgetSpentError(RouteUnavailableError):
    """The call could cost more than the tenant has left on this route today. Nothing was sent."""


class NoRouteError(RouteUnavailableError):
    """Every declared route is ruled out for this request."""


class RouteFailedError(ReferenceSystemError):
    """The model behind the route did not give a usable answer. The message quotes nothing of it."""

    def __init__(
        self,
        message: str,
        kind: FaultKind = "unusable_reply",
        *,
        retry_after_s: float | None = None,
        cost_usd: float | None = None,
    ) -> None:
        super().__init__(message)
        self.kind = kind
        self.retry_after_s = retry_after_s
        """What the provider asks for, in seconds."""
        self.cost_usd = cost_usd
        """What the call cost; None where nobody can know."""
