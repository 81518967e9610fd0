"""What a suite may say of an LLM judge: it informs and never decides, and its key is in no file."""

from collections.abc import Callable
from pathlib import Path

import pytest

from harness.domain.suites import JudgePlan
from harness.errors import DeclarationError
from harness.load.suites import load_gate
from harness.scorers.catalogue import metric_facts

JUDGE = "judge:\n  model: openai/tiny\n  api_base_env: JUDGE_BASE\n  api_key_env: JUDGE_KEY\n"
PLAIN_RULE = """  - id: answered
    metric: answered
    bound: floor
    threshold: 0.5
    why: a system that answers nothing helps nobody
"""
JUDGED_RULE = """  - id: faithful
    metric: judged.faithfulness
    bound: floor
    threshold: 0.7
    why: what an LLM judge thinks of the answers
"""
ADVISORY = "    severity: advisory\n"

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes a gate over one suite for each given judge, and gives its path."""

    def written(
        *judges: str, scorers: str = "[answered, judged.faithfulness]", rules: str = "", verb: str = "answer"
    ) -> Path:
        for number, judge in enumerate(judges):
            (tmp_path / f"{number}.yaml").write_text(
                f'suite: suite-{number}\nversion: "1"\nabout: Does the system answer?\nverb: {verb}\n'
                f"cases:\n  kinds: [answerable]\n{judge}scorers: {scorers}\nrules:\n{PLAIN_RULE}{rules}"
            )
        path = tmp_path / "gate.yaml"
        listed = "".join(f"  - {number}.yaml\n" for number in range(len(judges)))
        path.write_text(
            'gate: small\nversion: "1"\nabout: A gate with a judge.\ntarget: reference\n'
            f"golden_set: golden\nsuites:\n{listed}"
        )
        return path

    return written


def _load(path: Path) -> JudgePlan | None:
    return load_gate(path, metric_facts).judge


def test_a_judge_is_read_with_its_defaults(write: Write) -> None:
    found = _load(write(JUDGE, rules=JUDGED_RULE + ADVISORY))

    assert found == JudgePlan("openai/tiny", "JUDGE_BASE", "JUDGE_KEY", 0.0, 1024, 60.0, 4)


@pytest.mark.parametrize("severity", ["", "    severity: blocker\n"], ids=["by default", "declared"])
def test_a_judged_metric_may_not_block(write: Write, severity: str) -> None:
    with pytest.raises(DeclarationError, match=r"without a certificate.*severity: advisory"):
        _load(write(JUDGE, rules=JUDGED_RULE + severity))


def test_a_judged_metric_needs_a_judge(write: Write) -> None:
    with pytest.raises(DeclarationError, match="declares none") as refused:
        _load(write("", rules=JUDGED_RULE + ADVISORY))

    assert "api_key_env" in refused.value.next_step


def test_a_judge_that_nothing_asks_is_refused(write: Write) -> None:
    with pytest.raises(DeclarationError, match="nothing is judged"):
        _load(write(JUDGE, scorers="[answered]"))


def test_a_judge_needs_answers(write: Write) -> None:
    with pytest.raises(DeclarationError, match="reads answers"):
        _load(write(JUDGE, verb="retrieve"))


def test_a_gate_has_one_judge(write: Write) -> None:
    other = JUDGE.replace("tiny", "large")

    assert _load(write(JUDGE, JUDGE)) == _load(write(JUDGE))
    with pytest.raises(DeclarationError, match="different judges"):
        _load(write(JUDGE, other))


@pytest.mark.parametrize(
    "judge",
    [
        pytest.param(JUDGE + "  api_key: sk-123\n", id="a key in the file"),
        pytest.param(JUDGE.replace("JUDGE_KEY", "sk-live-0123456789"), id="a key in place of a variable's name"),
        pytest.param(JUDGE.replace("JUDGE_BASE", "https://judge.example/v1"), id="an address in place of a name"),
        pytest.param(JUDGE.replace("openai/tiny", "tiny"), id="a model without a provider"),
        pytest.param(JUDGE + "  temperature: .nan\n", id="a temperature that is no number"),
        pytest.param(JUDGE + "  concurrency: 0\n", id="nobody asks"),
        pytest.param("judge:\n  model: openai/tiny\n", id="no variables"),
    ],
)
def test_what_cannot_be_a_judge_is_refused(write: Write, judge: str) -> None:
    with pytest.raises(DeclarationError):
        _load(write(judge, rules=JUDGED_RULE + ADVISORY))
