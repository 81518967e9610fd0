"""Which fault is told to the caller as what. A caller learns the kind of a fault, never its circumstances.

For one status and code there is one body, but for `request_id`, and one set of headers.
"""

from starlette.requests import ClientDisconnect

from system_under_test.audit.log import AuditError
from system_under_test.audit.records import Outcome
from system_under_test.errors import IndexFault, StoreError, VectorCacheError
from system_under_test.gateway.admission import TooManyError
from system_under_test.gateway.rejection import IdentityUnavailableError, RejectedError
from system_under_test.gateway.requests import BadRequestError, HeadTooLargeError, SlowBodyError, TooLargeError
from system_under_test.gateway.trail import Trail
from system_under_test.gateway.wire import Sent, error
from system_under_test.routing.errors import (
    BudgetSpentError,
    RouteBusyError,
    RouteFailedError,
    RouteForbiddenError,
    RouteUnavailableError,
    UnknownRouteError,
)


class NotAllowedError(Exception):
    """The caller is known and may not do this."""


class NotFoundError(Exception):
    """There is no such thing, or it is another's: the caller cannot tell which."""


def sent_for(fault: Exception, trail: Trail) -> Sent:
    """The response to a fault; the trail is told how the request ended."""
    if isinstance(fault, RejectedError):
        if fault.jwks_stale is not None:
            trail.keys_were(stale=fault.jwks_stale)
        trail.ended("unauthenticated", fault.reason)
        return unauthenticated(trail.id)
    if isinstance(fault, TooManyError):
        trail.ended("limited", "too_many_requests")
        return too_many(trail.id, fault.retry_after_s)
    if isinstance(fault, BadRequestError):
        trail.ended("bad_request", fault.code)
        return error(400, fault.code, str(fault), trail.id)
    for kind, status, code, outcome, message in _TABLE:
        if isinstance(fault, kind):
            trail.ended(outcome, code)
            return error(status, code, message, trail.id)
    trail.ended("failed", type(fault).__name__)
    return broken(trail.id)


def unauthenticated(request_id: str) -> Sent:
    """The one answer to every token that is refused, whatever is wrong with it."""
    return error(401, "unauthenticated", "authentication failed", request_id, {"www-authenticate": "Bearer"})


def too_many(request_id: str, retry_after_s: int) -> Sent:
    """The answer to a tenant that asks more than it may."""
    return error(429, "too_many_requests", "too many requests", request_id, {"retry-after": str(retry_after_s)})


def broken(request_id: str) -> Sent:
    """The answer to a fault that nobody foresaw."""
    return error(500, "internal", "the request failed", request_id)


def not_auditable(request_id: str) -> Sent:
    """The answer where no record can be kept."""
    return error(503, "unavailable", "the service is unavailable", request_id)


def no_such_endpoint(status: int, request_id: str) -> Sent:
    """The answer where the address, or the verb there, means nothing."""
    if status == 405:
        return error(status, "method_not_allowed", "the endpoint does not take this method", request_id)
    return error(404, "no_such_endpoint", "there is no such endpoint", request_id)


_TABLE: tuple[tuple[type[Exception], int, str, Outcome, str], ...] = (
    (HeadTooLargeError, 431, "head_too_large", "bad_request", "the address and headers are too large"),
    (TooLargeError, 413, "too_large", "bad_request", "the body is too large"),
    (SlowBodyError, 408, "body_too_slow", "bad_request", "the body did not arrive in time"),
    (ClientDisconnect, 400, "disconnected", "bad_request", "the caller went away"),
    (UnknownRouteError, 400, "unknown_route", "bad_request", "the request names a route that is not declared"),
    (RouteForbiddenError, 403, "route_forbidden", "forbidden", "the route may not be taken for this question"),
    (BudgetSpentError, 503, "budget_spent", "unavailable", "the budget for this route is spent for today"),
    (RouteBusyError, 503, "route_busy", "unavailable", "the route has as many calls under way as it may"),
    (RouteUnavailableError, 503, "route_unavailable", "unavailable", "the route is not available"),
    (RouteFailedError, 502, "route_failed", "failed", "the model behind the route gave no usable answer"),
    (AuditError, 503, "unavailable", "unavailable", "the service is unavailable"),
    (StoreError, 503, "unavailable", "unavailable", "the service is unavailable"),
    (IndexFault, 503, "unavailable", "unavailable", "the service is unavailable"),
    (VectorCacheError, 503, "unavailable", "unavailable", "the service is unavailable"),
    (IdentityUnavailableError, 503, "unavailable", "unavailable", "the service is unavailable"),
    (NotAllowedError, 403, "forbidden", "forbidden", "not allowed"),
    (NotFoundError, 404, "not_found", "not_found", "there is no such thing"),
)
"""Subclasses before their bases."""
