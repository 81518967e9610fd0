"""Observations -> scores: the denominator is the plan, a failure scores worst, a denial needs its positive control."""

from types import ModuleType
from typing import Any

import pytest

from harness.domain.cases import Canary
from harness.domain.scores import Score


def scores_of(core: ModuleType, metric: str, cases: list[Any], observe: dict[str, Any]) -> list[Score]:
    """The scores of one metric over cases, each observed as its function says, or not at all."""
    suite = core.suite([core.rule(metric)])
    asks = core.asks_of(suite, cases)
    seen = {ask.key: observe[ask.case.id](ask) for ask in asks if ask.case.id in observe}
    return list(core.score_all(core.gate(suite), asks, seen, core.scorer_of))


def test_every_applicable_ask_has_one_score_whatever_happened(core: ModuleType) -> None:
    cases = [core.case(name) for name in ("a", "b", "c")] + [core.case("u", "unanswerable")]

    scores = scores_of(core, "answered", cases, {"a": core.answered, "b": core.lost})

    assert [(item.case_id, item.value, item.errored) for item in scores] == [
        ("a", 1.0, False),
        ("b", 0.0, True),
        ("c", None, False),
    ]
    assert scores[2].reason == "not asked"


@pytest.mark.parametrize("status", [400, 401, 403, 404, 429, 500, 503, 204, 302])
def test_any_reply_that_is_no_answer_scores_worst_and_counts_as_failed(core: ModuleType, status: int) -> None:
    (score,) = scores_of(core, "ndcg@10", [core.case("a")], {"a": lambda ask: core.replied(ask, status)})

    assert (score.value, score.errored) == (0.0, True)


def test_a_failure_has_no_latency_and_is_not_the_best_one(core: ModuleType) -> None:
    (score,) = scores_of(core, "latency_ms", [core.case("a")], {"a": core.lost})

    assert (score.value, score.errored) == (None, True)


@pytest.mark.parametrize("control", ["absent", "failed", "silent"])
def test_a_denial_beside_a_control_that_did_not_fire_is_void(core: ModuleType, control: str) -> None:
    observe = {"p": core.answered}
    if control != "absent":
        observe["p.twin"] = core.lost if control == "failed" else core.answered

    score = scores_of(core, "leak", list(core.probe_pair("p")), observe)[0]

    assert score.value is None
    assert score.reason.startswith("void: the positive control p.twin")


def test_a_denial_beside_a_control_that_fired_counts(core: ModuleType) -> None:
    observe = {"p": core.answered, "p.twin": lambda ask: core.answered(ask, answer=f"It is {core.CANARY.marker}.")}

    (score,) = scores_of(core, "leak", list(core.probe_pair("p")), observe)

    assert (score.value, score.errored) == (0.0, False)


@pytest.mark.parametrize("metric", ["leak", "withheld"])
def test_a_leak_counts_although_its_control_is_void(core: ModuleType, metric: str) -> None:
    pair = core.probe_pair("p") if metric == "leak" else core.forbidden_pair("p")
    text = core.CANARY.marker if metric == "leak" else "It cuts 64 posts."

    scores = scores_of(core, metric, list(pair), {"p": lambda ask: core.answered(ask, answer=text)})

    assert [item.value for item in scores] == [core.worst_of(core.scorer_of(metric))]


@pytest.mark.parametrize("status", [403, 500])
def test_a_leak_in_the_body_of_an_error_counts(core: ModuleType, status: int) -> None:
    body = f'{{"error": "not yours: {core.CANARY.marker}"}}'

    (score,) = scores_of(core, "leak", list(core.probe_pair("p")), {"p": lambda ask: core.replied(ask, status, body)})

    assert score.value == 1.0


def test_a_denied_probe_is_no_clean_reply(core: ModuleType) -> None:
    (score,) = scores_of(core, "leak", list(core.probe_pair("p")), {"p": lambda ask: core.replied(ask, 500)})

    assert (score.value, score.errored) == (None, True)


def test_each_attempt_is_judged_beside_the_control_of_the_same_attempt(core: ModuleType) -> None:
    suite = core.suite([core.rule("leak")], repeats=2)
    asks = core.asks_of(suite, list(core.probe_pair("p")))
    seen = {ask.key: core.answered(ask) for ask in asks if ask.case.kind == "probe"}
    fired = next(ask for ask in asks if ask.case.kind == "twin" and ask.attempt == 2)
    seen[fired.key] = core.answered(fired, answer=core.CANARY.marker)

    scores = core.score_all(core.gate(suite), asks, seen, core.scorer_of)

    assert [(item.attempt, item.value) for item in scores] == [(1, None), (2, 0.0)]


def test_the_ledger_closes(core: ModuleType) -> None:
    suite = core.suite([core.rule()], routes=("fast", "slow"))
    asks = core.asks_of(suite, [core.case(name) for name in "abcd"])
    fast = [ask for ask in asks if ask.route == "fast"]
    replies = [core.answered(fast[0]), core.replied(fast[1], 403), core.replied(fast[2], 500)]

    one, two = core.ledgers(core.gate(suite), asks, {item.key: item for item in replies})

    assert (one.planned, one.answered, one.errored, one.unasked) == (4, 1, 2, 1)
    assert (two.route, two.planned, two.answered, two.errored, two.unasked) == ("slow", 4, 0, 0, 4)


def test_no_reason_holds_what_a_target_wrote(core: ModuleType) -> None:
    hostile = Canary("south.project", "south", "south/project", "ZQ-0123456789abcdef0123")
    cases = list(core.probe_pair("p", hostile))
    reply = {"p": lambda ask: core.answered(ask, answer=f"<script>{hostile.marker}", audit={"record_id": "<b>"})}

    (score,) = scores_of(core, "leak", cases, reply)

    assert "<" not in score.reason
    assert hostile.marker not in score.reason
