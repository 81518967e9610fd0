"""The listener counts who called the address of which case, by any method, and serves what an attacker would."""

import http.client
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from harness.targets.listener import Listener


@pytest.fixture
def listener() -> Iterator[Listener]:
    """A listener with one file."""
    with Listener({"jwks.json": b'{"keys": []}'}) as found:
        yield found


def call(address: str, method: str = "GET") -> tuple[int, bytes]:
    """Status and body."""
    parts = urlsplit(address)
    connection = http.client.HTTPConnection(str(parts.hostname), parts.port or 0, timeout=5)
    try:
        connection.request(method, parts.path)
        reply = connection.getresponse()
        return reply.status, reply.read()
    finally:
        connection.close()


def test_a_call_counts_for_its_case_alone_and_gets_the_file(listener: Listener) -> None:
    reply = call(listener.address("bad.key-url") + "jwks.json")

    assert reply == (200, b'{"keys": []}')
    assert (listener.contacts("bad.key-url"), listener.contacts("bad.chain-url")) == (1, 0)


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PROPFIND"])
def test_a_call_by_any_method_and_for_any_file_counts(listener: Listener, method: str) -> None:
    call(listener.address("bad.key-url") + "no-such-file", method)

    assert listener.contacts("bad.key-url") == 1


def test_what_calls_the_port_without_the_address_counts_for_no_case(listener: Listener) -> None:
    parts = urlsplit(listener.address("bad.key-url"))

    status, _ = call(f"http://{parts.netloc}/guessed/bad.key-url/jwks.json")

    assert (status, listener.contacts("bad.key-url")) == (404, 0)


def test_no_two_listeners_share_an_address() -> None:
    with Listener({}) as one, Listener({}) as other:
        assert urlsplit(one.address("case")).path != urlsplit(other.address("case")).path


def test_once_it_is_closed_nobody_answers(listener: Listener) -> None:
    with Listener({}) as closed:
        address = closed.address("case")

    with pytest.raises(OSError, match="refused"):
        call(address)
