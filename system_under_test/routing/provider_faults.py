"""What a provider's fault means, by class, status code and one header. No message is read: it can hold a prompt."""

import math
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from types import MappingProxyType
from typing import Final

import httpx
import openai

from system_under_test.routing.errors import FaultKind

_BY_STATUS: Final = MappingProxyType[int, FaultKind](
    {
        401: "credentials",
        402: "credentials",
        403: "credentials",
        404: "not_found",
        408: "timeout",
        409: "server_error",
        410: "not_found",
        425: "server_error",
        429: "rate_limited",
    }
)
_CLIENT_ERROR: Final = 400
_SERVER_ERROR: Final = 500


def kind_of(fault: Exception, filtered: type[Exception]) -> FaultKind:
    """The kind of a fault before the first piece of the reply. `filtered` is LiteLLM's class for a content filter.

    What is not known at all counts as the provider's: it is tried again and it may open the circuit.
    """
    if isinstance(fault, filtered):
        return "content_filter"
    chain = tuple(_chain(fault))
    if any(isinstance(one, openai.APITimeoutError | httpx.TimeoutException | TimeoutError) for one in chain):
        return "timeout"
    if any(isinstance(one, openai.APIConnectionError | httpx.TransportError | OSError) for one in chain):
        return "unreachable"
    status = getattr(fault, "status_code", None)
    if not isinstance(status, int):
        return "malformed" if isinstance(fault, ValueError) else "server_error"
    return _BY_STATUS.get(status, "bad_request" if _CLIENT_ERROR <= status < _SERVER_ERROR else "server_error")


def retry_after_s(fault: Exception) -> float | None:
    """The wait that the provider asks for, in seconds, at least 0; None where it asks for none that can be read."""
    response = getattr(fault, "response", None)
    for headers in (getattr(fault, "litellm_response_headers", None), getattr(response, "headers", None)):
        value = headers.get("retry-after") if isinstance(headers, Mapping) else None
        if isinstance(value, str):
            return _seconds(value)
    return None


def _chain(fault: BaseException | None) -> Iterator[BaseException]:
    """The fault and what it was raised over: LiteLLM dresses a refused connection up as an error of the server."""
    seen: set[int] = set()
    while fault is not None and id(fault) not in seen:
        seen.add(id(fault))
        yield fault
        fault = fault.__cause__ or fault.__context__


def _seconds(value: str) -> float | None:
    """Seconds, or the moment in the form of HTTP (RFC 9110, section 10.2.3)."""
    try:
        seconds = float(value)
    except ValueError:
        try:
            moment = parsedate_to_datetime(value)
        except (ValueError, OverflowError):
            return None
        aware = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
        seconds = (aware - datetime.now(UTC)).total_seconds()
    return max(0.0, seconds) if math.isfinite(seconds) else None
