"""Ways to answer in Anthropic's Messages protocol, for the provider of fakes_provider.py.

The events and their order are those of Anthropic's documentation of streaming ("Streaming Messages").
"""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

Send = Callable[[dict[str, Any]], Awaitable[None]]
Way = Callable[[Send], Awaitable[None]]
REFUSED = json.dumps({"answer": "", "refused": True, "citations": []})
ERROR = {"type": "overloaded_error", "message": "the secret prompt"}
KINDS = {400: "invalid_request_error", 401: "authentication_error", 404: "not_found_error", 429: "rate_limit_error"}


def event(kind: str, **members: object) -> bytes:
    """One event of a stream."""
    return f"event: {kind}\ndata: {json.dumps({'type': kind, **members})}\n\n".encode()


def start(model: str = "tiny") -> bytes:
    """The first event: it names the model and counts what was read, and one token of what will be written."""
    message = {"id": "1", "type": "message", "role": "assistant", "model": model, "content": [], "stop_reason": None}
    return event("message_start", message={**message, "usage": {"input_tokens": 1_000, "output_tokens": 1}})


def text(content: str) -> bytes:
    """A piece of text."""
    return event("content_block_delta", index=0, delta={"type": "text_delta", "text": content})


def answers(content: str = REFUSED, *, model: str = "tiny", stop: str | None = "end_turn", usage: object = None) -> Way:
    """A stream that comes to its end."""
    half, counted = len(content) // 2, {"output_tokens": 100} if usage is None else usage
    pieces = [
        start(model),
        event("content_block_start", index=0, content_block={"type": "text", "text": ""}),
        event("ping"),
        text(content[:half]),
        text(content[half:]),
        event("content_block_stop", index=0),
    ]
    if stop is not None:
        delta = {"stop_reason": stop, "stop_sequence": None}
        pieces.append(event("message_delta", delta=delta, **({"usage": counted} if counted else {})))
        pieces.append(event("message_stop"))
    return says(*pieces)


def says(*raw: bytes, then: str = "ends") -> Way:
    """A stream of exactly these bytes, which then ends, is reset or stalls."""

    async def way(send: Send) -> None:
        headers = [(b"content-type", b"text/event-stream")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        for piece in raw:
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        if then == "is reset":
            raise ConnectionResetError
        if then == "stalls":
            await asyncio.sleep(1.0)
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    return way


def error(status: int, **headers: str) -> Way:
    """An error of the provider."""

    async def way(send: Send) -> None:
        named = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
        await send({"type": "http.response.start", "status": status, "headers": named})
        body = {"type": "error", "error": {**ERROR, "type": KINDS.get(status, "api_error")}}
        await send({"type": "http.response.body", "body": json.dumps(body).encode()})

    return way
