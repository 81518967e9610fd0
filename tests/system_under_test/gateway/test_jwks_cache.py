"""The cache of a key set: one fetch at a time, bounded in number, and never in the way of a known key."""

import asyncio
import json
from collections.abc import Callable
from types import ModuleType
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from system_under_test.config import KeyCache
from system_under_test.gateway.jwks_cache import Fetches, RemoteKeys
from system_under_test.gateway.key_set_endpoint import KeySetEndpoint
from system_under_test.gateway.rejection import IdentityUnavailableError

TIMES = KeyCache()


@pytest.fixture(scope="module")
def idp(doubles: ModuleType) -> Any:
    return doubles.Idp()


@pytest.fixture
def endpoint(identity_doubles: ModuleType, idp: Any) -> Any:
    made = identity_doubles.Endpoint()
    made.serve(idp.jwks())
    return made


@pytest.fixture
def keys(endpoint: Any) -> RemoteKeys:
    return RemoteKeys(TIMES, KeySetEndpoint("https://idp.example/keys", TIMES, endpoint), endpoint.clock)


async def settled() -> None:
    """Let every task that can move do so."""
    for _ in range(20):
        await asyncio.sleep(0)


async def known(keys: RemoteKeys, key_id: str = "key-1") -> bool:
    return (await keys.find(key_id)).key is not None


def test_a_hundred_first_requests_cost_one_fetch(endpoint: Any, keys: RemoteKeys) -> None:
    async def run() -> list[bool]:
        return await asyncio.gather(*(known(keys) for _ in range(100)))

    assert all(asyncio.run(run()))
    assert endpoint.hits == 1
    assert keys.fetches == Fetches(succeeded=1)


@pytest.mark.parametrize("fault", [None, httpx.ConnectError("down")], ids=["endpoint up", "endpoint down"])
def test_unknown_key_ids_cost_one_fetch_an_interval(endpoint: Any, keys: RemoteKeys, fault: Exception | None) -> None:
    async def run() -> None:
        assert await known(keys)
        endpoint.fault = fault
        for number in range(1_000):
            endpoint.clock.now += 0.125
            assert not await known(keys, f"unknown-{number}")

    asyncio.run(run())

    gaps = [later - earlier for earlier, later in zip(endpoint.times, endpoint.times[1:], strict=False)]
    assert endpoint.hits == 1 + 125 // TIMES.interval_s
    assert min(gaps) >= TIMES.interval_s


def test_an_endpoint_that_never_answered_is_not_hammered_and_nobody_is_let_in(endpoint: Any, keys: RemoteKeys) -> None:
    endpoint.fault = httpx.ConnectError("down")

    async def run() -> None:
        for _ in range(50):
            with pytest.raises(IdentityUnavailableError):
                await keys.find("key-1")
        with pytest.raises(IdentityUnavailableError):
            await keys.ready()

    asyncio.run(run())

    assert endpoint.hits == 1
    assert keys.fetches == Fetches(failed=1)


def test_a_held_up_endpoint_holds_up_no_known_key_and_only_one_fetch(endpoint: Any, keys: RemoteKeys) -> None:
    async def run() -> None:
        await keys.ready()
        endpoint.held = asyncio.Event()
        endpoint.clock.now += TIMES.refresh_s
        strangers = [asyncio.create_task(known(keys, f"unknown-{number}")) for number in range(20)]
        await settled()

        assert all([await known(keys) for _ in range(100)])  # none of them waits: the endpoint has not answered
        assert not any(task.done() for task in strangers)

        endpoint.held.set()
        assert not any(await asyncio.gather(*strangers))

    asyncio.run(run())

    assert endpoint.hits == 2


def test_an_old_set_is_renewed_beside_the_requests(endpoint: Any, keys: RemoteKeys) -> None:
    async def run() -> list[int]:
        hits = []
        for _ in range(10):
            assert await known(keys)
            await settled()
            hits.append(endpoint.hits)
            endpoint.clock.now += TIMES.refresh_s / 2
        return hits

    assert asyncio.run(run()) == [1, 1, 2, 2, 3, 3, 4, 4, 5, 5]


def test_a_caller_who_goes_away_does_not_take_the_fetch_along(endpoint: Any, keys: RemoteKeys) -> None:
    async def run() -> bool:
        endpoint.held = asyncio.Event()
        first, second = asyncio.create_task(known(keys)), asyncio.create_task(known(keys))
        await settled()
        first.cancel()
        await settled()
        endpoint.held.set()
        return await second

    assert asyncio.run(run())
    assert endpoint.hits == 1


def test_a_fetch_that_ended_with_its_event_loop_does_not_block_the_next(endpoint: Any, keys: RemoteKeys) -> None:
    async def abandoned() -> None:
        endpoint.held = asyncio.Event()
        waiting = asyncio.create_task(known(keys))
        await settled()
        assert not waiting.done()

    asyncio.run(abandoned())
    endpoint.held = None
    endpoint.clock.now += TIMES.interval_s

    assert asyncio.run(known(keys))


def test_a_fetch_that_was_left_behind_by_a_closed_loop_is_not_waited_for(endpoint: Any, keys: RemoteKeys) -> None:
    async def abandoned() -> None:
        endpoint.held = asyncio.Event()
        waiting = asyncio.create_task(known(keys))
        await settled()
        assert not waiting.done()

    loop = asyncio.new_event_loop()
    loop.run_until_complete(abandoned())  # unlike asyncio.run, this cancels nothing
    endpoint.held = None
    endpoint.clock.now += TIMES.interval_s

    assert asyncio.run(known(keys))

    for task in asyncio.all_tasks(loop):
        task.cancel()
    loop.run_until_complete(settled())
    loop.close()


@pytest.mark.parametrize(
    ("content", "told"),
    [
        pytest.param(b'{"keys": [{"kty": "RSA", "kid": "k", "d": "SECRET"}]}', "a private key", id="private key"),
        pytest.param(b'{"keys": "SECRET"}', "a list `keys`", id="no list"),
        pytest.param(b"SECRET", "not valid JSON", id="no JSON"),
    ],
)
def test_why_a_set_was_not_taken_is_logged_and_nothing_of_it(
    endpoint: Any, keys: RemoteKeys, caplog: pytest.LogCaptureFixture, content: bytes, told: str
) -> None:
    endpoint.content = content

    with pytest.raises(IdentityUnavailableError):
        asyncio.run(keys.ready())

    assert told in caplog.text
    assert "SECRET" not in caplog.text


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"<html>", id="HTML"),
        pytest.param(b"", id="nothing"),
        pytest.param(b"[" * 100_000, id="nested deeply"),
        pytest.param(b"\xff", id="no UTF-8"),
        pytest.param(b'{"keys": []}', id="no key"),
        pytest.param(b'{"keys": [], "keys": []}', id="duplicate member"),
        pytest.param(b'{"keys": [{"kty": "oct", "k": "AA", "kid": "key-1"}]}', id="symmetric key"),
        pytest.param(b" " * 300_000, id="too large"),
    ],
)
def test_a_bad_answer_leaves_the_old_keys_until_they_are_too_old(
    endpoint: Any, keys: RemoteKeys, content: bytes
) -> None:
    async def run() -> None:
        await keys.ready()
        endpoint.content = content
        endpoint.clock.now += TIMES.fresh_s
        found = await keys.find("key-1")
        assert found.key is not None
        assert found.stale
        endpoint.clock.now += TIMES.stale_s - TIMES.fresh_s
        assert (await keys.find("key-1")).stale
        endpoint.clock.now += 1
        with pytest.raises(IdentityUnavailableError):
            await keys.find("key-1")

    asyncio.run(run())


def test_in_an_outage_requests_wait_once_and_then_no_more(endpoint: Any, keys: RemoteKeys) -> None:
    """The first failure is waited for; while it is recent, the next fetch runs beside the requests."""

    async def run() -> None:
        await keys.ready()
        endpoint.fault = httpx.ConnectError("down")
        endpoint.clock.now += TIMES.fresh_s
        assert (await keys.find("key-1")).stale
        endpoint.held = asyncio.Event()
        endpoint.clock.now += TIMES.interval_s
        assert (await keys.find("key-1")).stale  # would never return if it waited
        await settled()
        assert endpoint.hits == 3
        endpoint.fault = None
        endpoint.held.set()
        await settled()
        assert not (await keys.find("key-1")).stale

    asyncio.run(run())


def test_an_idle_gateway_asks_before_it_trusts_an_old_set(endpoint: Any, keys: RemoteKeys, doubles: ModuleType) -> None:
    """A failure long ago is no reason to go on with a set from which a key may have been taken since."""

    async def run() -> bool:
        await keys.ready()
        endpoint.fault = httpx.ConnectError("down")
        endpoint.clock.now += TIMES.refresh_s
        await keys.ready()
        await settled()
        endpoint.fault = None
        endpoint.serve(doubles.Idp(key_id="key-2").jwks())
        endpoint.clock.now += TIMES.stale_s / 2
        return await known(keys)

    assert not asyncio.run(run())


def test_a_set_is_as_old_as_the_moment_its_fetch_began(endpoint: Any, keys: RemoteKeys, doubles: ModuleType) -> None:
    """A key that is taken from the endpoint while an answer is on its way must not gain the time of that way."""

    async def run() -> bool:
        endpoint.held = asyncio.Event()
        waiting = asyncio.create_task(known(keys))
        await settled()
        endpoint.serve(doubles.Idp(key_id="key-2").jwks())
        endpoint.clock.now += TIMES.timeout_s
        endpoint.held.set()
        assert await waiting
        endpoint.clock.now += TIMES.fresh_s - TIMES.timeout_s
        return await known(keys)

    assert not asyncio.run(run())


STEP = st.tuples(st.floats(0.1, 200.0), st.sampled_from(["old", "new", "unknown"]))


@settings(max_examples=60, deadline=None)
@given(
    before=st.lists(STEP, max_size=8),
    after=st.lists(STEP, min_size=1, max_size=12),
    down=st.booleans(),
    delay=st.sampled_from([0.0, 0.5, 2.0]),
)
def test_rotation_and_revocation_stay_within_the_declared_times(
    idp: Any, before: list[tuple[float, str]], after: list[tuple[float, str]], down: bool, delay: float
) -> None:
    """Whatever was asked when, slow or not, and right after an outage too: from the change on, if it answers."""
    state = {"now": 0.0, "hits": 0}
    old, new = {"keys": [idp.public_key(kid="old")]}, {"keys": [idp.public_key(kid="new")]}
    served: dict[str, Any] = {"set": old, "down": False, "delay": delay}

    async def fetch() -> bytes:
        state["hits"] += 1
        content, is_down = json.dumps(served["set"]).encode(), served["down"]
        state["now"] += served["delay"]
        if is_down:
            raise httpx.ConnectError("down")
        return content

    keys = RemoteKeys(TIMES, fetch, lambda: state["now"])

    async def ask(key_id: str) -> bool:
        try:
            return (await keys.find(key_id)).key is not None
        except IdentityUnavailableError:
            return False

    async def run() -> None:
        await keys.ready()
        for wait, key_id in before:
            state["now"] += wait
            served["down"] = down
            await ask(key_id)
            await settled()
        changed = state["now"]
        served.update(set=new, down=False)
        for wait, key_id in after:
            state["now"] += wait
            passed = state["now"] - changed
            accepted = await ask(key_id)
            await settled()
            assert accepted or key_id != "new" or passed < keys.rotate_s
            assert not accepted or key_id != "old" or passed < keys.revoke_s
            assert not accepted or key_id != "unknown"
        assert state["hits"] <= 1 + state["now"] / TIMES.interval_s

    asyncio.run(run())


@pytest.mark.parametrize(
    ("broken", "hits"),
    [
        pytest.param(lambda keys: None, 2, id="as it is"),
        pytest.param(lambda keys: setattr(keys, "_tried_at", float("-inf")), 51, id="without its interval"),
    ],
)
def test_the_flood_test_sees_a_cache_without_its_interval(
    endpoint: Any, keys: RemoteKeys, broken: Callable[[RemoteKeys], None], hits: int
) -> None:
    async def run() -> None:
        await keys.ready()
        endpoint.clock.now += TIMES.interval_s
        for number in range(50):
            await keys.find(f"unknown-{number}")
            broken(keys)

    asyncio.run(run())

    assert endpoint.hits == hits
