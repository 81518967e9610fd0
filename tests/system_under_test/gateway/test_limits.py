"""The limits over HTTP: how much a tenant may ask, and how large a request may be."""

import asyncio
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from system_under_test.config import Limits

QUESTION = {"question": "How many days of annual leave are there a year?"}
Start = Callable[..., Any]


def ask(service: Any, path: str = "/v1/answer", **claims: object) -> httpx.Response:
    response: httpx.Response = service.send(
        ("POST", path, {"json": QUESTION, "headers": service.idp.headers(**claims)})
    )[0]
    return response


def test_a_tenant_over_its_limit_is_told_when_to_come_back_and_another_is_answered(serve: Start) -> None:
    service = serve(limits=Limits(requests_per_minute=2))

    acme = [ask(service) for _ in range(4)]
    globex = [ask(service, tenant="globex") for _ in range(2)]

    assert [response.status_code for response in acme] == [200, 200, 429, 429]
    assert [response.status_code for response in globex] == [200, 200]
    assert acme[2].json()["error"] == {"code": "too_many_requests", "message": "too many requests"}
    assert int(acme[2].headers["retry-after"]) in range(1, 61)
    assert [record["status"] for record in service.records()] == [200, 200, 429, 429, 200, 200]
    assert len(service.retrieval.searches) == 4


def test_a_refused_token_takes_nothing_from_the_tenant_that_it_names(serve: Start, doubles: Any) -> None:
    service, stranger = serve(limits=Limits(requests_per_minute=1)), doubles.Idp()
    call = ("POST", "/v1/answer", {"json": QUESTION, "headers": stranger.headers()})

    refused = service.send(*[call] * 5)

    assert {response.status_code for response in refused} == {401}
    assert ask(service).status_code == 200


def test_without_a_limit_in_reach_nobody_is_limited(serve: Start) -> None:
    service = serve()

    assert {ask(service, "/v1/retrieve").status_code for _ in range(30)} == {200}


def test_a_tenant_with_all_its_requests_under_way_waits_and_another_does_not(serve: Start) -> None:
    service = serve(limits=Limits(concurrent_requests=1))

    async def run() -> list[int]:
        arrived, opened = asyncio.Event(), asyncio.Event()

        async def slowly() -> Any:
            arrived.set()
            await opened.wait()
            yield b'{"question": "Leave?"}'

        async with service.client() as client:

            async def post(tenant: str, **arguments: Any) -> int:
                headers = service.idp.headers(tenant=tenant)
                response = await client.post("/v1/answer", headers=headers, **arguments)
                return int(response.status_code)

            first = asyncio.create_task(post("acme", content=slowly()))
            await arrived.wait()
            refused = await post("acme", json=QUESTION)
            other = await post("globex", json=QUESTION)
            opened.set()
            return [refused, other, await first, await post("acme", json=QUESTION)]

    assert asyncio.run(run()) == [429, 200, 200, 200]


@pytest.mark.parametrize(
    ("headers", "path"),
    [
        pytest.param({"x-filler": "a" * 17_000}, "/v1/answer", id="one long header"),
        pytest.param({f"x-{number}": "a" * 90 for number in range(200)}, "/v1/answer", id="many headers"),
        pytest.param({}, "/v1/answer?filler=" + "a" * 17_000, id="long address"),
    ],
)
def test_a_head_over_the_limit_is_refused_before_the_token_is_looked_at(
    serve: Start, headers: dict[str, str], path: str
) -> None:
    service = serve()
    call = {"json": QUESTION, "headers": {**service.idp.headers(), **headers}}

    response = service.send(("POST", path, call))[0]

    assert (response.status_code, response.json()["error"]["code"]) == (431, "head_too_large")
    assert [record["tenant"] for record in service.records()] == [None]
    assert ask(service).status_code == 200
