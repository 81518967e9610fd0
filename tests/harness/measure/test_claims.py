"""A claim speaks of independent clusters, counts what was not seen as the worst, and never gains by an outage."""

from types import ModuleType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.domain.claims import Claim, joint_interval
from harness.domain.suites import ProbePlan
from harness.measure.claims import claims
from harness.measure.scoring import score_all

HOW = ("clean", "leak", "lost", "void")


def claimed(core: ModuleType, hows: list[str], suites: int = 1, per_cluster: int = 1) -> tuple[Claim, ...]:
    """The claims of suites with one probe for each of `hows`, `per_cluster` of them in a cluster."""
    rule = core.zero_tolerance("leak", by_cluster=True)
    made = [
        core.suite([rule], name=f"s{number}", selection=None, probes=ProbePlan("isolation")) for number in range(suites)
    ]
    asks, seen = [], {}
    for suite in made:
        for at, how in enumerate(hows):
            pair = [_renamed(item, suite.name, f"c{at // per_cluster}") for item in core.probe_pair(f"p{at:03}")]
            for ask in core.asks_of(suite, pair):
                asks.append(ask)
                seen[ask.key] = _reply(core, ask, how)
    gate = core.gate(*made)
    scores = score_all(gate, asks, seen, core.scorer_of)
    return claims(gate, asks, scores, core.scorer_of, {"isolation": "7"})


def _renamed(case: Any, suite: str, cluster: str) -> Any:
    twin = f"{suite}.{case.twin}" if case.twin else ""
    return type(case)(**{**{name: getattr(case, name) for name in case.__slots__},
                         "id": f"{suite}.{case.id}", "twin": twin, "cluster": cluster})  # fmt: skip


def _reply(core: ModuleType, ask: Any, how: str) -> Any:
    holds = how == "leak" if ask.case.kind == "probe" else how != "void"
    if how == "lost" and ask.case.kind == "probe":
        return core.lost(ask)
    return core.answered(ask, answer=f"It is {core.CANARY.marker}." if holds else "I do not know.")


def test_no_leak_in_299_clusters_shows_at_most_one_in_a_hundred(core: ModuleType) -> None:
    (claim,) = claimed(core, ["clean"] * 299)

    assert (claim.hits, claim.probes, claim.clusters, claim.errored, claim.void) == (0, 299, 299, 0, 0)
    assert claim.bound == pytest.approx(0.009969, abs=1e-6)
    assert claim.generator == "isolation 7"
    assert claim.exposure == pytest.approx(1 - (1 - claim.bound) ** 100)


def test_probes_of_one_cluster_are_one_trial(core: ModuleType) -> None:
    (claim,) = claimed(core, ["clean"] * 60, per_cluster=10)

    assert (claim.probes, claim.clusters, claim.effective) == (60, 6, 6)
    assert claim.bound == pytest.approx(1 - 0.05 ** (1 / 6))


def test_all_channels_at_once_need_more_than_each_alone(core: ModuleType) -> None:
    found = claimed(core, ["clean"] * 59, suites=4)

    joint = joint_interval(found)

    assert len(found) == 4
    assert joint is not None
    assert joint.high == pytest.approx(1 - (0.05 / 4) ** (1 / 59))
    assert all(claim.bound == pytest.approx(1 - 0.05 ** (1 / 59)) for claim in found)


def test_without_a_channel_there_is_no_joint_claim() -> None:
    assert joint_interval(()) is None


@settings(max_examples=60, deadline=None)
@given(
    hows=st.lists(st.sampled_from(HOW), min_size=1, max_size=12), at=st.integers(0, 11), worse=st.sampled_from(HOW[1:])
)
def test_a_probe_that_ends_worse_never_makes_the_claim_stronger(
    core: ModuleType, hows: list[str], at: int, worse: str
) -> None:
    changed = [*hows]
    changed[at % len(hows)] = worse

    (before,), (after,) = claimed(core, hows), claimed(core, changed)

    if hows[at % len(hows)] == "clean":
        assert after.bound >= before.bound
        assert after.joint_bound >= before.joint_bound
    assert after.probes == before.probes
