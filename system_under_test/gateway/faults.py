"""Which fault is told to the caller as what. A caller learns the kind of a fault, never its circumstances."""

from system_under_test.audit.records import Outcome
from system_under_test.gateway.key_sources import KeysUnavailableError
from system_under_test.gateway.rejection import RejectedError
from system_under_test.gateway.requests import BadRequestError, TooLargeError
from system_under_test.gateway.trail import Trail
from system_under_test.gateway.wire import Sent, error
from system_under_test.routing.errors import RouteFailedError, RouteUnavailableError, UnknownRouteError


class NotAuditorError(Exception):
    """The caller is known and may not read audit records."""


class NotFoundError(Exception):
    """There is no such record, or it is another tenant's: the caller cannot tell which."""


def sent_for(fault: Exception, trail: Trail) -> Sent:
    """The response to a fault; the trail is told how the request ended."""
    if isinstance(fault, RejectedError):
        trail.ended("unauthenticated", fault.reason)
        return unauthenticated(trail.id)
    for kind, status, code, outcome, message in _TABLE:
        if isinstance(fault, kind):
            trail.ended(outcome, code)
            return error(status, code, message or str(fault), trail.id)
    trail.ended("failed", type(fault).__name__)
    return error(500, "internal", "the request failed", trail.id)


def unauthenticated(request_id: str) -> Sent:
    """The one answer to every token that is refused, whatever is wrong with it."""
    return error(401, "unauthenticated", "authentication failed", request_id, {"www-authenticate": "Bearer"})


def not_auditable(request_id: str) -> Sent:
    """The answer where no record can be kept."""
    return error(503, "unavailable", "the service is unavailable", request_id)


_TABLE: tuple[tuple[type[Exception], int, str, Outcome, str | None], ...] = (
    (TooLargeError, 413, "too_large", "bad_request", "the body is too large"),
    (BadRequestError, 400, "bad_request", "bad_request", None),
    (UnknownRouteError, 400, "unknown_route", "bad_request", None),
    (RouteUnavailableError, 503, "route_unavailable", "unavailable", None),
    (RouteFailedError, 502, "route_failed", "failed", "the model behind the route gave no usable answer"),
    (KeysUnavailableError, 503, "unavailable", "unavailable", "the service is unavailable"),
    (NotAuditorError, 403, "forbidden", "forbidden", "not allowed"),
    (NotFoundError, 404, "not_found", "not_found", "there is no such record"),
)
