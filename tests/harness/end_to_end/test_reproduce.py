"""A finding tried again: still there on the system that was judged, not there on one that was mended, or undecided."""

import json
from typing import Any

import pytest

PROBE = "probe.north.south.project-halvorsen.title"


def said(place: Any, capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    """Exit code and standard output of `harness reproduce`."""
    capsys.readouterr()
    code = place.harness("reproduce", *arguments)
    return code, capsys.readouterr().out


@pytest.fixture
def leaked(workplace: Any) -> Any:
    """A workplace in which a leaky release was judged."""
    assert workplace.harness("gate", workplace.gate("isolation"), "--target", "small-leaky") == 1
    return workplace


def test_the_report_names_a_command_that_finds_the_leak_again(leaked: Any, capsys: pytest.CaptureFixture[str]) -> None:
    (report,) = leaked.reports.glob("*/report.html")
    run = report.parent.name
    assert f"harness reproduce {PROBE} --run {run}" in report.read_text("utf-8")

    code, out = said(leaked, capsys, PROBE, "--run", run)

    assert code == 1
    assert out.startswith(f"STILL THERE  {PROBE}\n")
    assert "canary south.project-halvorsen in the body" in out


def test_a_release_that_was_mended_shows_it_no_more(leaked: Any, capsys: pytest.CaptureFixture[str]) -> None:
    code, out = said(leaked, capsys, PROBE, "--target", "small-honest")

    assert (code, out.partition("\n")[0]) == (0, f"NOT THERE  {PROBE}")


def test_where_the_control_does_not_fire_nothing_can_be_said(leaked: Any, capsys: pytest.CaptureFixture[str]) -> None:
    code, out = said(leaked, capsys, PROBE, "--target", "small-broken", "--json")

    assert code == 3
    assert json.loads(out)["scores"][0]["value"] is None


def test_what_came_out_is_named_and_not_repeated(leaked: Any, capsys: pytest.CaptureFixture[str]) -> None:
    canaries = [
        json.loads(line) for line in next(leaked.reports.glob("*/inputs/canaries.jsonl")).read_text().splitlines()
    ]

    _, out = said(leaked, capsys, PROBE)

    assert not any(canary["marker"] in out for canary in canaries)


def test_a_case_that_the_run_does_not_know_is_refused(leaked: Any, capsys: pytest.CaptureFixture[str]) -> None:
    code = leaked.harness("reproduce", "probe.north.south.project-halvorsen.titel")

    said_on_error = capsys.readouterr().err
    assert code == 4
    assert "probe.north.south.project-halvorsen.title" in said_on_error
    assert "next:" in said_on_error
