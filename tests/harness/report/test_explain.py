"""An explanation names the rule, the figures and the cases that lost, and repeats nothing that a target wrote."""

from dataclasses import replace
from types import ModuleType
from typing import Any

import pytest

from harness.domain.runs import Record, Run
from harness.errors import InvalidInput
from harness.report.explain import MOST_CASES, explain

RUN = Run(
    id="run-1", gate="gate", gate_version="1", gate_digest="6" * 64, golden_set="golden 1.0.0",
    golden_set_digest="d" * 64, corpus_digest="c" * 64, target="small", release={}, release_digest="7" * 64,
    started_at="2026-01-01T00:00:00Z", scorer_versions={}, probe_versions={}, environment={}, planned=0,
    plan_digest="8" * 64,
)  # fmt: skip


def explained(core: ModuleType, rule: Any, cases: list[Any], replies: dict[str, Any], name: str) -> list[str]:
    """The lines about a check or a case; each case is answered with the given members, or lost, or not asked."""
    suite = core.suite([rule])
    asks = core.asks_of(suite, cases)
    seen = []
    for ask in asks:
        reply = replies.get(ask.case.id, {})
        if reply is not None:
            seen.append(core.lost(ask) if reply == "lost" else core.answered(ask, **reply))
    by_key = {item.key: item for item in seen}
    gate = core.gate(suite)
    verdict, scores = core.judged(gate, asks, seen), core.score_all(gate, asks, by_key, core.scorer_of)
    return explain(Record(RUN, gate, verdict, asks, tuple(seen), scores), name).splitlines()


def lost_cases(lines: list[str]) -> list[str]:
    """The ids in the list of cases that lost, in its order."""
    return [line.split()[0] for line in lines if line.startswith("    ")]


@pytest.mark.parametrize(
    ("metric", "bound", "bad"),
    [
        pytest.param("answered", {}, {"refused": True}, id="a floor"),
        pytest.param("answered", {"zero": True}, {"refused": True}, id="zero tolerance where higher is better"),
    ],
)
def test_the_cases_that_lost_are_listed_and_no_others(
    core: ModuleType, metric: str, bound: dict[str, bool], bad: dict[str, Any]
) -> None:
    rule = core.zero_tolerance(metric, id="rule") if bound else core.rule(metric)
    cases = [core.case(name) for name in ("a", "b", "c", "d", "e")]

    lines = explained(core, rule, cases, {"b": bad, "d": "lost", "e": None}, "suite.rule")

    assert lost_cases(lines) == ["e", "b", "d"]
    assert lines[-1] == "next: harness explain e --run run-1"


@pytest.mark.parametrize("leaking", [1, 2], ids=["one of two", "all of them"])
def test_leaks_are_listed_also_when_every_case_leaks(core: ModuleType, leaking: int) -> None:
    pairs = [item for name in ("p1", "p2") for item in core.probe_pair(name)]
    marker = {"answer": core.CANARY.marker}
    replies = {"p1.twin": marker, "p2.twin": marker, **{f"p{number}": marker for number in range(1, leaking + 1)}}

    lines = explained(core, core.zero_tolerance("leak", id="rule"), pairs, replies, "suite.rule")

    assert lost_cases(lines) == [f"p{number}" for number in range(1, leaking + 1)]
    assert core.CANARY.marker not in "\n".join(lines)


def test_only_asks_over_the_limit_are_the_ones_that_took_too_long(core: ModuleType) -> None:
    rule = core.rule("latency_ms", aggregate="share_over", cap=50.0, bound="ceiling", threshold=0.1)
    replies = {"a": {"latency_ms": 10.0}, "b": {"latency_ms": 90.0}, "c": {"latency_ms": 70.0}}

    lines = explained(core, rule, [core.case(name) for name in "abc"], replies, "suite.rule")

    assert lost_cases(lines) == ["b", "c"]


def test_a_check_outside_its_slice_lists_nothing(core: ModuleType) -> None:
    rule = core.rule("answered", slice_tag="hard")
    cases = [core.case("a"), core.case("b", tags=("hard",))]

    lines = explained(core, rule, cases, {"a": {"refused": True}}, "suite.rule")

    assert lost_cases(lines) == []


def test_a_long_list_is_cut(core: ModuleType) -> None:
    cases = [core.case(f"c{number:02}") for number in range(30)]

    lines = explained(core, core.rule(), cases, {case.id: {"refused": True} for case in cases}, "suite.rule")

    assert len(lost_cases(lines)) == MOST_CASES
    assert any("the worst of 30 cases that lost" in line for line in lines)


HOSTILE = "\x1b[2J<script>\u202e" + "x" * 5000


def test_a_case_is_explained_without_the_words_of_the_target(core: ModuleType) -> None:
    reply = {
        "answer": f"SECRET {HOSTILE}",
        "passages": [core.passage(HOSTILE), core.passage("south/plan", "south", 2)],
        "audit": {"record_id": "\x1b[31mred"},
    }

    text = "\n".join(explained(core, core.rule(), [core.case("a")], {"a": reply}, "a"))

    assert "SECRET" not in text
    assert "<script>" not in text
    assert "FOREIGN TENANT" in text
    assert all(character.isprintable() or character == "\n" for character in text)
    assert max(len(line) for line in text.splitlines()) < 300


def test_a_case_tells_what_was_expected_and_what_came(core: ModuleType) -> None:
    lines = explained(core, core.rule(), [core.case("a")], {}, "a")

    assert any("expected  grade 3  north/leave" in line for line in lines)
    assert any("1. north/leave" in line and "grade 3" in line for line in lines)


def test_a_case_that_was_not_asked_says_so(core: ModuleType) -> None:
    assert any("not asked" in line for line in explained(core, core.rule(), [core.case("a")], {"a": None}, "a"))


def test_a_probe_points_to_its_control(core: ModuleType) -> None:
    lines = explained(core, core.zero_tolerance("leak"), list(core.probe_pair("p")), {}, "p")

    assert lines[-1].startswith("next: harness explain p.twin --run run-1")


def test_what_is_neither_is_refused_with_the_nearest_name(core: ModuleType) -> None:
    with pytest.raises(InvalidInput, match=r"neither a check nor a case 'suite\.rul'; did you mean 'suite\.rule'"):
        explained(core, core.rule(), [core.case("a")], {}, "suite.rul")


def test_a_hostile_question_is_shown_without_its_control_characters(core: ModuleType) -> None:
    case = replace(core.case("a"), question=f"What?{HOSTILE}")

    text = "\n".join(explained(core, core.rule(), [case], {}, "a"))

    assert "\x1b" not in text
    assert "\u202e" not in text
