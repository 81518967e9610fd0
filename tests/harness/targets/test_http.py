"""A target over HTTP or ASGI: whatever it does comes back as data, within its time, and without the token."""

import asyncio
import gzip
import json
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from harness.errors import InvalidInput, TargetError
from harness.targets.http import HttpTarget, checked_address, release_of, target_by_url
from harness.targets.target import Release
from harness.targets.wire import LARGEST_BODY, Reply

Handler = Callable[[Request], Awaitable[Response]]
TOKEN = "aaaa.bbbb.cccc"


def target_of(handler: Any, known: Release | None = None) -> HttpTarget:
    """A target whose every path is answered by one function of the request."""
    application = Starlette(
        routes=[Route(path, handler, methods=["GET", "POST"]) for path in ("/v1/answer", "/v1/retrieve", "/v1/release")]
    )
    return of_application(application, known)


def of_application(application: Any, known: Release | None = None) -> HttpTarget:
    """An ASGI application as a target."""
    transport = httpx.ASGITransport(app=application, raise_app_exceptions=False)
    client = httpx.AsyncClient(transport=transport, base_url="http://target.local")
    return HttpTarget("target", client, known_release=known)


def asked(target: HttpTarget, token: str = TOKEN, timeout_s: float = 5.0) -> Reply:
    """One ask, and the target closed after it."""

    async def walk() -> Reply:
        try:
            return await target.ask("answer", {"question": "?"}, token, timeout_s)
        finally:
            await target.close()

    return asyncio.run(walk())


def released(target: HttpTarget) -> Release:
    """The target's description of itself."""

    async def walk() -> Release:
        try:
            return await target.release(TOKEN)
        finally:
            await target.close()

    return asyncio.run(walk())


def test_the_question_goes_out_with_the_bearer_token() -> None:
    async def echo(request: Request) -> Response:
        shown = request.headers["authorization"] == f"Bearer {TOKEN}"
        return JSONResponse({"path": request.url.path, "body": await request.json(), "shown": shown})

    reply = asked(target_of(echo))

    assert json.loads(reply.body) == {"path": "/v1/answer", "body": {"question": "?"}, "shown": True}
    assert (reply.status, reply.fault) == (200, None)
    assert reply.latency_ms > 0


def test_no_token_means_no_authorization_header() -> None:
    async def echo(request: Request) -> Response:
        return JSONResponse("authorization" in request.headers)

    assert asked(target_of(echo), token="").body == "false"


@pytest.mark.parametrize("status", [200, 401, 500])
def test_a_token_that_is_echoed_is_taken_out_of_the_body(status: int) -> None:
    async def echo(request: Request) -> Response:
        return PlainTextResponse(f"bad token {TOKEN} in {request.headers['authorization']}", status_code=status)

    reply = asked(target_of(echo))

    assert TOKEN not in reply.body
    assert reply.body == "bad token [token] in Bearer [token]"


def test_a_body_of_the_largest_size_is_read_and_one_more_byte_is_a_failure() -> None:
    async def large(request: Request) -> Response:
        return PlainTextResponse("x" * (LARGEST_BODY + extra))

    extra = 0
    assert len(asked(target_of(large)).body) == LARGEST_BODY
    extra = 1
    reply = asked(target_of(large))

    assert reply.body == ""
    assert reply.fault is not None
    assert (reply.fault.kind, reply.status) == ("unreadable", 200)


def test_a_body_that_grows_when_unpacked_is_a_failure() -> None:
    async def bomb(request: Request) -> Response:
        return Response(gzip.compress(b"x" * (LARGEST_BODY * 4)), headers={"content-encoding": "gzip"})

    fault = asked(target_of(bomb)).fault

    assert fault is not None
    assert fault.kind == "unreadable"


def test_a_body_that_cannot_be_unpacked_is_a_failure() -> None:
    async def garbage(request: Request) -> Response:
        return Response(b"not gzip at all", headers={"content-encoding": "gzip"})

    fault = asked(target_of(garbage)).fault

    assert fault is not None
    assert (fault.kind, fault.message) == ("unreachable", "DecodingError")


def test_bytes_that_are_no_text_are_kept_as_far_as_they_are() -> None:
    async def latin(request: Request) -> Response:
        return Response(b'{"answer": "Gr\xfc\xdfe"}')

    assert "Gr" in asked(target_of(latin)).body


def test_a_redirect_is_not_followed() -> None:
    async def elsewhere(request: Request) -> Response:
        return RedirectResponse("http://stranger.example/v1/answer")

    assert asked(target_of(elsewhere)).status == 307


def test_an_application_that_raises_is_a_server_error() -> None:
    async def broken(request: Request) -> Response:
        raise RuntimeError("secret details")

    reply = asked(target_of(broken))

    assert reply.status == 500
    assert "secret" not in reply.body


@pytest.mark.parametrize("timeout_s", [0.05])
def test_an_application_that_never_answers_times_out(timeout_s: float) -> None:
    async def hangs(request: Request) -> Response:
        await asyncio.Event().wait()
        return Response()

    fault = asked(target_of(hangs), timeout_s=timeout_s).fault

    assert fault is not None
    assert (fault.kind, fault.message) == ("timeout", "no reply within 0.05 s")


def test_a_reply_that_never_ends_times_out() -> None:
    async def drips(request: Request) -> Response:
        async def endless() -> Any:
            while True:
                yield b"x"
                await asyncio.sleep(0)

        return StreamingResponse(endless())

    fault = asked(target_of(drips), timeout_s=0.05).fault

    assert fault is not None
    assert fault.kind == "timeout"


def test_a_target_that_is_not_there_is_unreachable() -> None:
    reply = asked(target_by_url("http://127.0.0.1:9"))

    assert reply.fault is not None
    assert (reply.status, reply.fault.kind, reply.fault.message) == (0, "unreachable", "ConnectError")


def test_a_release_is_what_the_target_says_of_itself() -> None:
    async def described(request: Request) -> Response:
        return JSONResponse({"code": "abc", "corpus": "changes with every planting"})

    release = released(target_of(described))

    assert release.described["code"] == "abc"
    assert release.digest == Release({"code": "abc", "corpus": "another"}).digest


@pytest.mark.parametrize(
    ("reply", "message"),
    [
        pytest.param(PlainTextResponse("{}", status_code=401), "answered HTTP 401", id="refused"),
        pytest.param(RedirectResponse("http://stranger.example"), "answered HTTP 307", id="sent elsewhere"),
        pytest.param(PlainTextResponse("soon"), "not a JSON object with members", id="text"),
        pytest.param(PlainTextResponse("[1]"), "not a JSON object with members", id="list"),
        pytest.param(PlainTextResponse("{}"), "not a JSON object with members", id="empty"),
        pytest.param(PlainTextResponse('{"a": NaN}'), "not a JSON object with members", id="NaN"),
        pytest.param(PlainTextResponse('{"a": 1e999}'), "not a JSON object with members", id="infinite"),
        pytest.param(PlainTextResponse("[" * 100_000), "not a JSON object with members", id="nested without end"),
        pytest.param(PlainTextResponse("x" * (LARGEST_BODY + 1)), "a reply of more than", id="too large"),
    ],
)
def test_a_target_that_does_not_name_its_release_is_refused(reply: Response, message: str) -> None:
    async def described(request: Request) -> Response:
        return reply

    with pytest.raises(TargetError, match=message):
        released(target_of(described))


def test_a_release_that_cannot_be_asked_for_names_the_address_and_the_cause() -> None:
    with pytest.raises(TargetError, match=r"http://127\.0\.0\.1:9/v1/release cannot be reached: .*onnect"):
        released(target_by_url("http://127.0.0.1:9"))


def test_a_declared_release_is_not_asked_for() -> None:
    known = Release({"image": "sha256:1"})

    assert released(target_by_url("http://127.0.0.1:9", known)) == known


@pytest.mark.parametrize(
    "address",
    ["ftp://host", "http://", "http:///path", "host:8000", "http://[::1", "http://ho\x00st", "https://host:99999"],
)
def test_an_address_that_is_none_is_refused(address: str) -> None:
    with pytest.raises(InvalidInput):
        checked_address(address)


def test_an_address_with_a_password_is_refused_without_repeating_it() -> None:
    with pytest.raises(InvalidInput) as refusal:
        target_by_url("https://someone:hunter2@host.example")

    assert "hunter2" not in str(refusal.value)


def test_what_stands_behind_a_target_is_closed_with_it() -> None:
    closed: list[str] = []

    async def close() -> None:
        closed.append("closed")

    target = HttpTarget("target", httpx.AsyncClient(), on_close=close)
    asyncio.run(target.close())

    assert closed == ["closed"]


def test_the_digest_of_a_release_sees_every_member_but_the_corpus() -> None:
    one = release_of('{"models": [{"name": "a"}], "index": {"corpus": 1, "size": 2}}', "here")
    same = release_of('{"index": {"size": 2, "corpus": 9}, "models": [{"name": "a"}]}', "here")
    other = release_of('{"models": [{"name": "b"}], "index": {"corpus": 1, "size": 2}}', "here")

    assert one.digest == same.digest != other.digest
