"""One fetch of a key set over HTTP. What comes back is untrusted: bound in time and size, not followed elsewhere."""

import asyncio
import ssl
from typing import Final

import httpx

from system_under_test.config import KeyCache, SetupError
from system_under_test.gateway.rejection import IdentityUnavailableError

_HEADERS: Final = {"accept": "application/json", "accept-encoding": "identity"}


class KeySetEndpoint:
    """The key set endpoint at an address. Calling it is one attempt.

    The address is https, or http on the loopback interface; anything else is a SetupError. Certificates are read once.
    `transport` replaces the network, and then needs no certificates.
    """

    def __init__(self, uri: str, times: KeyCache, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._uri = _checked(uri)
        self._times = times
        self._certificates: ssl.SSLContext | bool = httpx.create_ssl_context() if transport is None else True
        self._transport = transport

    async def __call__(self) -> bytes:
        """The body of the answer: status 200, no redirect, not compressed, within the limits of time and size.

        Raises httpx.HTTPError or IdentityUnavailableError.
        """
        try:
            # The client's own timeout is for each read: an endpoint that drips would hold a caller for ever.
            async with asyncio.timeout(self._times.timeout_s):
                return await self._body()
        except TimeoutError:
            raise IdentityUnavailableError("the key set endpoint did not answer in time") from None

    async def _body(self) -> bytes:
        client = httpx.AsyncClient(
            verify=self._certificates,
            timeout=self._times.timeout_s,
            follow_redirects=False,
            trust_env=False,
            transport=self._transport,
        )
        async with client, client.stream("GET", self._uri, headers=_HEADERS) as response:
            if response.status_code != httpx.codes.OK:
                raise IdentityUnavailableError("the key set endpoint did not answer 200")
            if response.headers.get("content-encoding", "identity") != "identity":
                raise IdentityUnavailableError("the key set is compressed, which was not asked for")
            body = bytearray()
            async for piece in response.aiter_raw():
                body += piece
                if len(body) > self._times.response_bytes:
                    raise IdentityUnavailableError("the key set is too large")
            return bytes(body)


def _checked(uri: str) -> httpx.URL:
    try:
        url = httpx.URL(uri)
    except httpx.InvalidURL:
        raise SetupError("`jwks_uri` is no address") from None
    local = url.scheme == "http" and url.host in {"127.0.0.1", "::1", "localhost"}
    if not (url.scheme == "https" or local) or not url.host or url.userinfo:
        raise SetupError("`jwks_uri` must be https, or http on the loopback interface, without credentials")
    return url
