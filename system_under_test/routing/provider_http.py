"""The one HTTP client that providers are spoken to with. It follows no redirect, and no call outlasts its time.

httpx limits each single wait. A provider that sends its headers byte by byte, or a comment now and then to keep the
connection open, never makes one wait long. So each wait on a socket is also held to what is left of the whole call.
What stays outside is the operating system's: the look-up of a name, and the trial of its further addresses where the
first is dead.
"""

import ssl
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Final

import httpcore
import httpx

from system_under_test.routing.clock import Clock


@dataclass(frozen=True, slots=True)
class _Limit:
    ends_s: float
    clock: Clock
    responses: list[httpx.Response] = field(default_factory=list)


_LIMIT: Final[ContextVar[_Limit | None]] = ContextVar("limit", default=None)


@contextmanager
def bounded(seconds: float, clock: Clock) -> Iterator[None]:
    """Whatever this thread does with a `bounded_client` meanwhile is given up after so many seconds.

    At the end every response that is still open is closed: LiteLLM's streams do not all let go of theirs.
    """
    limit = _Limit(clock.monotonic() + seconds, clock)
    token = _LIMIT.set(limit)
    try:
        yield
    finally:
        _LIMIT.reset(token)
        for response in limit.responses:
            response.close()


def bounded_client() -> httpx.Client:
    """A client whose every wait `bounded` limits, also one through a proxy that the environment names."""
    no_cookies = CookieJar(DefaultCookiePolicy(allowed_domains=[]))  # one tenant's must not travel with another's call
    client = httpx.Client(event_hooks={"response": [_remember]}, cookies=no_cookies)
    # Neither class takes the backend as an argument, and a transport of one's own would lose the environment's proxies.
    for transport in (client._transport, *client._mounts.values()):  # noqa: SLF001
        if isinstance(transport, httpx.HTTPTransport):
            pool = transport._pool  # noqa: SLF001
            pool._network_backend = _Backend(pool._network_backend)  # noqa: SLF001
    return client


def _remember(response: httpx.Response) -> None:
    limit = _LIMIT.get()
    if limit is not None:
        limit.responses.append(response)


def _left_s(timeout: float | None, late: type[Exception]) -> float | None:
    """The wait that may begin now. Raises `late` where the time of the call is up."""
    limit = _LIMIT.get()
    if limit is None:
        return timeout
    left = limit.ends_s - limit.clock.monotonic()
    if left <= 0:
        raise late("the time for the whole call is up")
    return left if timeout is None else min(timeout, left)


class _Backend(httpcore.NetworkBackend):
    def __init__(self, inner: httpcore.NetworkBackend) -> None:
        self._inner = inner

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        left = _left_s(timeout, httpcore.ConnectTimeout)
        return _Stream(self._inner.connect_tcp(host, port, left, local_address, socket_options))


class _Stream(httpcore.NetworkStream):
    def __init__(self, inner: httpcore.NetworkStream) -> None:
        self._inner = inner

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, _left_s(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, _left_s(timeout, httpcore.WriteTimeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        left = _left_s(timeout, httpcore.ConnectTimeout)
        return _Stream(self._inner.start_tls(ssl_context, server_hostname, left))

    def get_extra_info(self, info: str) -> object:
        return self._inner.get_extra_info(info)
