"""A provider that speaks OpenAI's protocol on a real socket, and fails in every way that it is told to."""

import asyncio
import json
import socket
import threading
import time
import warnings
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, TypeVar

import litellm
import uvicorn

KEY = "sk-planted-5f0c2b7e9d"
"""The key that must never be seen again."""
SECRET = "the secret prompt"
"""What a provider quotes in its errors."""
MODEL = "tiny"
USAGE = {"prompt_tokens": 1_000, "completion_tokens": 100, "total_tokens": 1_100}
REFUSED = json.dumps({"answer": "", "refused": True, "citations": []})

ERROR_EVENT = b'data: {"error": {"message": "overloaded"}}\n\n'

T = TypeVar("T")
Send = Callable[[dict[str, Any]], Awaitable[None]]
Way = Callable[[Send], Awaitable[None]]
"""One way to answer a request."""


def chunk(
    delta: dict[str, str] | None, finish: str | None = None, *, model: str = MODEL, usage: object = None
) -> bytes:
    """One event of a stream; without a delta it has no choices."""
    choices = [] if delta is None else [{"index": 0, "delta": delta, "finish_reason": finish}]
    body = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": model, "choices": choices}
    return b"data: " + json.dumps(body if usage is None else {**body, "usage": usage}).encode() + b"\n\n"


def error(status: int, message: str = SECRET, **headers: str) -> Way:
    """An error of the provider, which quotes what it was sent and the key."""

    async def way(send: Send) -> None:
        named = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
        body = json.dumps({"error": {"message": f"{message} {KEY}", "code": status}}).encode()
        await _whole(send, status, body, named)

    return way


def body(content: bytes, kind: bytes = b"application/json") -> Way:
    """This body with status 200, whatever it is."""

    async def way(send: Send) -> None:
        await _whole(send, 200, content, [(b"content-type", kind)])

    return way


def answers(content: str = REFUSED, *, model: str = MODEL, finish: str | None = "stop", usage: object = USAGE) -> Way:
    """A stream that comes to its end: two pieces of text, then the count of tokens."""

    async def way(send: Send) -> None:
        half = len(content) // 2
        await _open(send)
        for piece in ("", content[:half], content[half:]):
            await _piece(send, chunk({"role": "assistant", "content": piece}, model=model))
        if finish is not None:
            await _piece(send, chunk({}, finish, model=model))
        if usage is not None:
            await _piece(send, chunk(None, model=model, usage=usage))
        await _piece(send, b"data: [DONE]\n\n", more=False)

    return way


def breaks_off(raw: bytes = b"") -> Way:
    """A stream that begins well, says `raw`, and then the connection is reset."""

    async def way(send: Send) -> None:
        await _open(send)
        await _piece(send, chunk({"role": "assistant", "content": '{"ans'}))
        await _piece(send, raw)
        raise ConnectionResetError

    return way


def says(*raw: bytes) -> Way:
    """A stream of exactly these bytes."""

    async def way(send: Send) -> None:
        await _open(send)
        for piece in raw:
            await _piece(send, piece)
        await _piece(send, b"", more=False)

    return way


async def silence(_: Send) -> None:
    """Nothing at all, until the caller has gone."""
    await asyncio.sleep(1.0)


def stalls(*, after: bytes) -> Way:
    """A stream that goes silent."""

    async def way(send: Send) -> None:
        await _open(send)
        await _piece(send, after)
        await asyncio.sleep(1.0)

    return way


async def babbles(send: Send) -> None:
    """A stream without an end: empty pieces for as long as anybody listens, two seconds at the most."""
    await _open(send)
    for _ in range(200):
        await _piece(send, chunk({"role": "assistant", "content": ""}))
        await asyncio.sleep(0.01)


async def keeps_alive(send: Send) -> None:
    """A stream of comments, as some providers send them while they think; two seconds of it at the most."""
    await _open(send)
    for _ in range(200):
        await _piece(send, b": still thinking\n\n")
        await asyncio.sleep(0.01)


async def redirects(send: Send) -> None:
    """To another address on this machine."""
    location = (b"location", b"http://localhost:9/v1/chat/completions")
    await _whole(send, 307, b"", [location])


@dataclass
class Provider:
    """What is planned, and what was received."""

    port: int
    plan: list[Way] = field(default_factory=list)
    """The ways to answer, in order; the last one stays."""
    received: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    """The header with the key, and the body, of each request."""
    accepting: bool = True

    @property
    def environment(self) -> dict[str, str]:
        """The variables of the hosted route."""
        return {
            "REFERENCE_HOSTED_MODEL": MODEL,
            "REFERENCE_HOSTED_API_BASE": f"http://127.0.0.1:{self.port}/v1",
            "REFERENCE_HOSTED_API_KEY": KEY,
        }

    def aside(self, call: Callable[..., T], *arguments: object) -> T:
        """The result of a call in a thread of its own, as the gateway makes it.

        LiteLLM opens an event loop for whoever calls it in the main thread, and leaves it open.
        """
        with ThreadPoolExecutor(1) as pool:
            return pool.submit(call, *arguments).result()

    def warm_up(self) -> None:
        """Make LiteLLM load what it loads on its first call, seconds of it, before a test has a timeout."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of LiteLLM about pydantic
            for way in (answers(), error(401)):
                self.plan = [way]
                call = {"api_base": f"http://127.0.0.1:{self.port}/v1", "api_key": KEY, "stream": True, "timeout": 60}
                with suppress(litellm.AuthenticationError):
                    self.aside(
                        lambda call=call: list(
                            litellm.completion("openai/tiny", [{"role": "user", "content": "-"}], **call)
                        )
                    )

    def reset(self) -> None:
        """Forget everything."""
        self.plan, self.received = [answers()], []

    async def __call__(
        self, scope: dict[str, Any], receive: Callable[[], Awaitable[dict[str, Any]]], send: Send
    ) -> None:
        """The ASGI application."""
        parts, more = b"", True
        while more:
            message = await receive()
            parts, more = parts + message.get("body", b""), message.get("more_body", False)
        headers = dict(scope["headers"])
        key = next(headers[name] for name in (b"authorization", b"x-api-key", b"api-key") if name in headers)
        self.received.append((key.decode(), json.loads(parts)))
        way = self.plan.pop(0) if len(self.plan) > 1 else self.plan[0]
        await way(send)


@contextmanager
def listening() -> Iterator[Provider]:
    """A provider on a free port, in a thread."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        provider = Provider(listener.getsockname()[1])
        config = uvicorn.Config(
            provider, log_config=None, log_level="critical", lifespan="off", timeout_graceful_shutdown=1
        )
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        while not server.started:
            time.sleep(0.01)
        try:
            yield provider
        finally:
            server.should_exit = True
            thread.join()


async def _whole(send: Send, status: int, content: bytes, headers: list[tuple[bytes, bytes]]) -> None:
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": content})


async def _open(send: Send) -> None:
    headers = [(b"content-type", b"text/event-stream")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})


async def _piece(send: Send, content: bytes, *, more: bool = True) -> None:
    await send({"type": "http.response.body", "body": content, "more_body": more})
