"""The scorer that looks up what a judge said: no judgement of this very reply, no value."""

from collections.abc import Callable

import pytest

from harness.domain.cases import Case
from harness.domain.observations import Observation, Passage
from harness.scorers.recorded import (
    LONGEST_ANSWER,
    LONGEST_INPUT,
    METRICS,
    JudgedScorer,
    JudgedValue,
    JudgedValues,
    JudgeInput,
    judge_input,
)
from harness.scorers.scorer import Value

FAITHFULNESS = METRICS[0]
Observe = Callable[..., Observation]


@pytest.fixture
def reply(answered: Observe, passage: Callable[..., Passage]) -> Observe:
    """An answer that rests on one passage."""

    def make(text: str = "27 days.", **fields: object) -> Observation:
        return answered(text, **{"passages": (passage(text="Annual leave is 27 days a year."),), **fields})

    return make


def _said(case: Case, observation: Observation, value: float | None) -> JudgedValues:
    given = judge_input(case, observation)
    assert isinstance(given, JudgeInput)
    found = JudgedValue(value, "as the judge sees it", given.digest)
    return JudgedValues("d" * 64, {(FAITHFULNESS, observation.key): found})


@pytest.mark.parametrize("value", [0.0, 0.5, 1.0, None])
def test_the_score_is_what_the_judge_said(case: Callable[..., Case], reply: Observe, value: float | None) -> None:
    observation = reply()

    scorer = JudgedScorer(FAITHFULNESS, _said(case(), observation, value))

    assert scorer.score(case(), observation) == Value(value, "as the judge sees it")
    assert scorer.version == "d" * 64


def test_without_a_judgement_there_is_no_value(case: Callable[..., Case], reply: Observe) -> None:
    scorer = JudgedScorer(FAITHFULNESS, JudgedValues("d" * 64))

    assert scorer.score(case(), reply()) == Value(None, "the judge was not asked")


def test_a_judgement_of_another_reply_counts_for_nothing(case: Callable[..., Case], reply: Observe) -> None:
    said = _said(case(), reply("27 days."), 1.0)

    found = JudgedScorer(FAITHFULNESS, said).score(case(), reply("99 days."))

    assert found == Value(None, "the judgement is about another reply")


@pytest.mark.parametrize(
    ("fields", "value", "reason"),
    [
        pytest.param({"refused": True}, 0.0, "refused", id="a refusal of an answerable question"),
        pytest.param({"passages": ()}, 0.0, "nothing to judge against", id="no passage"),
        pytest.param({"text": " \n"}, 0.0, "states nothing", id="an empty answer"),
        pytest.param({"text": "a" * (LONGEST_ANSWER + 1)}, None, "too long", id="an answer that is too long"),
    ],
)
def test_what_the_judge_need_not_see_is_settled_without_it(
    case: Callable[..., Case], reply: Observe, fields: dict[str, object], value: float | None, reason: str
) -> None:
    found = judge_input(case(), reply(**fields))

    assert isinstance(found, Value)
    assert found.value == value
    assert reason in found.reason


def test_nothing_is_cut_and_judged_as_if_it_were_whole(
    case: Callable[..., Case], reply: Observe, passage: Callable[..., Passage]
) -> None:
    room = LONGEST_INPUT - len(case().question) - len("27 days.")

    fits = judge_input(case(), reply(passages=(passage(text="a" * room),)))
    too_long = judge_input(case(), reply(passages=(passage(text="a" * room), passage(rank=2, text="b"))))

    assert isinstance(fits, JudgeInput)
    assert isinstance(too_long, Value)
    assert too_long.value is None


def test_a_failed_ask_gives_nothing_to_judge(case: Callable[..., Case], failed: Observation) -> None:
    found = judge_input(case(), failed)

    assert isinstance(found, Value)
    assert found.value is None


@pytest.mark.parametrize(
    ("kind", "applies"), [("answerable", True), ("unanswerable", False), ("forbidden", False), ("probe", False)]
)
def test_only_answerable_cases_count(case: Callable[..., Case], kind: str, applies: bool) -> None:
    assert JudgedScorer(FAITHFULNESS, JudgedValues()).applies(case(kind)) is applies
