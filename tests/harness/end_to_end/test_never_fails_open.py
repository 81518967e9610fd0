"""The ways in which other tools were seen to pass without evidence, one test each: none of them has the exit code 0.

The numbers are those of the survey of peers: a filter that matches nothing, no tests, no assertions, a mistyped key,
errors that leave the denominator, probes that were never made, options that do not exist, crashes, a limit of 0,
survivors' averages, scores that are all missing, and summaries that contradict each other.
"""

import json
import re
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest

from harness.cli.main import VERBS

SUITE = """
suite: tried
version: "1"
about: A suite that is changed by each test.
verb: answer
top_k: 3
cases:
  kinds: [answerable]
scorers: [answered, latency_ms, cost_usd, leak, "ndcg@10"]
rules:
  - id: rule
    metric: answered
    bound: floor
    threshold: 0.5
    why: a reason that is long enough
"""
RULE = SUITE[SUITE.index("  - id: rule") :]


def tried(workplace: Any, *changes: tuple[str, str], target: str = "small-honest") -> int:
    """The exit code of a gate over the suite with these changes, each of which must have changed something."""
    text = SUITE
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    workplace.suite("tried", text)
    return int(workplace.harness("gate", workplace.gate("tried"), "--target", target))


def test_the_suite_passes_when_nothing_is_changed(workplace: Any) -> None:
    assert tried(workplace) == 0


def test_1_a_filter_that_matches_no_case_is_refused(workplace: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert tried(workplace, ("kinds: [answerable]", "tags: [no-case-has-this]")) == 4

    assert "an empty suite is not evidence" in capsys.readouterr().err


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(('scorers: [answered, latency_ms, cost_usd, leak, "ndcg@10"]', "scorers: []"), id="no scorers"),
        pytest.param(("cases:\n  kinds: [answerable]\n", ""), id="neither cases nor probes"),
    ],
)
def test_2_a_suite_of_nothing_is_refused(workplace: Any, change: tuple[str, str]) -> None:
    assert tried(workplace, change) == 4


def test_2_a_gate_of_no_suites_is_refused(workplace: Any) -> None:
    gate = workplace.gate()
    gate.write_text(gate.read_text().replace("suites:\n", "suites: []\n"))

    assert workplace.harness("gate", gate) == 4


def test_2_an_empty_golden_set_is_refused(workplace: Any, capsys: pytest.CaptureFixture[str]) -> None:
    (workplace.path / "golden" / "1.0.0" / "cases" / "all.jsonl").write_text("")

    assert tried(workplace) == 4

    assert "the golden set holds no case" in capsys.readouterr().err


def test_3_a_suite_without_a_rule_is_refused(workplace: Any) -> None:
    assert tried(workplace, (f"rules:\n{RULE}", "rules: []\n")) == 4


def test_3_a_gate_in_which_nothing_blocks_is_refused(workplace: Any) -> None:
    assert tried(workplace, ("    bound: floor", "    severity: advisory\n    bound: floor")) == 4


def test_3_a_rule_about_what_no_case_shows_does_not_pass(workplace: Any) -> None:
    change = ("metric: answered\n    bound: floor\n    threshold: 0.5",
              "metric: leak\n    aggregate: count\n    bound: zero_tolerance\n    max_rate: 0.9")  # fmt: skip

    assert tried(workplace, change) == 3

    assert workplace.verdict()["checks"][0]["reason"] == "NO_EVIDENCE"


@pytest.mark.parametrize(
    ("change", "hint"),
    [
        pytest.param(("threshold: 0.5", "treshold: 0.5"), "did you mean 'threshold'", id="key of a rule"),
        pytest.param(("rules:", "rule:"), "did you mean 'rules'", id="key of a suite"),
        pytest.param(("metric: answered", "metric: answerd"), "did you mean 'answered'", id="metric of a rule"),
        pytest.param(("scorers: [answered", "scorers: [anwsered"), "answered", id="name of a scorer"),
        pytest.param(("bound: floor", "bound: flor"), "'floor'", id="name of a bound"),
        pytest.param(("threshold: 0.5", "threshold: 0.5\n    threshold: 0.1"), "stands twice", id="a key twice"),
        pytest.param(("threshold: 0.5", "threshold: .nan"), "not a number", id="a threshold that is NaN"),
        pytest.param(("threshold: 0.5", 'threshold: "0.5"'), "number", id="a threshold that is text"),
        pytest.param(("bound: floor", "bound: ceiling"), "the wrong way", id="a threshold the wrong way round"),
        pytest.param(("    threshold: 0.5\n", ""), "needs a `threshold`", id="no threshold"),
    ],
)
def test_4_a_slip_of_the_pen_is_refused_with_the_line_and_a_hint(
    workplace: Any, capsys: pytest.CaptureFixture[str], change: tuple[str, str], hint: str
) -> None:
    assert tried(workplace, change) == 4

    said = capsys.readouterr().err
    assert re.search(r"tried\.yaml:\d+", said)
    assert hint in said


def test_4_a_case_with_a_mistyped_key_is_refused(workplace: Any, capsys: pytest.CaptureFixture[str]) -> None:
    cases = workplace.path / "golden" / "1.0.0" / "cases" / "all.jsonl"
    cases.write_text(cases.read_text().replace('"judgments"', '"judgements"', 1))

    assert tried(workplace) == 4

    assert "did you mean 'judgments'?" in capsys.readouterr().err


@pytest.mark.parametrize("suite", ["quality", "permission", "isolation", "authentication"])
def test_5_and_8_a_target_that_fails_every_ask_never_passes(workplace: Any, suite: str) -> None:
    code = workplace.harness("gate", workplace.gate(suite), "--target", "small-broken")

    assert code in {1, 3}
    (ledger,) = workplace.verdict()["ledgers"]
    assert ledger["errored"] == ledger["planned"]


def test_6_probes_that_could_not_be_made_are_refused(workplace: Any, capsys: pytest.CaptureFixture[str]) -> None:
    folder = workplace.path / "golden" / "1.0.0"
    for name in ("principals.jsonl", "cases/all.jsonl"):
        lines = (folder / name).read_text().splitlines(keepends=True)
        (folder / name).write_text("".join(line for line in lines if "south" not in line))
    workplace.freeze()

    assert workplace.harness("gate", workplace.gate("isolation")) == 4

    assert "'south' has no principal" in capsys.readouterr().err


def test_7_every_command_that_a_message_tells_people_to_run_exists(repository: Path) -> None:
    told = {
        verb
        for path in (repository / "harness").rglob("*.py")
        for verb in re.findall(r"(?:`|next: )harness ([a-z]+)", path.read_text(encoding="utf-8"))
    }

    assert told <= VERBS.keys()
    assert {"gate", "resume", "show", "explain"} <= told


@pytest.mark.parametrize("option", ["--fail-on-error", "--force", "--no-fail", "--threshold=0", "--limit=0"])
def test_7_an_option_that_does_not_exist_is_a_usage_error(workplace: Any, option: str) -> None:
    assert workplace.harness("gate", workplace.gate("quality"), option) == 2


@pytest.mark.parametrize("change", ["limit: 0", "limit: -1"])
def test_9_a_limit_of_nothing_is_refused(workplace: Any, change: str) -> None:
    assert tried(workplace, ("kinds: [answerable]", f"kinds: [answerable]\n  {change}")) == 4


def test_9_no_repeats_are_refused(workplace: Any) -> None:
    assert tried(workplace, ("top_k: 3", "top_k: 3\nrepeats: 0")) == 4


def test_10_failed_asks_stay_in_the_denominator_and_bounds_stay_in_the_range(workplace: Any) -> None:
    workplace.harness("gate", workplace.gate("permission", "quality"), "--target", "small-broken-for-the-forbidden")

    verdict = workplace.verdict()
    for metric in verdict["metrics"]:
        interval = metric["interval"]
        if metric["name"] in {"answered", "withheld", "ndcg@10"} and interval:
            assert all(0 <= bound <= 1 for bound in (interval["low"], interval["high"]) if bound is not None)
    withheld = next(item for item in verdict["metrics"] if (item["name"], item["slice"]) == ("withheld", "all"))
    assert withheld["n"] + withheld["missing"] == 2
    assert withheld["errored"] == 2


def test_11_a_metric_that_is_missing_everywhere_does_not_pass(workplace: Any) -> None:
    demand = "aggregate: share_over\n    cap: 100\n    bound: ceiling\n    threshold: 0.9"

    code = tried(
        workplace,
        ("metric: answered\n    bound: floor\n    threshold: 0.5", f"metric: latency_ms.rerank\n    {demand}"),
        ("latency_ms,", "latency_ms, latency_ms.rerank,"),
    )

    assert (code, workplace.verdict()["checks"][0]["reason"]) == (3, "MISSING_VALUES")


def test_12_every_surface_tells_the_same_outcome(workplace: Any, capsys: pytest.CaptureFixture[str]) -> None:
    code = workplace.harness("gate", workplace.gate("quality", "isolation"), "--target", "small-leaky")

    console = capsys.readouterr().out
    (folder,) = workplace.runs()
    junit = ET.fromstring((folder / "junit.xml").read_text())
    failed = sum(int(suite.get("failures", 0)) for suite in junit.iter("testsuite"))
    assert (code, workplace.verdict()["outcome"]) == (1, "FAILED")
    assert console.startswith("FAILED")
    assert failed >= 1
    assert "FAILED" in (folder / "summary.md").read_text()[:200]
    assert "FAILED" in (folder / "report.html").read_text()
    assert workplace.harness("list", "--json") == 0
    assert json.loads(capsys.readouterr().out)[0]["outcome"] == "FAILED"


def test_the_best_rank_of_one_document_is_not_the_best_ranking(core: Any) -> None:
    judgments = tuple(core.Judgment(f"north/d{number}", 1) for number in range(10))
    suite = core.suite([core.rule("ndcg@3", threshold=0.9), core.rule("recall@3", id="recall", threshold=0.9)])
    asks = core.asks_of(suite, [core.case("a", judgments=judgments)])

    verdict = core.judged(core.gate(suite), asks, [core.answered(asks[0], passages=[core.passage("north/d0")])])

    ndcg, recall = (check.metric.value for check in verdict.checks)
    assert ndcg == pytest.approx(0.469, abs=1e-3)
    assert recall == pytest.approx(0.1)


def test_one_passage_three_times_is_one_passage(core: Any) -> None:
    suite = core.suite([core.rule("precision@3")])
    asks = core.asks_of(suite, [core.case("a")])
    same = [core.passage(rank=rank) for rank in (1, 2, 3)]

    verdict = core.judged(core.gate(suite), asks, [core.answered(asks[0], passages=same)])

    assert verdict.checks[0].metric.value == pytest.approx(1 / 3)
