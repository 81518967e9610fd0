"""The local engine: a bounded pool of workers asks what is planned and journals each reply as it comes."""

import asyncio
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby

from harness.domain.cases import Ask, Case
from harness.domain.observations import Failure
from harness.domain.suites import Gate, Suite
from harness.execute.journal import Journal, Key, line_of
from harness.targets.target import Target
from harness.targets.wire import Reply, request_body

Progress = Callable[[int], None]
"""Told how many asks were finished since the last call."""


async def execute(
    gate: Gate,
    asks: Sequence[Ask],
    done: frozenset[Key],
    target: Target,
    token_of: Callable[[Case], str],
    journal: Journal,
    progress: Progress,
) -> None:
    """Make every ask that is not in `done`, suite by suite, and journal it. A fault of the target is a line too."""
    suites = {suite.name: suite for suite in gate.suites}
    for name, planned in groupby(asks, key=lambda ask: ask.suite):
        pending = [ask for ask in planned if ask.key not in done]
        if not pending:
            continue
        suite = suites[name]
        await _warm_up(suite, pending, target, token_of)
        work = iter(pending)
        await asyncio.gather(
            *(_worker(suite, work, target, token_of, journal, progress) for _ in range(suite.concurrency))
        )


async def _worker(
    suite: Suite,
    work: Iterator[Ask],
    target: Target,
    token_of: Callable[[Case], str],
    journal: Journal,
    progress: Progress,
) -> None:
    for ask in work:
        journal.write(line_of(ask, await _reply(suite, ask, target, token_of(ask.case))))
        progress(1)


async def _reply(suite: Suite, ask: Ask, target: Target, token: str) -> Reply:
    """What the target did, whatever it was: one ask that explodes must not take the others with it."""
    started = time.perf_counter()
    try:
        return await target.ask(suite.verb, request_body(suite, ask), token, suite.timeout_s)
    except Exception as fault:  # noqa: BLE001  the target is asked here: its fault is data
        latency_ms = (time.perf_counter() - started) * 1000
        return Reply(0, "", latency_ms, Failure("unreachable", type(fault).__name__))


async def _warm_up(suite: Suite, pending: Sequence[Ask], target: Target, token_of: Callable[[Case], str]) -> None:
    """Asks whose replies are thrown away, so that start-up work of the target is in no figure."""
    for ask in pending[: suite.warm_up]:
        await _reply(suite, ask, target, token_of(ask.case))
