"""What a report looks up in a record."""

from dataclasses import replace

import pytest

from harness.report.details.groups import groups
from harness.report.details.latencies import latencies
from harness.report.details.leaks import by_pair, leak_matrices, leaks
from harness.report.details.worst import MOST_CASES, worst_cases
from harness.report.pictures.intervals import margin


def test_leaks_are_named_by_pair_the_worst_pair_first(failing):
    found = by_pair(leaks(failing))

    assert {pair: len(own) for pair, own in found.items()} == {
        ("aldermoor", "brightwater"): 3,
        ("dunmore", "castellan"): 1,
    }


def test_the_matrix_counts_each_probe_once_and_tells_void_from_clean(failing, inconclusive):
    counts = leak_matrices(failing)[0].counts
    void = leak_matrices(inconclusive)[0].counts

    assert (counts["aldermoor", "brightwater"].leaks, counts["aldermoor", "brightwater"].probes) == (3, 3)
    assert counts["castellan", "dunmore"].void == 1
    assert sum(count.probes for count in counts.values()) == 36
    assert void["aldermoor", "castellan"].void == 3


def test_a_leak_in_one_of_two_attempts_counts_as_a_leak(passing):
    first = next(score for score in passing.scores if score.metric == "leak")
    again = replace(first, attempt=2, value=1.0)

    counts = leak_matrices(replace(passing, scores=(*passing.scores, again)))[0].counts

    assert sum(count.leaks for count in counts.values()) == 1
    assert sum(count.probes for count in counts.values()) == 36


def test_a_failed_probe_is_unanswered_and_not_clean(passing):
    scores = tuple(
        replace(score, value=None, errored=True, reason="timeout") if score.metric == "leak" else score
        for score in passing.scores
    )

    counts = leak_matrices(replace(passing, scores=scores))[0].counts

    assert {(count.unanswered, count.leaks) for count in counts.values()} == {(3, 0)}


def test_worst_cases_lead_with_what_was_answered_wrongly(failing):
    found = worst_cases(failing)["answers", "extractive"]

    reasons = [finding.reason for item in found.shown for finding in item.findings]
    assert len(found.shown) <= MOST_CASES < found.of + MOST_CASES
    assert any(reason.startswith("0 of 1 relevant") for reason in reasons)


def test_a_failed_ask_is_told_by_its_kind_alone(failing):
    found = worst_cases(failing)["answers", "hosted"]

    reasons = {finding.reason for item in found.shown for finding in item.findings if item.case.id.endswith("a007")}
    assert reasons == {"the ask failed: timeout (no reply)"}


def test_a_passing_isolation_suite_has_no_worst_case(passing):
    assert ("isolation", "") not in worst_cases(passing)


def test_latencies_count_failed_asks_and_carry_the_budgets(failing):
    extractive = latencies(failing)[0]

    assert (extractive.suite, extractive.route, extractive.unanswered) == ("answers", "extractive", 4)
    assert list(extractive.values) == sorted(extractive.values)
    assert [(budget.limit_ms, budget.level) for budget in extractive.budgets] == [(600.0, 0.95), (800.0, 0.99)]
    assert [stage.name for stage in extractive.stages] == ["auth", "retrieve", "rerank", "generate", "total"]


def test_a_check_without_a_ledger_is_still_in_a_group(passing):
    verdict = replace(passing.verdict, ledgers=())

    found = groups(replace(passing, verdict=verdict))

    assert sum(len(group.checks) for group in found) == len(verdict.checks)
    assert {group.ledger for group in found} == {None}


@pytest.mark.parametrize(
    ("check_id", "value", "expected"),
    [("answers.recall[hosted]", 0.9, 0.125), ("answers.p95[hosted]", 900.0, -0.5), ("isolation.no-leak", 0.05, 0.5)],
    ids=["floor", "ceiling", "zero tolerance"],
)
def test_a_margin_is_above_zero_on_the_right_side(passing, check_id, value, expected):
    rule = next(check.rule for check in passing.verdict.checks if check.id == check_id)

    assert margin(rule, value) == pytest.approx(expected)
