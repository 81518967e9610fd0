"""A judge that blocks must hold a certificate of its own that speaks on the day of the decision."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from harness.domain.checks import Rule, Severity
from harness.domain.suites import Gate, Suite
from harness.judgement import stale_judge
from harness.judges.certificate import Certificate, read_certificate

DECIDED_AT = "2026-11-22T09:00:00Z"


@pytest.fixture
def certificate() -> Certificate:
    return replace(read_certificate(), issued=date(2026, 11, 1), expires=date(2026, 11, 1) + timedelta(days=60))


def _gate(severity: Severity, metric: str = "groundedness") -> Gate:
    rule = Rule("grounded", metric, "mean", "floor", 0.5, "a reason that is long enough", severity=severity)
    suite = Suite(
        name="quality", version="1", verb="answer", top_k=10, routes=("",), repeats=1, concurrency=1, warm_up=0,
        timeout_s=1.0, selection=None, probes=None, scorers=(metric,), rules=(rule,), digest="0",
    )  # fmt: skip
    return Gate(name="g", version="1", target="t", golden_set="d", suites=(suite,))


def test_a_certified_judge_may_block(certificate: Certificate) -> None:
    assert stale_judge(_gate("blocker"), certificate, DECIDED_AT) == []


@pytest.mark.parametrize(
    ("change", "says"),
    [
        pytest.param({"expires": date(2026, 11, 22)}, "until before 2026-11-22", id="expired today"),
        pytest.param({"issued": date(2026, 11, 23)}, "from 2026-11-23", id="not yet issued"),
        pytest.param({"digest": "0" * 64}, "another judge", id="of another judge"),
    ],
)
def test_a_judge_without_a_certificate_that_speaks_makes_the_evidence_unfit(
    certificate: Certificate, change: dict[str, object], says: str
) -> None:
    faults = stale_judge(_gate("blocker"), replace(certificate, **change), DECIDED_AT)

    assert [fault.reason for fault in faults] == ["STALE_JUDGE"]
    assert says in faults[0].message


@pytest.mark.parametrize("gate", [_gate("advisory"), _gate("blocker", "facts")], ids=["advisory", "another metric"])
def test_a_judge_that_blocks_nothing_needs_no_certificate(certificate: Certificate, gate: Gate) -> None:
    assert stale_judge(gate, replace(certificate, digest="0" * 64), DECIDED_AT) == []
