"""A target spoken to over HTTP: by URL, or an ASGI application in this process. The same code for both."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Mapping
from urllib.parse import quote

import httpx

from harness.domain.cases import Extra
from harness.domain.observations import Failure
from harness.domain.stages import Change
from harness.errors import InvalidInput, TargetError
from harness.load.documents import as_mapping
from harness.targets.target import HERE, PLAIN, Release, described_release, placed
from harness.targets.wire import LARGEST_BODY, Reply

RELEASE_TIMEOUT_S = 10.0
LARGEST_PORT = 65_535
_PATHS = {"open": "/v1/documents/", "record": "/v1/audit/"}
"""What is read by its id."""
_FAULTS = (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError)


class HttpTarget:
    """Speaks the contract of `wire` over an httpx transport. Redirects are not followed."""

    def __init__(
        self,
        name: str,
        client: httpx.AsyncClient,
        *,
        known_release: Release | None = None,
        on_close: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        self.name = name
        self._client = client
        self._known_release = known_release
        self._on_close = on_close

    async def ask(
        self, verb: str, body: Mapping[str, object], token: str, timeout_s: float, extra: Extra = PLAIN
    ) -> Reply:
        """Put one question; whatever goes wrong comes back as the reply's fault."""
        if verb in _PATHS:
            return await self._sent(
                "GET", _PATHS[verb] + quote(str(body["id"]), safe="/"), None, token, timeout_s, extra
            )
        return await self._sent("POST", f"/v1/{verb}", dict(body), token, timeout_s, extra)

    async def change(self, change: Change, token: str, timeout_s: float) -> Reply:
        """PUT or DELETE of one document; whatever goes wrong comes back as the reply's fault."""
        path = _PATHS["open"] + quote(change.document.id, safe="/")
        if change.action == "put":
            members = {
                name: value for name, value in as_mapping(change.document).items() if name not in {"id", "tenant"}
            }
            return await self._sent("PUT", path, members, token, timeout_s, PLAIN)
        return await self._sent("DELETE", path, None, token, timeout_s, PLAIN)

    async def _sent(
        self, method: str, path: str, body: dict[str, object] | None, token: str, timeout_s: float, extra: Extra
    ) -> Reply:
        started = time.perf_counter()
        try:
            beside, left = placed(extra, token)
            headers = [("Authorization", f"Bearer {left}")] if left else []
            request = self._client.build_request(
                method, path, json=body, headers=[*headers, *beside.headers], params=beside.query or None
            )
            status, text, shown = await self._exchange(request, timeout_s)
        except (httpx.TimeoutException, TimeoutError):
            return Reply(0, "", _since(started), Failure("timeout", f"no reply within {timeout_s:g} s"))
        except _TooLargeError as fault:
            return Reply(fault.status, "", _since(started), Failure("unreadable", str(fault)))
        except _FAULTS as fault:
            return Reply(0, "", _since(started), Failure("unreachable", type(fault).__name__))
        if token:
            text, shown = text.replace(token, HERE), shown.replace(token, HERE)
        return Reply(status, text, _since(started), headers=shown)

    async def release(self, token: str) -> Release:
        """`GET /v1/release`, or what the caller declared. Raises TargetError with the address and the cause."""
        if self._known_release:
            return self._known_release
        address = str(self._client.base_url).rstrip("/") + "/v1/release"
        headers = {"Authorization": f"Bearer {token}"}
        try:
            request = self._client.build_request("GET", "/v1/release", headers=headers)
            status, text, _ = await self._exchange(request, RELEASE_TIMEOUT_S)
        except (*_FAULTS, TimeoutError, _TooLargeError) as fault:
            cause = str(fault) or type(fault).__name__
            raise TargetError(
                f"the target at {address} cannot be reached: {cause}",
                next_step="start the system, or check the address after --target",
            ) from fault
        if status != httpx.codes.OK:
            raise TargetError(
                f"the target at {address} answered HTTP {status} and so does not name its release",
                next_step="check --identity; for a system without GET /v1/release, describe it with --release FILE",
            )
        return release_of(text.replace(token, HERE) if token else text, address)

    async def close(self) -> None:
        """Close the connections and whatever stands behind them."""
        await self._client.aclose()
        if self._on_close:
            await self._on_close()

    async def _exchange(self, request: httpx.Request, timeout_s: float) -> tuple[int, str, str]:
        """Status, text and headers within `timeout_s`: httpx alone limits each read, and nothing of an ASGI call."""
        async with asyncio.timeout(timeout_s):
            reply = await self._client.send(request, stream=True)
            try:
                content = bytearray()
                async for chunk in reply.aiter_bytes():
                    content += chunk
                    if len(content) > LARGEST_BODY:
                        raise _TooLargeError(reply.status_code)
            finally:
                await reply.aclose()
        return reply.status_code, content.decode("utf-8", errors="replace"), _headers(reply)


class _TooLargeError(Exception):
    """A reply beyond LARGEST_BODY; its status was read."""

    def __init__(self, status: int) -> None:
        super().__init__(f"a reply of more than {LARGEST_BODY} bytes")
        self.status = status


def target_by_url(url: str, known_release: Release | None = None) -> HttpTarget:
    """A target by its address, http or https."""
    parsed = checked_address(url)
    client = httpx.AsyncClient(base_url=parsed, follow_redirects=False, timeout=None)  # noqa: S113  _exchange limits it
    return HttpTarget(url, client, known_release=known_release)


def checked_address(url: str) -> httpx.URL:
    """An http or https address without a user name or password. Raises InvalidInput, which never repeats them."""
    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL as fault:
        raise InvalidInput(
            "the target is not a readable address", next_step="write --target http://host:port"
        ) from fault
    if parsed.userinfo:
        raise InvalidInput("the address holds a user name or password", next_step="take it out; use --identity")
    if parsed.query or parsed.fragment:
        raise InvalidInput("the address holds a query or a fragment", next_step="write --target http://host:port")
    if parsed.scheme not in {"http", "https"} or not parsed.host or (parsed.port or 0) > LARGEST_PORT:
        raise InvalidInput("the target is not an http or https address", next_step="write --target http://host:port")
    return parsed


def release_of(text: str, place: str) -> Release:
    """The release description that a target gave. Raises TargetError where it is none."""
    try:
        return described_release(json.loads(text))
    except (ValueError, RecursionError) as fault:
        raise TargetError(f"the release description of {place} is not a JSON object with members") from fault


def _headers(reply: httpx.Response) -> str:
    """Headers as text, in order of name. The date says nothing of the request and would make no two replies equal."""
    named = sorted((name.lower(), value) for name, value in reply.headers.multi_items())
    return "".join(f"{name}: {value}\n" for name, value in named if name != "date")


def _since(started: float) -> float:
    return (time.perf_counter() - started) * 1000
