"""Readers together, a writer alone, and a waiting writer before later readers."""

import os
import threading

import pytest

from system_under_test.retrieval.shared_lock import SharedLock

PATIENCE = 30.0


def test_readers_hold_it_together() -> None:
    lock, together = SharedLock(), threading.Barrier(3)

    def read() -> None:
        with lock.shared():
            together.wait(PATIENCE)

    threads = [threading.Thread(target=read) for _ in range(2)]
    for thread in threads:
        thread.start()
    with lock.shared():
        together.wait(PATIENCE)
    for thread in threads:
        thread.join(PATIENCE)

    assert not together.broken


def test_a_writer_waits_for_readers_and_later_readers_wait_for_it() -> None:
    lock, order = SharedLock(), list[str]()
    reading, leave = threading.Event(), threading.Event()

    def first() -> None:
        with lock.shared():
            reading.set()
            leave.wait(PATIENCE)
            order.append("first reader leaves")

    def write() -> None:
        with lock.exclusive():
            order.append("writer")

    def second() -> None:
        with lock.shared():
            order.append("second reader")

    threads = [threading.Thread(target=first)]
    threads[0].start()
    reading.wait(PATIENCE)
    threads.append(threading.Thread(target=write))
    threads[1].start()
    while not lock._waiting:
        os.sched_yield()
    threads.append(threading.Thread(target=second))
    threads[2].start()
    leave.set()
    for thread in threads:
        thread.join(PATIENCE)

    assert order == ["first reader leaves", "writer", "second reader"]


@pytest.mark.parametrize("mode", ["shared", "exclusive"])
def test_a_fault_inside_gives_it_back(mode: str) -> None:
    lock = SharedLock()

    with pytest.raises(RuntimeError), getattr(lock, mode)():
        raise RuntimeError

    with lock.exclusive():
        pass
