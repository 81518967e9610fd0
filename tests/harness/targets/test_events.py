"""A stream of events is read as a browser would read it, and its last event is the reply."""

import json
from types import ModuleType

import pytest

from harness.targets.events import event_data, is_events
from harness.targets.wire import Reply, observe

EVENTS = "content-type: text/event-stream; charset=utf-8\n"


@pytest.mark.parametrize(
    ("body", "data"),
    [
        pytest.param("data: a\n\ndata: b\n\n", ["a", "b"], id="two events"),
        pytest.param("event: x\ndata: a\nid: 1\n\n", ["a"], id="other fields"),
        pytest.param("data: a\ndata: b\n\n", ["a\nb"], id="data of two lines"),
        pytest.param(": still here\n\ndata:a\r\n\r\n", ["a"], id="a comment, no space, CRLF"),
        pytest.param("\ufeffdata: a\n\n", ["a"], id="a byte order mark"),
        pytest.param("data: a\n\ndata: b\n", ["a"], id="cut off in its last event"),
        pytest.param("", [], id="nothing"),
    ],
)
def test_events_are_read_as_the_standard_says(body: str, data: list[str]) -> None:
    assert event_data(body) == data


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        (EVENTS, True),
        ("Content-Type: Text/Event-Stream\n", True),
        ("content-type: application/json\n", False),
        ("", False),
    ],
)
def test_the_headers_say_whether_it_is_a_stream(headers: str, expected: bool) -> None:
    assert is_events(headers) is expected


def seen(core: ModuleType, body: str) -> object:
    """What the contract reads in a stream."""
    (ask,) = core.asks_of(core.suite([core.rule()]), [core.case("a")])
    return observe(ask, Reply(200, body, 1.0, headers=EVENTS), "answer", {})


def test_the_last_event_is_the_reply(core: ModuleType) -> None:
    body = f'event: sentence\ndata: {{"text": "27"}}\n\nevent: answer\ndata: {json.dumps(core.body())}\n\n'

    assert seen(core, body).answer.text == "27 days."  # type: ignore[attr-defined]


@pytest.mark.parametrize("body", ["", 'event: answer\ndata: {"answer"', 'event: error\ndata: {"error": {}}\n\n'])
def test_a_stream_that_does_not_end_in_a_reply_is_unreadable(core: ModuleType, body: str) -> None:
    assert seen(core, body).failure.kind == "unreadable"  # type: ignore[attr-defined]
