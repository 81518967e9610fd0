"""One fetch of a key set: what is taken, what is refused, and how much of it is read."""

import asyncio
from types import ModuleType
from typing import Any

import httpx
import pytest

from system_under_test.config import KeyCache, SetupError
from system_under_test.gateway.key_set_endpoint import KeySetEndpoint
from system_under_test.gateway.rejection import IdentityUnavailableError

TIMES = KeyCache(response_bytes=64 * 1024)


@pytest.fixture
def endpoint(identity_doubles: ModuleType) -> Any:
    return identity_doubles.Endpoint(content=b"{}")


def fetch(endpoint: Any, times: KeyCache = TIMES) -> bytes:
    return asyncio.run(KeySetEndpoint("https://idp.example/keys", times, endpoint)())


def test_a_small_200_is_taken(endpoint: Any) -> None:
    assert fetch(endpoint) == b"{}"
    assert endpoint.asked == ["https://idp.example/keys"]


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"status": 500}, id="an error"),
        pytest.param({"status": 204}, id="no content"),
        pytest.param({"status": 302, "headers": {"location": "https://idp.example/other"}}, id="a redirect"),
        pytest.param({"headers": {"content-encoding": "gzip"}}, id="compressed"),
    ],
)
def test_anything_but_a_plain_200_is_refused_and_nothing_else_is_asked(endpoint: Any, change: dict[str, Any]) -> None:
    for name, value in change.items():
        setattr(endpoint, name, value)

    with pytest.raises(IdentityUnavailableError):
        fetch(endpoint)

    assert endpoint.hits == 1


def test_of_fifty_megabytes_only_the_limit_is_read(endpoint: Any) -> None:
    endpoint.content = b" " * 50_000_000

    with pytest.raises(IdentityUnavailableError, match="too large"):
        fetch(endpoint)

    assert endpoint.body.taken == TIMES.response_bytes // 4_096 + 1


def test_a_set_at_the_limit_is_taken(endpoint: Any) -> None:
    endpoint.content = b" " * TIMES.response_bytes

    assert len(fetch(endpoint)) == TIMES.response_bytes


def test_an_endpoint_that_never_answers_is_given_up(endpoint: Any) -> None:
    endpoint.held = asyncio.Event()

    with pytest.raises(IdentityUnavailableError, match="in time"):
        fetch(endpoint, KeyCache(timeout_s=0.01))


def test_a_failing_connection_stays_an_error_of_httpx(endpoint: Any) -> None:
    endpoint.fault = httpx.ConnectError("down")

    with pytest.raises(httpx.ConnectError):
        fetch(endpoint)


@pytest.mark.parametrize(
    "uri",
    [
        "http://idp.example/keys",
        "file:///etc/passwd",
        "ftp://idp.example/keys",
        "https://",
        "keys",
        "https://user:secret@idp.example/keys",
        "https://idp.example:port/keys",
        "http://127.0.0.1.evil.example/keys",
    ],
)
def test_only_https_or_the_loopback_interface_is_fetched(uri: str) -> None:
    with pytest.raises(SetupError) as caught:
        KeySetEndpoint(uri, TIMES)

    assert "secret" not in str(caught.value)


def test_the_network_is_spoken_to_for_real() -> None:
    async def reply(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        assert b"authorization" not in head.lower()
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}")
        writer.close()

    async def run() -> bytes:
        async with await asyncio.start_server(reply, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            return await KeySetEndpoint(f"http://127.0.0.1:{port}/keys", TIMES)()

    assert asyncio.run(run()) == b"{}"
