"""A gate cut down to some of its suites: the same suites, the same golden set, and a verdict of them alone."""

from pathlib import Path

import pytest

from harness.load.suites import load_gate
from harness.scorers.catalogue import metric_facts
from harness.selftest.focus import focused


@pytest.fixture
def whole(repository: Path) -> Path:
    """The gate that is shipped for the selftest."""
    return repository / "suites" / "selftest.yaml"


def test_the_suites_that_are_left_are_the_very_same(whole: Path, tmp_path: Path) -> None:
    gate = load_gate(whole, metric_facts)

    cut = load_gate(focused(whole, gate, {"isolation", "retrieval"}, tmp_path / "cut"), metric_facts)

    assert cut.suites == tuple(suite for suite in gate.suites if suite.name in {"isolation", "retrieval"})
    assert Path(cut.golden_set).is_dir()
    assert (cut.name, cut.target, cut.mapping) == (gate.name, gate.target, gate.mapping)
    assert cut.digest != gate.digest


def test_a_mapping_is_kept(whole: Path, tmp_path: Path) -> None:
    copy = tmp_path / "whole" / "gate.yaml"
    copy.parent.mkdir()
    text = (
        whole.read_text(encoding="utf-8").split("suites:")[0].replace("../datasets", str(whole.parents[1] / "datasets"))
    )
    copy.write_text(f"{text}mapping:\n  answer: reply.text\nsuites:\n  - routes.yaml\n")
    (copy.parent / "routes.yaml").write_bytes((whole.parent / "selftest" / "routes.yaml").read_bytes())
    gate = load_gate(copy, metric_facts)

    cut = load_gate(focused(copy, gate, {"routes"}, tmp_path / "cut"), metric_facts)

    assert cut.mapping == gate.mapping == {"answer": "reply.text"}
