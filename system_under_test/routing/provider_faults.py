"""What a provider's fault means, by class, status code and one header. No message is read: it can hold a prompt."""

import math
from collections.abc import Iterable, Iterator, Mapping
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
_UNSENT: Final = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)
_UNKNOWN: Final[frozenset[FaultKind]] = frozenset({"timeout", "server_error"})
_CLIENT_ERROR: Final = 400
_SERVER_ERROR: Final = 500


def kind_of(fault: Exception, filtered: type[Exception]) -> FaultKind:
    """The kind of a fault before the first piece of the reply. `filtered` is LiteLLM's class for a content filter.

    What is not known at all counts as the provider's: it is tried again and it may open the circuit.
    """
    if isinstance(fault, filtered):
        return "content_filter"
    chain = tuple(_chain(fault))
    status = _answered(chain)
    if status is None:
        if any(isinstance(one, openai.APITimeoutError | httpx.TimeoutException | TimeoutError) for one in chain):
            return "timeout"
        if any(isinstance(one, openai.APIConnectionError | httpx.TransportError | OSError) for one in chain):
            return "unreachable"
        status = getattr(fault, "status_code", None)
    if not isinstance(status, int):
        return "malformed" if isinstance(fault, ValueError) else "server_error"
    return _BY_STATUS.get(status, "bad_request" if _CLIENT_ERROR <= status < _SERVER_ERROR else "server_error")


def cost_nothing(fault: Exception) -> bool:
    """Whether a fault before the first piece of the reply is sure to be free.

    It is where no connection came about, and where the provider itself declined the request (3xx, 4xx). A reset, a
    silence or a 5xx can come after the prompt was read: a gateway's 502, 503 or 504 does not tell.
    """
    chain = tuple(_chain(fault))
    if any(isinstance(one, _UNSENT) for one in chain):
        return True
    status = _answered(chain)
    return status is not None and status < _SERVER_ERROR and _BY_STATUS.get(status) not in _UNKNOWN


def retry_after_s(fault: Exception) -> float | None:
    """The wait that the provider asks for, in seconds, at least 0; None where it asks for none that can be read."""
    response = getattr(fault, "response", None)
    for headers in (getattr(fault, "litellm_response_headers", None), getattr(response, "headers", None)):
        value = headers.get("retry-after") if isinstance(headers, Mapping) else None
        if isinstance(value, str):
            return _seconds(value)
    return None


def _answered(chain: Iterable[BaseException]) -> int | None:
    """The status that the provider answered with, whatever LiteLLM made of it."""
    return next((one.response.status_code for one in chain if isinstance(one, httpx.HTTPStatusError)), None)


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
