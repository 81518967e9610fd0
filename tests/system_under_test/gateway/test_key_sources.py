"""Static and remote key sources, with a clock and an endpoint of the test's own."""

import asyncio
import json
from types import ModuleType
from typing import Any

import httpx
import pytest

from system_under_test.config import Issuer, SetupError
from system_under_test.gateway.key_sources import (
    COOLDOWN_S,
    FRESH_S,
    STALE_S,
    KeysUnavailableError,
    RemoteKeys,
    StaticKeys,
    fetch_key_set,
    key_source,
)
from system_under_test.gateway.keys import KeySetError

URI = "https://idp.example/keys"


class Endpoint:
    """A key set endpoint with a hit counter, and the clock beside it."""

    def __init__(self, jwks: dict[str, Any]) -> None:
        self.body = json.dumps(jwks).encode()
        self.fault: Exception | None = None
        self.hits = 0
        self.now = 1_000.0

    async def fetch(self, uri: str) -> bytes:
        assert uri == URI
        self.hits += 1
        await asyncio.sleep(0)
        if self.fault is not None:
            raise self.fault
        return self.body

    def keys(self) -> RemoteKeys:
        return RemoteKeys(URI, self.fetch, lambda: self.now)


@pytest.fixture
def endpoint(doubles: ModuleType) -> Endpoint:
    return Endpoint(doubles.Idp().jwks())


def test_a_static_set_gives_its_keys_and_nothing_else(doubles: ModuleType) -> None:
    keys = StaticKeys(doubles.Idp().jwks())

    assert asyncio.run(keys.key("key-1")) is not None
    assert asyncio.run(keys.key("key-2")) is None


def test_a_static_set_without_a_usable_key_is_refused(doubles: ModuleType) -> None:
    with pytest.raises(KeySetError):
        StaticKeys(doubles.Idp().jwks(use="enc"))


def test_a_hundred_first_requests_cost_one_fetch(endpoint: Endpoint) -> None:
    keys = endpoint.keys()

    async def ask() -> list[object]:
        return await asyncio.gather(*(keys.key("key-1") for _ in range(100)))

    assert None not in asyncio.run(ask())
    assert endpoint.hits == 1


@pytest.mark.parametrize("down", [False, True], ids=["endpoint up", "endpoint down"])
def test_unknown_key_ids_cost_no_fetch_each(endpoint: Endpoint, down: bool) -> None:
    keys = endpoint.keys()
    asyncio.run(keys.key("key-1"))
    endpoint.fault = httpx.ConnectError("down") if down else None
    endpoint.now += COOLDOWN_S

    async def flood() -> None:
        for number in range(1_000):
            assert await keys.key(f"unknown-{number}") is None

    asyncio.run(flood())

    assert endpoint.hits == 2


def test_an_endpoint_that_never_answered_is_not_hammered_and_nobody_is_let_in(endpoint: Endpoint) -> None:
    keys = endpoint.keys()
    endpoint.fault = httpx.ConnectError("down")

    async def flood() -> None:
        for _ in range(50):
            with pytest.raises(KeysUnavailableError):
                await keys.key("key-1")

    asyncio.run(flood())

    assert endpoint.hits == 1


def test_a_rotated_key_is_taken_and_the_old_one_is_dropped(endpoint: Endpoint, doubles: ModuleType) -> None:
    keys = endpoint.keys()
    asyncio.run(keys.key("key-1"))
    endpoint.body = json.dumps(doubles.Idp(key_id="key-2").jwks()).encode()
    endpoint.now += COOLDOWN_S

    assert asyncio.run(keys.key("key-2")) is not None
    assert asyncio.run(keys.key("key-1")) is None


@pytest.mark.parametrize(
    "body",
    [b"<html>", b'{"keys": [], "keys": []}', b'{"keys": [{"kty": "oct", "k": "AA", "kid": "key-1"}]}', b"\xff"],
    ids=["HTML", "duplicate member", "symmetric key", "no UTF-8"],
)
def test_a_bad_answer_leaves_the_old_keys_until_they_are_too_old(endpoint: Endpoint, body: bytes) -> None:
    keys = endpoint.keys()
    asyncio.run(keys.key("key-1"))
    endpoint.body = body

    endpoint.now += FRESH_S
    assert asyncio.run(keys.key("key-1")) is not None

    endpoint.now += STALE_S
    with pytest.raises(KeysUnavailableError):
        asyncio.run(keys.key("key-1"))


@pytest.mark.parametrize(
    "uri",
    ["http://idp.example/keys", "file:///etc/passwd", "ftp://idp.example/keys", "https://", "keys"],
)
def test_only_https_or_the_loopback_interface_is_fetched(uri: str) -> None:
    with pytest.raises(SetupError):
        RemoteKeys(uri)


def test_the_loopback_interface_may_be_plain_http() -> None:
    assert isinstance(key_source(Issuer("i", "a", None, "http://127.0.0.1:9/keys")), RemoteKeys)


def test_an_issuer_without_keys_is_refused() -> None:
    with pytest.raises(SetupError):
        key_source(Issuer("i", "a", None, None))


@pytest.mark.parametrize(
    ("answer", "accepted"),
    [
        pytest.param(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}", True, id="a set"),
        pytest.param(b"HTTP/1.1 500 No\r\ncontent-length: 2\r\n\r\n{}", False, id="an error"),
        pytest.param(b"HTTP/1.1 302 Go\r\nlocation: /other\r\ncontent-length: 0\r\n\r\n", False, id="a redirect"),
        pytest.param(b"HTTP/1.1 200 OK\r\ncontent-length: 300000\r\n\r\n" + b" " * 300_000, False, id="far too much"),
    ],
)
def test_the_fetch_takes_a_small_200_and_nothing_else(answer: bytes, accepted: bool) -> None:
    async def reply(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        writer.close()

    async def fetch() -> bytes:
        async with await asyncio.start_server(reply, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            return await fetch_key_set(f"http://127.0.0.1:{port}/keys")

    if accepted:
        assert asyncio.run(fetch()) == b"{}"
    else:
        with pytest.raises(KeysUnavailableError):
            asyncio.run(fetch())
