"""Whether the service can answer, and which part cannot."""

import asyncio
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from system_under_test.config import Issuer, Limits, Service
from system_under_test.gateway.health import KEEP_S, REASONS, Readiness
from system_under_test.gateway.rejection import IdentityUnavailableError
from system_under_test.gateway.verify import Verifier

Start = Callable[..., Any]


class Part:
    """A part that holds, does not, fails or never answers. Counts how often it is asked."""

    def __init__(self, answer: bool | Exception | None = True) -> None:
        self.answer = answer
        self.asked = 0

    async def __call__(self) -> bool:
        self.asked += 1
        if self.answer is None:
            await asyncio.Event().wait()
        if isinstance(self.answer, Exception):
            raise self.answer
        return bool(self.answer)


def get(service: Any, *paths: str, server: tuple[str, int] = ("gateway", 80)) -> list[httpx.Response]:
    """The responses to requests that arrive on this host and port."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await service.app({**scope, "server": server}, receive, send)

    async def run() -> list[httpx.Response]:
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as client:
            return [await client.get(path) for path in paths]

    return asyncio.run(run())


def test_all_parts_hold_or_each_failing_one_is_named() -> None:
    ready = asyncio.run(Readiness({"index": Part(), "keys": Part(), "audit": Part()}).reasons())
    failing = asyncio.run(Readiness({"index": Part(), "keys": Part(False), "audit": Part()}).reasons())

    assert ready == ()
    assert failing == (REASONS["keys"],)


@pytest.mark.parametrize("fault", [OSError("/secret/path"), RuntimeError("acme")], ids=["system", "own"])
def test_a_part_that_fails_is_not_ready_and_its_fault_is_not_told(fault: Exception) -> None:
    readiness = Readiness({"index": Part(fault), "keys": Part(), "audit": Part(False)})

    assert asyncio.run(readiness.reasons()) == (REASONS["index"], REASONS["audit"])


def test_a_part_that_does_not_answer_is_not_waited_for_for_ever() -> None:
    readiness = Readiness({"index": Part(None)}, limit_s=0.01)

    assert asyncio.run(readiness.reasons()) == (REASONS["index"],)


def test_asking_often_asks_the_parts_once() -> None:
    part, seconds = Part(), [10.0]
    readiness = Readiness({"index": part}, now=lambda: seconds[0])

    async def run() -> list[int]:
        asked = []
        for later in (0.0, 0.0, KEEP_S / 2, KEEP_S / 2):
            seconds[0] += later
            await readiness.reasons()
            asked.append(part.asked)
        return asked

    assert asyncio.run(run()) == [1, 1, 1, 2]


def test_a_running_gateway_is_ready_and_alive(serve: Start) -> None:
    ready, alive = get(serve(), "/readyz", "/healthz")

    assert (ready.status_code, ready.json()) == (200, {"status": "ready", "reasons": []})
    assert (alive.status_code, alive.json()) == (200, {"status": "ok"})


def test_it_is_not_ready_where_the_last_record_could_not_be_kept(serve: Start, doubles: Any) -> None:
    service = serve(audit=doubles.FailingAudit())

    async def ask() -> None:
        async with service.client() as client:
            await client.post("/v1/answer", json={"question": "How many days?"}, headers=service.idp.headers())

    asyncio.run(ask())
    ready, alive = get(service, "/readyz", "/healthz")

    assert (ready.status_code, ready.json()) == (503, {"status": "unavailable", "reasons": [REASONS["audit"]]})
    assert alive.status_code == 200


def test_it_is_not_ready_where_the_index_or_the_model_fails(serve: Start, doubles: Any) -> None:
    class Broken(doubles.MemoryRetrieval):  # type: ignore[name-defined,misc]
        def query_vector(self, question: str) -> Any:
            raise RuntimeError("model of acme at /secret/path")

    ready = get(serve(retrieval=Broken()), "/readyz")[0]

    assert (ready.status_code, ready.json()["reasons"]) == (503, [REASONS["index"]])


def test_it_is_ready_where_the_index_answers_even_if_it_is_empty(serve: Start) -> None:
    def gone() -> int:
        raise OSError("index server at 10.0.0.1")

    empty, unreachable = (get(serve(index_size=size), "/readyz")[0] for size in (lambda: 0, gone))

    assert empty.status_code == 200
    assert (unreachable.status_code, unreachable.json()["reasons"]) == (503, [REASONS["index"]])


def test_it_is_not_ready_without_an_issuers_keys(serve: Start, doubles: Any) -> None:
    nowhere = Issuer("https://idp.example", "rag", None, "http://127.0.0.1:9/keys")
    service = serve(verifier=Verifier([nowhere], doubles.TENANTS, Limits()))

    ready = get(service, "/readyz")[0]

    assert (ready.status_code, ready.json()["reasons"]) == (503, [REASONS["keys"]])
    assert "idp" not in ready.text


def test_it_is_not_ready_where_the_list_of_denied_tokens_cannot_be_read(serve: Start, doubles: Any) -> None:
    class Unreadable:
        def holds(self, issuer: str, token_id: str) -> bool:
            raise IdentityUnavailableError

        def check(self) -> None:
            raise IdentityUnavailableError

    idp = doubles.Idp()
    service = serve(verifier=Verifier([idp.as_issuer()], doubles.TENANTS, Limits(), denied=Unreadable()))

    ready = get(service, "/readyz")[0]

    assert (ready.status_code, ready.json()["reasons"]) == (503, [REASONS["deny_list"]])


def test_operations_answer_on_their_own_port_alone(serve: Start) -> None:
    service = serve(service=Service(operations_port=9_090))
    paths = ("/readyz", "/metrics", "/healthz")

    inside = get(service, *paths, server=("gateway", 9_090))
    outside = get(service, *paths)

    assert [response.status_code for response in inside] == [200, 200, 200]
    assert [response.status_code for response in outside] == [404, 404, 200]


@pytest.mark.parametrize("verb", ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "BREW"])
@pytest.mark.parametrize(
    ("settings", "paths"),
    [(Service(), ["/metrics"]), (Service(operations_port=9_090), ["/metrics", "/readyz"])],
    ids=["no-operations-port", "operations-port"],
)
def test_elsewhere_an_operations_address_is_byte_for_byte_like_one_that_means_nothing(
    serve: Start, doubles: Any, settings: Service, paths: list[str], verb: str
) -> None:
    service = serve(service=settings)

    nothing, *found = service.send(*((verb, path, {}) for path in ["/v1/nothing", *paths]))

    told = [(one.status_code, sorted(one.headers.multi_items())) for one in (nothing, *found)]
    assert told == [told[0]] * (1 + len(paths))
    assert nothing.status_code == 404
    if verb != "HEAD":
        assert all(doubles.without_id(one) == doubles.without_id(nothing) for one in found)
