"""Where a probe says itself where the token goes, it goes there and nowhere else, and in no reply that is kept."""

import asyncio
import json
from collections.abc import Mapping

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from harness.domain.cases import Extra
from harness.targets.callable import CallableTarget
from harness.targets.http import HttpTarget
from harness.targets.target import HERE, PLAIN, Release, placed

SENT = "aaaa.bbbb.cccc"
TWO = Extra(headers=(("Authorization", f"Bearer {HERE}"), ("Authorization", f"Bearer {HERE}")))
QUERY = Extra(query=(("access_token", HERE),))
TENANT = Extra(headers=(("X-Tenant-Id", "south"),))


async def shown(request: Request) -> JSONResponse:
    """What came in, the token as its length, so that it is not taken out of the reply."""
    received = [value.replace(SENT, "*") for value in request.headers.getlist("authorization")]
    query = {name: value.replace(SENT, "*") for name, value in request.query_params.items()}
    return JSONResponse({"authorization": received, "query": query, "echo": str(request.url)})


def over_http(extra: Extra, token: str = SENT) -> dict[str, object]:
    """What an application gets."""
    app = Starlette(routes=[Route("/v1/answer", shown, methods=["POST"])])
    client = httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://target.local")

    async def walk() -> str:
        async with client:
            return (await HttpTarget("t", client).ask("answer", {"question": "?"}, token, 5.0, extra)).body

    found: dict[str, object] = json.loads(asyncio.run(walk()))
    return found


@pytest.mark.parametrize(
    ("extra", "authorization", "query"),
    [
        pytest.param(PLAIN, ["Bearer *"], {}, id="where it belongs"),
        pytest.param(TENANT, ["Bearer *"], {}, id="beside another header"),
        pytest.param(TWO, ["Bearer *", "Bearer *"], {}, id="in two headers"),
        pytest.param(QUERY, [], {"access_token": "*"}, id="in the query"),
    ],
)
def test_a_request_carries_the_token_where_the_probe_says(
    extra: Extra, authorization: list[str], query: Mapping[str, str]
) -> None:
    found = over_http(extra)

    assert (found["authorization"], found["query"]) == (authorization, query)


def test_a_token_in_the_query_that_is_repeated_is_taken_out_of_the_reply() -> None:
    assert over_http(QUERY)["echo"] == "http://target.local/v1/answer?access_token=[token]"


@pytest.mark.parametrize(
    ("extra", "expected"),
    [
        pytest.param(TENANT, {"token": "*", "headers": {"X-Tenant-Id": "south"}}, id="beside another header"),
        pytest.param(TWO, {"token": "", "headers": {"Authorization": "Bearer *, Bearer *"}}, id="in two headers"),
        pytest.param(QUERY, {"token": "", "query": {"access_token": "*"}}, id="in the query"),
    ],
)
def test_a_function_gets_it_there_too(extra: Extra, expected: dict[str, object]) -> None:
    def function(request: Mapping[str, object]) -> dict[str, object]:
        kept = {name: request[name] for name in ("token", "headers", "query") if name in request}
        found: dict[str, object] = json.loads(json.dumps(kept).replace(SENT, "*"))
        return found

    target = CallableTarget("f", function, Release({"name": "f"}))
    reply = asyncio.run(target.ask("answer", {"question": "?"}, SENT, 5.0, extra))

    assert json.loads(reply.body) == expected


def test_what_is_planned_is_left_as_it_was() -> None:
    before = TWO.headers

    extra, left = placed(TWO, SENT)

    assert (TWO.headers, left) == (before, "")
    assert extra.headers == (("Authorization", f"Bearer {SENT}"),) * 2
