"""The HTTP server on real sockets."""

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
from starlette.types import Receive, Scope, Send

from system_under_test.listening import ListenError, bound, server_of


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    """Answers with what the server says about the connection."""
    if scope["type"] != "http":
        return
    body = json.dumps({"client": scope["client"][0], "scheme": scope["scheme"], "port": scope["server"][1]}).encode()
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]})
    await send({"type": "http.response.body", "body": body})


@contextmanager
def listening(sockets: int = 1) -> Iterator[list[int]]:
    """The ports of a running server."""
    opened = [bound("127.0.0.1", 0) for _ in range(sockets)]
    ports = [one.getsockname()[1] for one in opened]
    server = server_of(echo)
    thread = threading.Thread(target=server.run, kwargs={"sockets": opened})
    thread.start()
    try:
        yield ports
    finally:
        server.should_exit = True
        thread.join()
        for one in opened:
            one.close()


def get(port: int, **arguments: Any) -> httpx.Response:
    return httpx.get(f"http://127.0.0.1:{port}/", trust_env=False, timeout=30, **arguments)


def test_the_callers_address_is_the_sockets_and_not_what_a_header_says() -> None:
    forged = {"x-forwarded-for": "10.0.0.1", "x-forwarded-proto": "https", "forwarded": "for=10.0.0.1"}

    with listening() as (port,):
        response = get(port, headers=forged)

    assert response.json() == {"client": "127.0.0.1", "scheme": "http", "port": port}
    assert "server" not in response.headers


def test_each_request_says_which_port_it_came_in_on_whatever_host_it_names() -> None:
    with listening(2) as (first, second):
        found = [get(port, headers={"host": f"127.0.0.1:{second}"}).json()["port"] for port in (first, second)]

    assert found == [first, second]


def test_an_endless_head_is_cut_off_while_it_is_read() -> None:
    with listening() as (port,), socket.create_connection(("127.0.0.1", port), 30) as caller:
        caller.sendall(b"GET / HTTP/1.1\r\nhost: x\r\n")
        try:
            for number in range(4_096):
                caller.sendall(b"x-%d: " % number + b"a" * 1_000 + b"\r\n")
            answer = caller.recv(64)
        except (BrokenPipeError, ConnectionResetError):
            answer = b"HTTP/1.1 400"

    assert answer.startswith(b"HTTP/1.1 400")


def test_a_port_that_is_taken_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(ListenError, match="cannot be listened on"):
        bound("127.0.0.1", taken.getsockname()[1])
