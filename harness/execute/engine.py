"""The local engine: a bounded pool of workers asks what is planned and journals each reply as it comes."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from harness.domain.cases import Ask
from harness.domain.corpus import Document
from harness.domain.observations import Failure
from harness.domain.stages import Stage
from harness.domain.suites import Gate, Suite
from harness.execute.changes import Corpus
from harness.execute.journal import Journal, Key, line_of, observation_of
from harness.execute.plan import Plan
from harness.execute.talk import Talk
from harness.targets.wire import Reply, request_body

Progress = Callable[[int], None]
"""Told how many asks were finished since the last call."""


GIVEN_UP_AFTER = 40
"""Turns of the event loop after which an ask is given up at the latest: before it leaves, or well into the reply."""


async def execute(
    gate: Gate,
    plan: Plan,
    documents: Sequence[Document],
    done: frozenset[Key],
    talk: Talk,
    journal: Journal,
    progress: Progress,
) -> None:
    """Make every ask that is not in `done`, suite by suite and stage by stage, and journal it.

    `documents` is the corpus that the target was given; what a suite changes in it is undone when the suite is through.
    A fault of the target is a line too. Where a change was not confirmed, no ask that needed it is made.
    """
    suites = {suite.name: suite for suite in gate.suites}
    corpus = Corpus(documents, talk.target, talk.ingestion_token)
    for name, planned in groupby(plan.asks, key=lambda ask: ask.suite):
        asks = list(planned)
        if all(ask.key in done for ask in asks):
            continue
        stages = {stage.number: stage for stage in plan.stages if stage.suite == name}
        if any(ask.key in done for ask in asks):
            await corpus.restore(change for stage in stages.values() for change in stage.changes)
        work = _Work(gate, suites[name], talk, corpus, journal, progress)
        try:
            for number in sorted({*stages, *(ask.case.stage for ask in asks)}):
                pending = [ask for ask in asks if ask.case.stage == number and ask.key not in done]
                await work.through(stages.get(number, Stage(name, number)), pending)
        finally:
            await corpus.restore(())  # also when it is cut short: a target by address lives on


@dataclass(frozen=True, slots=True)
class _Work:
    """One suite being asked."""

    gate: Gate
    suite: Suite
    talk: Talk
    corpus: Corpus
    journal: Journal
    progress: Progress

    async def through(self, stage: Stage, pending: Sequence[Ask]) -> None:
        """Change what the stage changes, then ask what is pending of it."""
        await self.corpus.make(stage.changes)
        for ask in pending[: self.suite.warm_up if stage.number == 0 else 0]:
            await self._reply(ask)  # thrown away, so that start-up work of the target is in no figure
        work = iter(pending)
        workers = stage.concurrency or self.suite.concurrency
        await asyncio.gather(*(self._worker(work) for _ in range(workers)), *self._given_up(stage, pending))

    async def _worker(self, work: Iterator[Ask]) -> None:
        for ask in work:
            reply = await self._reply(ask)
            self.journal.write(line_of(ask, reply, self.talk.contacts(ask.case)))
            self.progress(1)

    async def _reply(self, ask: Ask) -> Reply:
        """What the target did, whatever it was: one ask that explodes must not take the others with it."""
        if self.corpus.fault is not None:
            return Reply(0, "", 0.0, self.corpus.fault)
        started = time.perf_counter()
        try:
            return await (self._record_of(ask) if ask.case.verb == "record" else self._asked(ask))
        except Exception as fault:  # noqa: BLE001  the target is asked here: its fault is data
            return Reply(0, "", (time.perf_counter() - started) * 1000, Failure("unreachable", type(fault).__name__))

    async def _asked(self, ask: Ask) -> Reply:
        body, token = request_body(self.suite, ask), self.talk.token_of(ask.case)
        verb = ask.case.verb or self.suite.verb
        return await self.talk.target.ask(verb, body, token, self.suite.timeout_s, ask.case.extra)

    async def _record_of(self, ask: Ask) -> Reply:
        """The audit record of an answer, read as soon as the answer is there; the answer's own failure, if any."""
        asking = replace(ask, case=replace(ask.case, verb="answer"))
        reply = await self._asked(asking)
        seen = observation_of(asking, line_of(asking, reply), "answer", self.gate.mapping)
        if seen.answer is None:
            return reply
        token = self.talk.auditor_token(ask.case.principal.tenant)
        return await self.talk.target.ask("record", {"id": seen.answer.audit_id}, token, self.suite.timeout_s)

    def _given_up(self, stage: Stage, pending: Sequence[Ask]) -> Iterator[Awaitable[None]]:
        """Further asks that are given up a few turns of the loop after they were made, each after another number."""
        for index in range(stage.cancelled if pending and self.corpus.fault is None else 0):
            yield self._give_up(pending[index % len(pending)], turns=index % GIVEN_UP_AFTER)

    async def _give_up(self, ask: Ask, turns: int) -> None:
        asked = asyncio.ensure_future(self._reply(ask))
        for _ in range(turns):
            await asyncio.sleep(0)
        asked.cancel()
        await asyncio.gather(asked, return_exceptions=True)
