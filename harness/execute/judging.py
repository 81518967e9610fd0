"""Judging: once the target has answered, the judge that a suite declares is asked about each reply.

What it says is kept, faults too. Scores are computed from what was kept, and can be computed again without a judge.
"""

import asyncio
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from pydantic import Field

from harness.domain.cases import Ask
from harness.domain.observations import Observation
from harness.domain.suites import Gate, JudgePlan
from harness.errors import EvidenceError, InvalidInput
from harness.execute.journal import Journal, Key, read_entries
from harness.load.strict import Declared
from harness.scorers.recorded import METRICS, JudgedValue, JudgedValues, JudgeInput, judge_input

JudgeFault = Literal["timeout", "failed", "no_number", "given_up"]
"""failed: an error, or not the JSON that was asked for. no_number: NaN, or outside 0..1. given_up: not asked."""
PATIENCE = 10
"""Failures in a row, over all that are under way, after which the judge is not asked any more."""
MOST_CAUSES = 4
"""Exceptions of a chain that a message names."""


class Judge(Protocol):
    """An instrument that is asked over the network."""

    @property
    def model(self) -> str:
        """The model's name."""

    @property
    def digest(self) -> str:
        """sha256 of all that makes it this judge."""

    async def value(self, metric: str, given: JudgeInput) -> float:
        """What it says, which may be NaN. May raise anything."""


class JudgedLine(Declared):
    """One judgement as it is kept: a value or a fault, never both."""

    suite: str
    route: str
    case_id: str
    attempt: int = Field(ge=1)
    metric: str
    value: float | None = Field(ge=0, le=1)
    fault_kind: JudgeFault | None
    fault_message: str
    model: str
    judge: str
    """Digest of the judge."""
    input_digest: str
    """Of what the judge was given."""

    @property
    def key(self) -> tuple[str, Key]:
        """Metric, and key of the ask that it is about."""
        return self.metric, (self.suite, self.route, self.case_id, self.attempt)


@dataclass(frozen=True, slots=True)
class _Question:
    metric: str
    key: Key
    given: JudgeInput


def open_judge(gate: Gate, environment: Mapping[str, str]) -> Judge | None:
    """The judge that the gate's suites declare, or None. Raises InvalidInput for a variable that is not set."""
    plan = gate.judge
    if plan is None:
        return None
    for name in (plan.api_base_env, plan.api_key_env):
        if not environment.get(name):
            raise InvalidInput(
                f"the judge {plan.model} needs the environment variable {name}, which is not set",
                next_step=f"set {name}, or take the judge out of the suite",
            )
    from harness.scorers.judged import RagasJudge  # noqa: PLC0415  ragas costs seconds, which a gate without a judge must not pay

    return RagasJudge(plan, environment[plan.api_base_env], environment[plan.api_key_env])


async def judge_replies(
    gate: Gate, asks: Sequence[Ask], observations: Mapping[Key, Observation], judge: Judge, path: Path
) -> None:
    """Ask about every reply that can be judged and is not yet in the file at `path`, and append what was said."""
    if gate.judge is None:
        raise InvalidInput(f"no suite of {gate.name!r} declares a judge")
    done = {line.key for line in read_entries(path, JudgedLine)}
    pending = (item for item in _questions(gate, asks, observations) if (item.metric, item.key) not in done)
    with Journal(path) as journal:
        sitting = _Sitting(judge, gate.judge, journal)
        await asyncio.gather(*(sitting.work(pending) for _ in range(gate.judge.concurrency)))


def read_judged(path: Path, judge: str, planned: Mapping[Key, Ask]) -> JudgedValues:
    """What the judge with that digest said in a run. Raises EvidenceError for a line that has no place there."""
    found: dict[tuple[str, Key], JudgedValue] = {}
    for line in read_entries(path, JudgedLine):
        if line.judge != judge:
            raise EvidenceError(f"{path}: holds the words of the judge {line.judge[:12]}; the run's is {judge[:12]}")
        if line.key in found or line.key[1] not in planned:
            raise EvidenceError(f"{path}: {line.metric} of {line.case_id} is there twice, or belongs to no planned ask")
        found[line.key] = JudgedValue(line.value, _reason(line), line.input_digest)
    return JudgedValues(judge, found)


def _reason(line: JudgedLine) -> str:
    if line.fault_kind:
        return f"the judge gave no value: {line.fault_kind}: {line.fault_message}"
    return f"as the judge {line.judge[:12]} sees it"


def _questions(gate: Gate, asks: Sequence[Ask], observations: Mapping[Key, Observation]) -> Iterator[_Question]:
    metrics = {suite.name: [name for name in suite.scorers if name in METRICS] for suite in gate.suites}
    for ask in asks:
        if ask.key not in observations or ask.case.kind != "answerable":
            continue
        given = judge_input(ask.case, observations[ask.key])
        if isinstance(given, JudgeInput):
            yield from (_Question(name, ask.key, given) for name in metrics[ask.suite])


class _Sitting:
    """One judge at work. A judge that fails too often in a row is left alone; what it was not asked is kept as such."""

    def __init__(self, judge: Judge, plan: JudgePlan, journal: Journal) -> None:
        self._judge = judge
        self._plan = plan
        self._journal = journal
        self._failures = 0

    async def work(self, questions: Iterator[_Question]) -> None:
        """Ask one question after the other until there is none left; others do the same beside."""
        for question in questions:
            value, kind, message = await self._asked(question)
            suite, route, case_id, attempt = question.key
            self._journal.write(
                JudgedLine(
                    suite=suite, route=route, case_id=case_id, attempt=attempt, metric=question.metric,
                    value=value, fault_kind=kind, fault_message=message,
                    model=self._judge.model, judge=self._judge.digest, input_digest=question.given.digest,
                )
            )  # fmt: skip

    async def _asked(self, question: _Question) -> tuple[float | None, JudgeFault | None, str]:
        if self._failures >= PATIENCE:
            return None, "given_up", f"the judge failed {PATIENCE} times in a row"
        try:
            async with asyncio.timeout(self._plan.timeout_s):
                value = await self._judge.value(question.metric, question.given)
        except TimeoutError:
            self._failures += 1
            return None, "timeout", f"no answer within {self._plan.timeout_s:g} s"
        except Exception as fault:  # noqa: BLE001  the judge is asked here: its fault is data
            self._failures += 1
            return None, "failed", _causes(fault)
        self._failures = 0
        if math.isfinite(value) and 0 <= value <= 1:
            return value, None, ""
        return None, "no_number", "not a number from 0 to 1"


def _causes(fault: BaseException | None) -> str:
    """The kinds of the exceptions, the last one first; what they say may hold a key or foreign text."""
    names: list[str] = []
    while fault is not None and len(names) < MOST_CAUSES:
        names.append(type(fault).__name__)
        fault = fault.__cause__ or fault.__context__
    return " from ".join(names)
