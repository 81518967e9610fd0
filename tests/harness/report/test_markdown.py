"""The summary and the comment on a pull request."""

from dataclasses import replace

from harness.report.markdown import LARGEST, MARKER, render_summary

GITHUB_TAKES = 65_536


def test_the_first_line_is_the_verdict_and_the_last_the_marker(failing):
    lines = render_summary(failing).splitlines()

    assert lines[0].startswith("**FAILED** <code>release ")
    assert lines[-1] == MARKER


def test_passed_checks_are_folded_and_the_others_are_not(failing):
    before, _, after = render_summary(failing).partition("<details>")

    assert "| FAILED |" in before
    assert "| PASSED |" not in before
    assert "| PASSED |" in after


def test_a_summary_beyond_what_github_takes_is_cut_between_lines_and_says_so(failing):
    checks = tuple(
        replace(check, suite=f"suite-{number}", status="FAILED", message="| " * 140)
        for number in range(40)
        for check in failing.verdict.checks
    )

    text = render_summary(replace(failing, verdict=replace(failing.verdict, checks=checks)))

    assert LARGEST // 2 < len(text) < GITHUB_TAKES
    assert "The rest is in the report" in text
    assert text.endswith(f"{MARKER}\n")
    assert text.count("<details>") == text.count("</details>")
