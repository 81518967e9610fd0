"""The end of `harness gate` on a terminal."""

import re
from dataclasses import replace

from harness.report.console import MOST_LINES, WIDTH, render_verdict


def test_the_first_line_is_the_verdict_in_words(passing, failing):
    good = render_verdict(passing, colour=False, folder="reports/x").splitlines()[0]
    bad = render_verdict(failing, colour=False, folder="reports/x").splitlines()[0]

    assert re.fullmatch(r"PASSED  release [0-9a-f]{12} of target reference may be promoted", good)
    assert re.fullmatch(r"FAILED  release [0-9a-f]{12} of target reference must not be promoted", bad)


def test_a_passing_gate_of_many_suites_folds_to_the_length_of_a_screen(passing):
    verdict = passing.verdict
    many = [f"suite-{number}" for number in range(12)]
    checks = tuple(replace(check, suite=name) for name in many for check in verdict.checks[:6])
    ledgers = tuple(replace(verdict.ledgers[0], suite=name) for name in many)
    large = replace(passing, verdict=replace(verdict, checks=checks, ledgers=ledgers, metrics=()))

    lines = render_verdict(large, colour=False, folder="reports/x").splitlines()

    assert len(lines) <= MOST_LINES


def test_lines_fit_the_width_but_for_what_is_copied_from_them(failing, hostile):
    for record in (failing, hostile):
        lines = render_verdict(record, colour=False, folder="reports/x").splitlines()

        copied = ("next: ", "report: ", "  LEAK ")
        assert not [line for line in lines if len(line) > WIDTH and not line.startswith(copied)]


def test_within_a_suite_what_did_not_pass_comes_first(failing):
    lines = render_verdict(failing, colour=False, folder="reports/x").splitlines()
    start = lines.index(next(line for line in lines if line.startswith("answers over route extractive")))

    statuses = [line.split()[0] for line in lines[start + 1 : start + 10] if re.match(r"  [A-Z]+ ", line)]

    assert statuses[:4] == ["FAILED", "INCONCLUSIVE", "INCONCLUSIVE", "PASSED"]


def test_every_check_that_did_not_pass_has_a_command_that_a_shell_takes_as_it_is(failing):
    text = render_verdict(failing, colour=False, folder="reports/x")

    commands = [line for line in text.splitlines() if line.startswith("next: ")]

    assert len(commands) == sum(1 for check in failing.verdict.checks if check.status != "PASSED")
    assert f"next: harness explain 'answers.facts[extractive]' --run {failing.run.id}" in commands


def test_colour_adds_nothing_but_colour(failing):
    plain = render_verdict(failing, colour=False, folder="reports/x")
    coloured = render_verdict(failing, colour=True, folder="reports/x")

    assert "\x1b[31mFAILED\x1b[0m" in coloured
    assert "\x1b" not in plain
    assert re.sub(r"\x1b\[\d+m", "", coloured) == plain


def test_the_last_lines_say_where_the_report_is_and_what_the_process_answers(failing):
    lines = render_verdict(failing, colour=False, folder="reports/x").splitlines()

    assert lines[-2:] == ["report: reports/x/report.html", "exit code 1"]


def test_where_an_id_is_too_long_for_its_column_the_rule_stands_under_its_heading(passing):
    verdict = passing.verdict
    checks = tuple(
        replace(check, suite="a-suite-whose-name-leaves-no-room-in-a-column") for check in verdict.checks[:2]
    )

    text = render_verdict(
        replace(passing, verdict=replace(verdict, checks=checks, ledgers=(), metrics=())), colour=False, folder="x"
    )

    assert re.search(r"^  PASSED +recall +0\.", text, re.MULTILINE)


def test_a_pair_never_leaks_more_often_than_it_was_searched(failing):
    repeated = replace(
        failing, scores=(*failing.scores, *(s for s in failing.scores if s.metric == "leak" and s.value))
    )

    counts = re.findall(
        r"LEAK \S+ -> \S+ (\d+) of (\d+) probes", render_verdict(repeated, colour=False, folder="reports/x")
    )

    assert counts
    assert all(int(found) <= int(searched) for found, searched in counts)


def test_a_leak_within_a_tenant_is_not_called_one_between_tenants(failing):
    asks = tuple(
        replace(ask, case=replace(ask.case, victim=ask.case.principal.tenant)) if ask.case.kind == "probe" else ask
        for ask in failing.asks
    )

    text = render_verdict(replace(failing, asks=asks), colour=False, folder="reports/x")

    assert "LEAK within aldermoor 3 of 9 probes" in text
