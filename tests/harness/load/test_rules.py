"""Rules that could not fail, or that would claim what is not computed, are refused when they are read."""

from dataclasses import dataclass

import pytest

from harness.load.rules import RuleFile, complaint_about


@dataclass(frozen=True)
class Facts:
    lowest: float = 0.0
    highest: float | None = 1.0
    higher_is_better: bool = True


LATENCY = Facts(highest=None, higher_is_better=False)
QUALITY = Facts()
WHY = "a reason that is long enough"


def _rule(**changes: object) -> RuleFile:
    return RuleFile.model_validate(
        {"id": "r", "metric": "m", "bound": "floor", "threshold": 0.5, "why": WHY, **changes}
    )


def test_a_floor_on_a_share_is_read() -> None:
    assert complaint_about(_rule(), QUALITY) == ""


@pytest.mark.parametrize(
    ("changes", "facts", "says"),
    [
        pytest.param({"bound": "ceiling"}, QUALITY, "points the wrong way", id="wrong direction"),
        pytest.param({"threshold": None}, QUALITY, "needs a `threshold`", id="no threshold"),
        pytest.param({"threshold": 1.0}, QUALITY, "outside the open range", id="floor at the very top"),
        pytest.param({"bound": "ceiling"}, LATENCY, "no bound that needs no assumption", id="mean without an end"),
        pytest.param(
            {"aggregate": "share_over", "cap": 0.5, "bound": "ceiling"}, QUALITY, "would punish what is good",
            id="share over a cap of what is good",
        ),
        pytest.param(
            {"aggregate": "quantile", "quantile": 0.95, "bound": "ceiling", "threshold": 9.0, "by_cluster": True},
            LATENCY, "`by_cluster` has no bound", id="clusters under a quantile",
        ),
        pytest.param(
            {"aggregate": "count", "bound": "zero_tolerance", "threshold": None, "max_rate": 0.1}, LATENCY,
            "no worst value that could be a hit", id="zero tolerance of a duration",
        ),
        pytest.param(
            {"aggregate": "count", "bound": "zero_tolerance", "threshold": None}, QUALITY, "needs `max_rate`",
            id="zero tolerance without a rate",
        ),
        pytest.param({"aggregate": "count"}, QUALITY, "belongs to zero_tolerance alone", id="a count with a floor"),
        pytest.param({"metric": "judged.x"}, QUALITY, "severity: advisory", id="an uncertified judge that blocks"),
    ],
)  # fmt: skip
def test_a_rule_that_cannot_mean_what_it_says_is_refused(changes: dict[str, object], facts: Facts, says: str) -> None:
    assert says in complaint_about(_rule(**changes), facts)
