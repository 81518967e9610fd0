"""Asking the judge: each reply once, every fault kept as a judgement without a value."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.domain.suites import JudgePlan
from harness.errors import EvidenceError, InvalidInput
from harness.execute.journal import read_entries
from harness.execute.judging import PATIENCE, JudgedLine, judge_replies, open_judge, read_judged
from harness.scorers.recorded import JudgeInput

METRIC = "judged.faithfulness"
SECRET = "sk-this-is-secret"


class ScriptedJudge:
    """Says what a function says of the input, and remembers what it was asked."""

    def __init__(self, say: Callable[[JudgeInput], float] = lambda given: 0.75, digest: str = "d" * 64) -> None:
        self.model = "openai/scripted"
        self.digest = digest
        self.asked: list[JudgeInput] = []
        self.under_way = 0
        self.most_under_way = 0
        self._say = say

    async def value(self, metric: str, given: JudgeInput) -> float:
        self.asked.append(given)
        self.under_way += 1
        self.most_under_way = max(self.most_under_way, self.under_way)
        await asyncio.sleep(0)
        self.under_way -= 1
        return self._say(given)


class HangingJudge(ScriptedJudge):
    async def value(self, metric: str, given: JudgeInput) -> float:
        await asyncio.Event().wait()
        return 1.0


def _fail(given: JudgeInput) -> float:
    raise RuntimeError(f"401 for {SECRET}") from ValueError(SECRET)


class Sitting:
    """A gate with one judged suite, `number` answered asks, and the file of the run."""

    def __init__(self, core: ModuleType, path: Path, number: int = 3, timeout_s: float = 5.0) -> None:
        plan = JudgePlan("openai/scripted", "JUDGE_BASE", "JUDGE_KEY", 0.0, 1024, timeout_s, 2)
        rule = core.rule(METRIC, severity="advisory")
        suite = core.suite([rule], judge=plan)
        self.core = core
        self.path = path
        self.gate = core.gate(suite)
        self.asks = core.asks_of(suite, [core.case(f"case-{each}") for each in range(number)])
        self.observations = {ask.key: core.answered(ask) for ask in self.asks}

    def hold(self, judge: Any) -> list[JudgedLine]:
        asyncio.run(judge_replies(self.gate, self.asks, self.observations, judge, self.path))
        return self.lines()

    def lines(self) -> list[JudgedLine]:
        return list(read_entries(self.path, JudgedLine))

    def read(self, judge: str = "d" * 64) -> Any:
        return read_judged(self.path, judge, {ask.key: ask for ask in self.asks})


@pytest.fixture
def sitting(core: ModuleType, tmp_path: Path) -> Sitting:
    return Sitting(core, tmp_path / "judgements.jsonl")


def test_each_reply_is_judged_once_and_kept_with_its_judge(sitting: Sitting) -> None:
    judge = ScriptedJudge()

    lines = sitting.hold(judge)

    assert len(judge.asked) == len(lines) == 3
    assert {line.key for line in lines} == {(METRIC, ask.key) for ask in sitting.asks}
    assert {(line.value, line.fault_kind, line.judge, line.model) for line in lines} == {
        (0.75, None, "d" * 64, "openai/scripted")
    }
    assert {line.input_digest for line in lines} == {given.digest for given in judge.asked}


def test_no_more_are_under_way_than_the_suite_allows(core: ModuleType, tmp_path: Path) -> None:
    judge = ScriptedJudge()

    Sitting(core, tmp_path / "judgements.jsonl", number=20).hold(judge)

    assert judge.most_under_way == 2


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        pytest.param(float("nan"), "no_number", id="NaN"),
        pytest.param(float("inf"), "no_number", id="infinity"),
        pytest.param(1.01, "no_number", id="above 1"),
        pytest.param(-0.01, "no_number", id="below 0"),
    ],
)
def test_what_is_not_a_number_from_0_to_1_is_no_value(sitting: Sitting, said: float, kind: str) -> None:
    lines = sitting.hold(ScriptedJudge(lambda given: said))

    assert {(line.value, line.fault_kind) for line in lines} == {(None, kind)}
    assert {found.value for found in sitting.read().by_key.values()} == {None}


def test_a_judge_that_raises_leaves_a_line_for_each_reply_and_no_secret(sitting: Sitting) -> None:
    lines = sitting.hold(ScriptedJudge(_fail))

    assert [(line.value, line.fault_kind, line.fault_message) for line in lines] == [
        (None, "failed", "RuntimeError from ValueError")
    ] * 3
    assert SECRET not in sitting.path.read_text(encoding="utf-8")


def test_a_judge_that_hangs_is_left_after_its_time(core: ModuleType, tmp_path: Path) -> None:
    lines = Sitting(core, tmp_path / "judgements.jsonl", timeout_s=0.01).hold(HangingJudge())

    assert {(line.value, line.fault_kind) for line in lines} == {(None, "timeout")}


def test_a_judge_that_keeps_failing_is_given_up_and_every_reply_still_has_a_line(
    core: ModuleType, tmp_path: Path
) -> None:
    judge = ScriptedJudge(_fail)

    lines = Sitting(core, tmp_path / "judgements.jsonl", number=40).hold(judge)

    kinds = [line.fault_kind for line in lines]
    assert len(lines) == 40
    assert PATIENCE <= len(judge.asked) == kinds.count("failed") <= PATIENCE + 1
    assert kinds.count("given_up") == 40 - len(judge.asked)


def test_what_cannot_be_judged_is_not_sent(sitting: Sitting) -> None:
    judge = ScriptedJudge()
    first, second, third = sitting.asks
    sitting.observations = {
        first.key: sitting.core.answered(first, refused=True),
        second.key: sitting.core.lost(second),
        third.key: sitting.core.answered(third),
    }

    lines = sitting.hold(judge)

    assert [line.key[1] for line in lines] == [third.key]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.floats(0, 1))
def test_after_a_cut_at_any_byte_only_what_is_missing_is_asked_again(sitting: Sitting, share: float) -> None:
    sitting.path.unlink(missing_ok=True)
    whole = sorted(line.model_dump_json() for line in sitting.hold(ScriptedJudge()))
    content = sitting.path.read_bytes()
    kept = content[: int(len(content) * share)]
    sitting.path.write_bytes(kept)
    again = ScriptedJudge()

    lines = sitting.hold(again)

    assert sorted(line.model_dump_json() for line in lines) == whole
    assert len(again.asked) == 3 - kept.count(b"\n")


def _changed(path: Path, **members: object) -> None:
    first, *others = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join([json.dumps({**json.loads(first), **members}), *others, ""]), encoding="utf-8")


@pytest.mark.parametrize(
    "members",
    [
        pytest.param({"judge": "e" * 64}, id="another judge"),
        pytest.param({"case_id": "case-9"}, id="a case that nobody planned"),
        pytest.param({"case_id": "case-2"}, id="a second judgement of one reply"),
        pytest.param({"value": 1.5}, id="a value out of range"),
        pytest.param({"verdict": "good"}, id="an unknown member"),
    ],
)
def test_a_line_that_has_no_place_in_the_run_is_refused(sitting: Sitting, members: dict[str, object]) -> None:
    sitting.hold(ScriptedJudge())
    _changed(sitting.path, **members)

    with pytest.raises(EvidenceError):
        sitting.read()


@pytest.mark.parametrize("missing", ["JUDGE_BASE", "JUDGE_KEY"])
@pytest.mark.parametrize("present", [{}, {"empty": ""}], ids=["not set", "empty"])
def test_a_variable_that_is_not_set_is_named(sitting: Sitting, missing: str, present: dict[str, str]) -> None:
    environment = {"JUDGE_BASE": "http://127.0.0.1:9/v1", "JUDGE_KEY": SECRET}
    del environment[missing]
    if present:
        environment[missing] = ""

    with pytest.raises(InvalidInput, match=missing) as refused:
        open_judge(sitting.gate, environment)

    assert SECRET not in f"{refused.value} {refused.value.next_step}"


def test_a_gate_without_a_judge_opens_none(core: ModuleType) -> None:
    assert open_judge(core.gate(core.suite([core.rule()])), {}) is None


@pytest.mark.slow
def test_a_run_without_a_judge_pays_for_none() -> None:
    code = (
        "import sys, harness.pipeline; print(sorted({'ragas', 'litellm', 'instructor', 'sklearn'} & set(sys.modules)))"
    )

    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert found.stdout == "[]\n"
