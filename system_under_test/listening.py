"""The sockets, and the HTTP server on them."""

import socket
from typing import Final

import uvicorn
from starlette.types import ASGIApp

from system_under_test.errors import ReferenceSystemError

_HEAD_BYTES: Final = 64 * 1024
"""A longer head is cut off while it is read; the gateway's own, lower limit answers in the gateway's own words."""
_CONNECTIONS: Final = 1_024
_BACKLOG: Final = 2_048
_CLOSING_S: Final = 30


class ListenError(ReferenceSystemError):
    """An address cannot be listened on."""


def listen(app: ASGIApp, *addresses: tuple[str, int]) -> None:
    """Serve the application on hosts and ports until the process is interrupted. Raises ListenError."""
    server_of(app).run(sockets=[bound(host, port) for host, port in addresses])


def server_of(app: ASGIApp) -> uvicorn.Server:
    """The HTTP server, before it has any sockets.

    A caller's address is the socket's: X-Forwarded-For is not looked at, because anybody can write it.

    What uvicorn refuses by itself, before there is a request, has uvicorn's plain text for a body and not this
    service's JSON: 400 for bytes that are no HTTP or a head above `_HEAD_BYTES`, 503 above `_CONNECTIONS`. It has no
    setting for that text, which is constant and repeats nothing of what was sent.
    """
    config = uvicorn.Config(
        app,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        h11_max_incomplete_event_size=_HEAD_BYTES,
        limit_concurrency=_CONNECTIONS,
        timeout_graceful_shutdown=_CLOSING_S,
    )
    return uvicorn.Server(config)


def bound(host: str, port: int) -> socket.socket:
    """A socket that listens; port 0 takes a free one. Raises ListenError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=_BACKLOG)
    except OSError as fault:
        raise ListenError(f"{host} port {port} cannot be listened on: {fault.strerror}") from None
