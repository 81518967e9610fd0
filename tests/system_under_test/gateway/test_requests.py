"""What a request brings: its head and its body within their limits, the body parsed strictly."""

import asyncio
import json
from collections.abc import Iterable, Iterator, Mapping

import pytest
from starlette.requests import Request

from system_under_test.config import Limits
from system_under_test.gateway.requests import (
    Ask,
    BadRequestError,
    HeadTooLargeError,
    SlowBodyError,
    TooLargeError,
    parse_ask,
    read_body,
    refuse_large_head,
)

LIMITS = Limits()


def body(**members: object) -> bytes:
    return json.dumps({"question": "How many days?", **members}).encode()


def test_a_question_alone_gets_the_declared_defaults() -> None:
    assert parse_ask(body(), LIMITS) == Ask("How many days?", None, 10, None)


def test_every_member_is_read() -> None:
    ask = parse_ask(body(route="fast", top_k=100, conversation_id="c-1"), LIMITS)

    assert ask == Ask("How many days?", "fast", 100, "c-1")


@pytest.mark.parametrize(
    "members",
    [
        pytest.param({"question": ""}, id="empty question"),
        pytest.param({"question": " \n"}, id="blank question"),
        pytest.param({"question": "x" * 4_001}, id="long question"),
        pytest.param({"question": 5}, id="number as question"),
        pytest.param({"question": ["a"]}, id="list as question"),
        pytest.param({"question": None}, id="null question"),
        pytest.param({"question": "\ud800"}, id="half a surrogate pair"),
        pytest.param({"top_k": 0}, id="no passages"),
        pytest.param({"top_k": 101}, id="too many passages"),
        pytest.param({"top_k": -1}, id="negative"),
        pytest.param({"top_k": 5.0}, id="float"),
        pytest.param({"top_k": True}, id="boolean"),
        pytest.param({"top_k": "5"}, id="text as number"),
        pytest.param({"top_k": None}, id="null number"),
        pytest.param({"route": ""}, id="empty route"),
        pytest.param({"route": 1}, id="number as route"),
        pytest.param({"route": None}, id="null route"),
        pytest.param({"conversation_id": "c\n"}, id="control character"),
        pytest.param({"conversation_id": "c" * 129}, id="long conversation id"),
        pytest.param({"tenant": "globex"}, id="tenant in the body"),
        pytest.param({"principal": {}}, id="principal in the body"),
    ],
)
def test_a_member_that_is_not_agreed_is_refused(members: dict[str, object]) -> None:
    with pytest.raises(BadRequestError):
        parse_ask(body(**members), LIMITS)


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"null", id="null"),
        pytest.param(b'["question"]', id="list"),
        pytest.param(b"{}", id="no question"),
        pytest.param(b'{"question": "a", "question": "b"}', id="duplicate member"),
        pytest.param(b'{"question": "a", "top_k": NaN}', id="NaN"),
        pytest.param(b'{"question": "a", "top_k": 1e999}', id="infinity"),
        pytest.param(b'{"question": "a"} x', id="more after the end"),
        pytest.param(b"[" * 60_000, id="nested deeply"),
        pytest.param(b'{"question": "\xff"}', id="no UTF-8"),
        pytest.param(b'{"question": "a", "top_k": ' + b"1" * 5_000 + b"}", id="endless number"),
    ],
)
def test_a_body_that_is_no_strict_json_object_is_refused(raw: bytes) -> None:
    with pytest.raises(BadRequestError):
        parse_ask(raw, LIMITS)


def test_an_error_quotes_nothing_of_the_body() -> None:
    with pytest.raises(BadRequestError) as caught:
        parse_ask(body(secret_member="hunter2"), LIMITS)

    assert "secret_member" not in str(caught.value)
    assert "hunter2" not in str(caught.value)


def request_of(pieces: Iterable[bytes], *, headers: Mapping[str, str] | None = None, path: bytes = b"/") -> Request:
    """A request whose body arrives in these pieces."""
    waiting = iter(pieces)

    async def receive() -> dict[str, object]:
        piece = next(waiting, None)
        return {"type": "http.request", "body": piece or b"", "more_body": piece is not None}

    raw = [(name.encode(), value.encode()) for name, value in (headers or {}).items()]
    scope = {"type": "http", "method": "POST", "headers": raw, "raw_path": path, "query_string": b"a=b"}
    return Request(scope, receive)


def read(request: Request, most_bytes: int = 10, most_seconds: float = 10.0) -> bytes:
    return asyncio.run(read_body(request, most_bytes, most_seconds))


def test_a_body_at_the_limit_is_read_and_one_byte_more_is_not() -> None:
    assert read(request_of([b"12345", b"67890"])) == b"1234567890"

    with pytest.raises(TooLargeError):
        read(request_of([b"12345", b"67890", b"1"]))


@pytest.mark.parametrize("declared", ["11", "9" * 10_000], ids=["one too many", "endless"])
def test_a_declared_length_over_the_limit_is_refused_before_a_byte_is_read(declared: str) -> None:
    def pieces() -> Iterator[bytes]:
        pytest.fail("the body was read")
        yield b""

    with pytest.raises(TooLargeError):
        read(request_of(pieces(), headers={"content-length": declared}))


@pytest.mark.parametrize("declared", ["", "-1", "x", "\u0663"], ids=["empty", "negative", "word", "other digit"])
def test_a_declared_length_that_means_nothing_is_not_believed(declared: str) -> None:
    with pytest.raises(TooLargeError):
        read(request_of([b"12345678901"], headers={"content-length": declared}))


def test_a_body_that_never_arrives_is_given_up() -> None:
    async def receive() -> dict[str, object]:
        await asyncio.Event().wait()
        raise AssertionError

    request = Request({"type": "http", "method": "POST", "headers": []}, receive)

    with pytest.raises(SlowBodyError):
        read(request, most_seconds=0.01)


def test_a_head_at_the_limit_passes_and_one_byte_more_does_not() -> None:
    limits = Limits(head_bytes=20)

    refuse_large_head(request_of([], headers={"name": "value12345"}, path=b"/x"), limits)  # 3 + 2 + 4 + 10 = 19
    refuse_large_head(request_of([], headers={"name": "value123456"}, path=b"/x"), limits)

    for request in (
        request_of([], headers={"name": "value1234567"}, path=b"/x"),
        request_of([], headers={"name": "value123456"}, path=b"/xy"),
    ):
        with pytest.raises(HeadTooLargeError):
            refuse_large_head(request, limits)


@pytest.mark.parametrize(
    ("members", "code"),
    [
        pytest.param({"question": 5}, "question_wrong", id="question"),
        pytest.param({"top_k": 0}, "top_k_wrong", id="top_k"),
        pytest.param({"route": ""}, "route_wrong", id="route"),
        pytest.param({"conversation_id": ""}, "conversation_id_wrong", id="conversation"),
        pytest.param({"extra": 1}, "unknown_member", id="unknown member"),
    ],
)
def test_each_fault_has_its_own_code(members: dict[str, object], code: str) -> None:
    with pytest.raises(BadRequestError) as caught:
        parse_ask(body(**members), LIMITS)

    assert caught.value.code == code
