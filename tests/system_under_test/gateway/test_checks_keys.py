"""Acceptance checks 8 to 10: floods, rotation and outages of a key set endpoint, oversized and withdrawn tokens."""

import asyncio
import json
import math
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx
import pytest

from system_under_test.config import Issuer, KeyCache, Limits
from system_under_test.gateway.deny_list import DenyList
from system_under_test.gateway.jwks_cache import Fetches, RemoteKeys
from system_under_test.gateway.key_set_endpoint import KeySetEndpoint
from system_under_test.gateway.key_sources import KeySource
from system_under_test.gateway.verify import Identity, Verifier

QUESTION = {"question": "How many days of annual leave are there a year?"}
URI = "https://idp.example/keys"
LIMITS = Limits()
TIMES = LIMITS.key_cache
Ask = Callable[..., Any]


@pytest.fixture(scope="module")
def idp(doubles: ModuleType) -> Any:
    return doubles.Idp()


@pytest.fixture
def endpoint(identity_doubles: ModuleType, idp: Any) -> Any:
    """The issuer's key set endpoint. Its clock is the one that key sets age by."""
    made = identity_doubles.Endpoint()
    made.serve(idp.jwks())
    return made


@pytest.fixture
def verifier(endpoint: Any, idp: Any, doubles: ModuleType) -> Verifier:
    """A verifier whose issuer's keys are at the endpoint."""

    def source(issuer: Issuer, times: KeyCache) -> KeySource:
        return RemoteKeys(times, KeySetEndpoint(str(issuer.jwks_uri), times, endpoint), endpoint.clock)

    return Verifier([Issuer(idp.issuer, doubles.AUDIENCE, None, URI)], doubles.TENANTS, LIMITS, sources=source)


@pytest.fixture
def service(verifier: Verifier, doubles: ModuleType, serve: Callable[..., Any]) -> Any:
    """The gateway of that verifier. Its records stay in memory."""
    records = doubles.FailingAudit()
    records.failing = False
    return serve(verifier=verifier, audit=records)


async def post(client: httpx.AsyncClient, token: str) -> httpx.Response:
    return await client.post("/v1/retrieve", json=QUESTION, headers={"authorization": f"Bearer {token}"})


async def status(client: httpx.AsyncClient, token: str) -> int:
    return (await post(client, token)).status_code


async def settled() -> None:
    """Let every task that can move do so."""
    for _ in range(50):
        await asyncio.sleep(0)


@pytest.mark.slow
@pytest.mark.parametrize("fault", [None, httpx.ConnectError("down")], ids=["endpoint up", "endpoint down"])
def test_check_08_a_thousand_random_key_ids_cost_no_more_fetches_than_declared(
    service: Any, endpoint: Any, idp: Any, fault: Exception | None
) -> None:
    tokens = [idp.token({"kid": f"unknown-{number}"}) for number in range(1_000)]
    good = idp.token()

    async def run() -> list[int]:
        async with service.client() as client:
            assert await status(client, good) == 200
            endpoint.fault, first = fault, endpoint.hits
            statuses = []
            for token in tokens:
                endpoint.clock.now += 10 / len(tokens)
                statuses.append(await status(client, token))
            assert endpoint.hits - first <= 1 + math.ceil(10 / TIMES.interval_s)
            assert await status(client, good) == 200
            return statuses

    assert asyncio.run(run()) == [401] * 1_000
    assert len(service.retrieval.searches) == 2


def test_check_08_a_known_key_never_waits_for_the_endpoint(service: Any, endpoint: Any, idp: Any) -> None:
    """The endpoint is asked and does not answer; were a known key to wait for it, this test would not end."""

    async def run() -> None:
        async with service.client() as client:
            assert await status(client, idp.token()) == 200
            endpoint.held = asyncio.Event()
            endpoint.clock.now += TIMES.interval_s
            strangers = [asyncio.create_task(status(client, idp.token({"kid": f"x-{n}"}))) for n in range(10)]
            await settled()

            assert [await status(client, idp.token()) for _ in range(100)] == [200] * 100

            assert endpoint.hits == 2
            assert not any(stranger.done() for stranger in strangers)
            endpoint.held.set()
            assert await asyncio.gather(*strangers) == [401] * 10

    asyncio.run(run())


def test_check_08_a_hundred_first_requests_cost_one_fetch(verifier: Verifier, endpoint: Any, idp: Any) -> None:
    async def run() -> list[Identity]:
        return await asyncio.gather(*(verifier.identify([f"Bearer {idp.token()}"]) for _ in range(100)))

    identities = asyncio.run(run())

    assert [identity.jwks_stale for identity in identities] == [False] * 100
    assert endpoint.hits == 1
    assert verifier.fetches() == Fetches(succeeded=1)


def test_check_09_a_rotated_key_is_taken_and_the_old_one_dropped_within_the_declared_times(
    service: Any, endpoint: Any, idp: Any, doubles: ModuleType
) -> None:
    successor = doubles.Idp(key_id="key-2")
    step, measured = 1.0, {"rotate": math.inf, "revoke": math.inf}

    async def run() -> None:
        async with service.client() as client:
            assert await status(client, idp.token()) == 200
            endpoint.serve({"keys": [*idp.jwks()["keys"], *successor.jwks()["keys"]]})
            published = endpoint.clock.now
            while await status(client, successor.token()) != 200:
                endpoint.clock.now += step
            measured["rotate"] = endpoint.clock.now - published
            assert await status(client, idp.token()) == 200

            endpoint.serve(successor.jwks())
            withdrawn = endpoint.clock.now
            while await status(client, idp.token()) == 200:
                endpoint.clock.now += step
                await settled()
            measured["revoke"] = endpoint.clock.now - withdrawn
            assert await status(client, successor.token()) == 200

    asyncio.run(run())

    assert 0 < measured["rotate"] <= TIMES.rotate_s
    assert 0 < measured["revoke"] <= TIMES.revoke_s


@pytest.mark.parametrize(
    "outage",
    [
        pytest.param({"fault": httpx.ConnectError("down")}, id="no connection"),
        pytest.param({"fault": httpx.ReadTimeout("slow")}, id="timeout"),
        pytest.param({"status": 500}, id="500"),
        pytest.param({"content": b"<html>"}, id="HTML"),
        pytest.param({"content": b'{"keys":[]}'}, id="no keys"),
        pytest.param({"status": 302, "headers": {"location": "https://evil.example/keys"}}, id="redirect"),
        pytest.param({"content": b" " * 50_000_000}, id="50 MB"),
    ],
)
def test_check_09_in_an_outage_cached_keys_hold_up_to_the_stale_limit_then_503(
    service: Any, endpoint: Any, idp: Any, outage: dict[str, Any]
) -> None:
    async def run() -> list[int]:
        async with service.client() as client:
            statuses = [await status(client, idp.token())]
            began = endpoint.clock.now
            for name, value in outage.items():
                setattr(endpoint, name, value)
            for age in (TIMES.fresh_s, TIMES.stale_s, TIMES.stale_s + 1):
                endpoint.clock.now = began + age
                statuses.append(await status(client, idp.token()))
            endpoint.status, endpoint.fault, endpoint.headers = 200, None, {}
            endpoint.serve(idp.jwks())
            endpoint.clock.now += TIMES.interval_s
            return [*statuses, await status(client, idp.token())]

    assert asyncio.run(run()) == [200, 200, 200, 503, 200]
    assert set(endpoint.asked) == {URI}
    assert [record.outcome for record in service.audit.records].count("unavailable") == 1


def test_check_10_a_token_over_the_limit_is_refused_before_anything_is_decoded(service: Any, idp: Any) -> None:
    tokens = [
        idp.token(sub="x" * LIMITS.header_bytes),
        "a" * 5_000_000,
        idp.signed(json.dumps(idp.header()), "[" * 100_000 + "]" * 100_000),
        idp.signed("[" * 100_000, "{}"),
    ]
    exact = idp.token(sub="s")

    async def run() -> tuple[list[int], int, int]:
        async with service.client() as client:
            good = await status(client, exact)
            await status(client, tokens[0])
            tracemalloc.start()
            statuses = [await status(client, token) for token in tokens]
            _, peak = tracemalloc.get_traced_memory()
            tracemalloc.stop()
            return statuses, peak, good

    statuses, peak, good = asyncio.run(run())

    assert set(statuses) <= {401, 431}
    assert peak < 32 * 1024 * 1024
    assert good == 200


def test_check_10_the_verifier_itself_neither_copies_nor_decodes_a_large_token(idp: Any, doubles: ModuleType) -> None:
    """No clock: a refusal that touches the five megabytes would show as memory."""
    verifier = Verifier([idp.as_issuer()], doubles.TENANTS, LIMITS)
    header = ["Bearer " + idp.token(sub="x" * 5_000_000)]

    async def peak() -> int:
        tracemalloc.start()
        with pytest.raises(Exception, match="token_too_large"):
            await verifier.identify(header)
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    asyncio.run(peak())
    assert asyncio.run(peak()) < 256 * 1024


@pytest.mark.parametrize("part", ["header", "claims"])
def test_check_10_nesting_as_deep_as_the_limit_allows_is_refused(service: Any, idp: Any, part: str) -> None:
    deep = "[" * 5_000
    texts = {"header": json.dumps(idp.header()), "claims": json.dumps(idp.claims())}
    hidden = {**texts, part: texts[part][:-1] + f', "more": {deep}'}

    async def run() -> list[int]:
        async with service.client() as client:
            return [await status(client, idp.signed(one["header"], one["claims"])) for one in (hidden, texts)]

    assert asyncio.run(run()) == [401, 200]


@pytest.fixture
def withdrawn(tmp_path: Path, idp: Any) -> Path:
    path = tmp_path / "denied.json"
    path.write_text(json.dumps({"denied": [{"iss": idp.issuer, "jti": "token-1"}]}), encoding="utf-8")
    return path


@pytest.fixture
def guarded(withdrawn: Path, idp: Any, doubles: ModuleType, serve: Callable[..., Any]) -> Iterator[Any]:
    """A gateway with a deny list that names the token `token-1`."""
    return serve(verifier=Verifier([idp.as_issuer()], doubles.TENANTS, LIMITS, denied=DenyList(withdrawn)))


def spellings(idp: Any, token_id: str, mirrored: Callable[[str], str]) -> list[str]:
    """One token in four spellings: as it was made, another sound signature, other order, an escaped letter."""
    claims, header = idp.claims(jti=token_id), json.dumps(idp.header())
    token = idp.signed(header, json.dumps(claims))
    other_order = json.dumps(dict(reversed(claims.items())), indent=1)
    escaped = json.dumps(claims).replace("token", "\\u0074oken")
    return [token, mirrored(token), idp.signed(header, other_order), idp.signed(header, escaped)]


def test_check_10_a_denied_token_is_refused_in_whatever_bytes(
    guarded: Any, service: Any, idp: Any, identity_doubles: ModuleType
) -> None:
    async def run(tokens: list[str], gateway: Any = guarded) -> list[int]:
        async with gateway.client() as client:
            return [await status(client, token) for token in tokens]

    denied, right = (spellings(idp, token_id, identity_doubles.mirrored) for token_id in ("token-1", "token-2"))

    assert len({*denied, *right}) == 8
    assert asyncio.run(run(denied)) == [401] * 4
    assert [record["reason"] for record in guarded.records()] == ["token_denied"] * 4
    assert asyncio.run(run(right)) == [200] * 4
    assert asyncio.run(run([denied[0] + "=", right[0] + "="])) == [401, 401]
    assert asyncio.run(run(denied, service)) == [200] * 4  # the gateway without the list: nothing else stops them


def test_check_10_an_unreadable_deny_list_answers_503_and_comes_back(guarded: Any, withdrawn: Path, idp: Any) -> None:
    async def run() -> list[int]:
        async with guarded.client() as client:
            statuses = []
            for content in ("{", '{"denied": []}'):
                withdrawn.write_text(content, encoding="utf-8")
                statuses.append(await status(client, idp.token()))
            return statuses

    assert asyncio.run(run()) == [503, 200]
    assert [record["outcome"] for record in guarded.records()] == ["unavailable", "retrieved"]
