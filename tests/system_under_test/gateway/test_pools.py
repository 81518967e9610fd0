"""Threads that tenants share fairly."""

import asyncio
import threading
from collections.abc import Iterator

import pytest

from system_under_test.gateway.pools import FairPool


@pytest.fixture
def gate() -> Iterator[threading.Event]:
    """Work waits for it; opened at the end in any case, so that no thread outlives the test."""
    event = threading.Event()
    yield event
    event.set()


async def settle() -> None:
    """Let everything that can move on the loop move."""
    for _ in range(20):
        await asyncio.sleep(0)


def test_it_returns_what_the_function_returns_and_raises_what_it_raises() -> None:
    pool = FairPool(1, 1, "test")

    assert asyncio.run(pool.run("acme", divmod, 7, 2)) == (3, 1)
    with pytest.raises(ZeroDivisionError):
        asyncio.run(pool.run("acme", divmod, 7, 0))
    assert asyncio.run(pool.run("acme", divmod, 7, 7)) == (1, 0)
    pool.close()


def test_tenants_take_turns_however_long_the_queue_of_one_is(gate: threading.Event) -> None:
    pool = FairPool(1, 1, "test")
    order: list[str] = []

    def work(name: str) -> None:
        gate.wait()
        order.append(name)

    async def run() -> None:
        queue = [asyncio.create_task(pool.run("acme", work, f"acme {number}")) for number in range(6)]
        await settle()
        queue += [asyncio.create_task(pool.run("globex", work, f"globex {number}")) for number in range(2)]
        await settle()
        gate.set()
        await asyncio.gather(*queue)

    asyncio.run(run())
    pool.close()

    assert order == ["acme 0", "acme 1", "globex 0", "acme 2", "globex 1", "acme 3", "acme 4", "acme 5"]


def test_a_tenant_never_holds_more_threads_than_its_share(gate: threading.Event) -> None:
    pool = FairPool(3, 2, "test")
    started: list[str] = []

    def work(name: str) -> None:
        started.append(name)
        gate.wait()

    async def run() -> list[str]:
        tasks = [asyncio.create_task(pool.run("acme", work, "acme")) for _ in range(5)]
        await settle()
        quick = await asyncio.wait_for(pool.run("globex", str, "globex"), 10)
        held = list(started)
        gate.set()
        await asyncio.gather(*tasks)
        return [*held, quick]

    assert asyncio.run(run()) == ["acme", "acme", "globex"]
    assert started == ["acme"] * 5
    pool.close()


def test_a_caller_who_goes_away_while_waiting_gives_the_turn_up(gate: threading.Event) -> None:
    pool = FairPool(1, 1, "test")
    done: list[str] = []

    async def run() -> None:
        first = asyncio.create_task(pool.run("acme", gate.wait))
        await settle()
        gone = asyncio.create_task(pool.run("acme", done.append, "gone"))
        last = asyncio.create_task(pool.run("acme", done.append, "last"))
        await settle()
        gone.cancel()
        await settle()
        gate.set()
        await asyncio.gather(first, last)

    asyncio.run(run())
    pool.close()

    assert done == ["last"]


def test_a_caller_who_goes_away_as_the_turn_comes_passes_it_on() -> None:
    pool = FairPool(1, 1, "test")
    done: list[str] = []

    async def run() -> None:
        await pool._turn("acme")
        gone = asyncio.create_task(pool.run("acme", done.append, "gone"))
        last = asyncio.create_task(pool.run("globex", done.append, "last"))
        await settle()
        pool._done("acme")
        gone.cancel()  # in the same step of the loop: the turn has come and was not taken
        await asyncio.wait_for(last, 10)
        await asyncio.wait_for(pool.run("acme", done.append, "after"), 10)

    asyncio.run(run())
    pool.close()

    assert done == ["last", "after"]


def test_a_closed_pool_refuses_and_holds_nothing() -> None:
    pool = FairPool(1, 1, "test")
    pool.close()

    for _ in range(3):
        with pytest.raises(RuntimeError):
            asyncio.run(pool.run("acme", str, "x"))
