"""The hosts that a gate lets answers link to: plain names, or a refusal with the line."""

from pathlib import Path

import pytest

from harness.errors import DeclarationError
from harness.load.suites import load_gate
from harness.scorers.catalogue import metric_facts

GATE = """gate: g
version: "1"
about: A gate for this test.
target: t
golden_set: golden
suites: [s.yaml]
allowed_hosts: [{hosts}]
"""
SUITE = """suite: s
version: "1"
about: A suite for this test.
verb: answer
cases: {}
scorers: [egress]
rules:
  - id: none
    metric: egress
    aggregate: count
    bound: zero_tolerance
    max_rate: 0.5
    why: a reason that is long enough
"""


def written(folder: Path, hosts: str) -> Path:
    (folder / "s.yaml").write_text(SUITE, encoding="utf-8")
    path = folder / "gate.yaml"
    path.write_text(GATE.replace("{hosts}", hosts), encoding="utf-8")
    return path


def test_the_hosts_are_part_of_the_gate(tmp_path: Path) -> None:
    gate = load_gate(written(tmp_path, "wiki.example, intranet"), metric_facts)

    assert gate.allowed_hosts == ("wiki.example", "intranet")


@pytest.mark.parametrize(
    "host", ["https://wiki.example", "'*.example'", "wiki.example:8443", "Wiki.example", "''", "a/b"]
)
def test_what_is_no_plain_host_is_refused_with_its_line(tmp_path: Path, host: str) -> None:
    with pytest.raises(DeclarationError) as refused:
        load_gate(written(tmp_path, host), metric_facts)

    assert "gate.yaml:7" in str(refused.value)
