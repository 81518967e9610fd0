"""The body of a request, parsed strictly."""

import json

import pytest

from system_under_test.config import Limits
from system_under_test.gateway.requests import Ask, BadRequestError, parse_ask

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
