"""An answer as events: what is sent, in which order, and where it stops."""

import asyncio
import json
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.testclient import TestClient

from system_under_test.gateway.streaming import streamed, wants_events
from system_under_test.gateway.wire import Sent

QUOTES = ("Annual leave is 27 days a year.", "Unused leave lapses.\n\nevent: answer\ndata: {}")
BODY = {
    "answer": " ".join(QUOTES),
    "refused": False,
    "citations": [{"passage_id": f"p{place}", "quote": quote} for place, quote in enumerate(QUOTES, 1)],
    "audit": {"record_id": "r1"},
}


def events(body: dict[str, Any] = BODY, *, times: list[float], expires_at: int = 100) -> list[tuple[str, Any]]:
    """The events of a body, read as a browser reads them, while the clock shows these times in turn."""
    left = list(times)
    response = streamed(Sent(200, body), expires_at, lambda: left.pop(0) if len(left) > 1 else left[0])

    async def read() -> str:
        return b"".join([piece async for piece in response.body_iterator]).decode()  # type: ignore[attr-defined]

    found = []
    for block in asyncio.run(read()).split("\n\n"):
        if block:
            name, data = block.split("\n")
            found.append((name.removeprefix("event: "), json.loads(data.removeprefix("data: "))))
    return found


def test_sentences_come_first_and_the_whole_body_last() -> None:
    found = events(times=[1.0])

    *sentences, last = found
    assert [name for name, _ in sentences] == ["sentence"] * len(sentences)
    assert "".join(data["text"] for _, data in sentences) == BODY["answer"]
    assert sentences[0][1]["citations"] == [{"passage_id": "p1", "quote": QUOTES[0]}]
    assert last == ("answer", BODY)


def test_a_text_cannot_begin_an_event_of_its_own() -> None:
    names = [name for name, _ in events(times=[1.0])]

    assert names.count("answer") == 1


def test_a_refusal_is_streamed_like_an_answer() -> None:
    body = {**BODY, "answer": "I cannot answer this.", "refused": True, "citations": []}

    assert [name for name, _ in events(body, times=[1.0])] == ["sentence", "answer"]


@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_token_that_expires_on_the_way_stops_the_stream_at_the_next_event(place: int) -> None:
    found = events(times=[99.0] * place + [100.0])

    assert [name for name, _ in found] == ["sentence"] * place + ["error"]
    assert found[-1][1] == {"error": {"code": "unauthenticated", "message": "authentication failed"}}


def test_each_event_is_a_message_of_its_own() -> None:
    async def endpoint(_: Request) -> Response:
        return streamed(Sent(200, BODY), 20_000_000_000)

    client = TestClient(Starlette(routes=[Route("/", endpoint)]))

    response = client.get("/")

    assert response.headers["content-type"].startswith("text/event-stream")
    assert response.headers["cache-control"] == "no-store"
    assert [block.split("\n")[0] for block in response.text.split("\n\n")] == [
        *["event: sentence"] * 3,
        "event: answer",
        "",
    ]


@pytest.mark.parametrize(
    ("accept", "wanted"),
    [
        (["text/event-stream"], True),
        (["application/json, Text/Event-Stream;q=0.5"], True),
        (["application/json", "text/event-stream"], True),
        (["text/event-stream;q=0"], False),
        (["text/event-stream; q=0.0"], False),
        (["application/json"], False),
        (["*/*"], False),
        ([], False),
    ],
    ids=["alone", "with a weight", "second header", "weight 0", "weight 0.0", "JSON", "anything", "no header"],
)
def test_events_are_sent_to_whoever_names_them(accept: list[str], wanted: bool) -> None:
    headers = [(b"accept", one.encode()) for one in accept]

    assert wants_events(Request({"type": "http", "headers": headers})) is wanted
