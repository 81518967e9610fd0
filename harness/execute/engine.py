"""The local engine: a bounded pool of workers asks what is planned and journals each reply as it comes."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby

from harness.domain.cases import Ask, Case
from harness.domain.suites import Gate, Suite
from harness.execute.journal import Journal, Key, line_of
from harness.targets.target import Target
from harness.targets.wire import request_body

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
        reply = await target.ask(suite.verb, request_body(suite, ask), token_of(ask.case), suite.timeout_s)
        journal.write(line_of(ask, reply))
        progress(1)


async def _warm_up(suite: Suite, pending: Sequence[Ask], target: Target, token_of: Callable[[Case], str]) -> None:
    """Asks whose replies are thrown away, so that start-up work of the target is in no figure."""
    for ask in pending[: suite.warm_up]:
        await target.ask(suite.verb, request_body(suite, ask), token_of(ask.case), suite.timeout_s)
