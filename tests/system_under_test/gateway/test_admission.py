"""How much one tenant may ask, and that it is nobody else's share."""

import asyncio
import threading

import pytest
from limits.errors import StorageError
from limits.storage import MemoryStorage

from system_under_test.config import SetupError
from system_under_test.gateway.admission import Admission, TooManyError, open_storage


class Clock:
    """A clock that stands still until it is moved. Seconds."""

    def __init__(self) -> None:
        self.seconds = 1_000.0

    def __call__(self) -> float:
        return self.seconds


class BrokenStorage(MemoryStorage):
    """A shared storage that cannot be reached."""

    def acquire_entry(self, key: str, limit: int, expiry: int, amount: int = 1) -> bool:
        raise StorageError(ConnectionError("gone"))


def enter(admission: Admission, tenant: str) -> int | None:
    """None where one request of the tenant is let in, else the seconds after which it may come again."""

    async def run() -> None:
        async with admission.of(tenant):
            pass

    try:
        asyncio.run(run())
    except TooManyError as refused:
        return refused.retry_after_s
    return None


def test_a_tenant_is_let_in_as_often_as_the_limit_says_and_another_is_untouched() -> None:
    admission = Admission(3, 10, now=Clock())

    acme = [enter(admission, "acme") for _ in range(5)]

    assert acme == [None, None, None, 60, 60]
    assert [enter(admission, "globex") for _ in range(3)] == [None, None, None]


def test_the_window_moves_with_the_oldest_request() -> None:
    clock = Clock()
    admission = Admission(2, 10, now=clock)
    enter(admission, "acme")
    clock.seconds += 40
    enter(admission, "acme")

    refused = enter(admission, "acme")
    clock.seconds += 19.5
    nearly = enter(admission, "acme")
    clock.seconds += 0.5
    again, and_again = enter(admission, "acme"), enter(admission, "acme")

    assert (refused, nearly, again, and_again) == (20, 1, None, 40)


def test_a_refused_request_does_not_count() -> None:
    clock = Clock()
    admission = Admission(1, 10, now=clock)
    enter(admission, "acme")
    for _ in range(5):
        enter(admission, "acme")

    clock.seconds += 60

    assert enter(admission, "acme") is None


def test_so_many_at_once_and_no_more_whatever_another_tenant_does() -> None:
    async def run() -> tuple[int, bool]:
        admission = Admission(100, 2)
        async with admission.of("acme"), admission.of("acme"):
            with pytest.raises(TooManyError) as refused:
                async with admission.of("acme"):
                    pytest.fail("a third was let in")
            async with admission.of("globex"):
                pass
        async with admission.of("acme"):
            return refused.value.retry_after_s, True

    assert asyncio.run(run()) == (1, True)


def test_a_request_that_fails_gives_its_place_back() -> None:
    admission = Admission(100, 1)

    async def fail() -> None:
        async with admission.of("acme"):
            raise RuntimeError

    for _ in range(3):
        with pytest.raises(RuntimeError):
            asyncio.run(fail())

    assert enter(admission, "acme") is None


def test_a_shared_storage_counts_for_every_process() -> None:
    shared = MemoryStorage()
    here, there = Admission(3, 10, shared), Admission(3, 10, shared)

    found = [enter(here, "acme"), enter(there, "acme"), enter(here, "acme")]

    assert found == [None, None, None]
    assert enter(there, "acme") in range(1, 61)
    assert enter(there, "globex") is None


def test_without_the_shared_storage_each_process_still_counts() -> None:
    admission = Admission(2, 10, BrokenStorage())

    assert [enter(admission, "acme") is None for _ in range(3)] == [True, True, False]


@pytest.mark.parametrize(
    "url",
    [
        pytest.param("nothing://user:hunter2@host", id="unknown scheme"),
        pytest.param("redis", id="no address"),
        pytest.param("async+memory://", id="for another kind of program"),
        pytest.param("memcached://user:hunter2@host:11211", id="keeps no moving window"),
    ],
)
def test_a_storage_that_cannot_be_used_is_refused_without_its_address(url: str) -> None:
    with pytest.raises(SetupError, match="limit_storage") as refused:
        open_storage(url)

    assert "hunter2" not in str(refused.value)
    assert refused.value.__cause__ is None


def test_memory_needs_no_storage() -> None:
    assert open_storage("memory://") is None


def test_counting_here_starts_no_thread() -> None:
    admission = Admission(1_000, 10)
    enter(admission, "acme")
    before = set(threading.enumerate())

    for _ in range(50):
        enter(admission, "acme")

    assert set(threading.enumerate()) <= before
