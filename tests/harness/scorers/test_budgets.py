from collections.abc import Callable
from math import inf, nan

import pytest

from harness.domain.cases import Case
from harness.domain.observations import Observation, Usage
from harness.scorers.budgets import STAGES, CostScorer, LatencyScorer

MakeCase = Callable[..., Case]
MakeObservation = Callable[..., Observation]


def test_latency_is_what_the_client_saw(case: MakeCase, answered: MakeObservation) -> None:
    seen = answered(latency_ms=12.5, timings_ms={"total": 3.0})

    assert LatencyScorer().score(case(), seen).value == 12.5


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_is_what_the_target_timed(case: MakeCase, answered: MakeObservation, stage: str) -> None:
    scorer = LatencyScorer(stage)  # type: ignore[arg-type]

    timed = scorer.score(case(), answered(timings_ms={stage: 7.25}))
    untimed = scorer.score(case(), answered(timings_ms={"other": 7.25}))

    assert scorer.name == f"latency_ms.{stage}"
    assert timed.value == 7.25
    assert untimed.value is None
    assert untimed.reason == f"no figure as the target timed stage {stage}"


@pytest.mark.parametrize("figure", [nan, inf, -1.0])
def test_a_figure_that_is_none_gives_no_value(case: MakeCase, answered: MakeObservation, figure: float) -> None:
    seen = answered(timings_ms={"total": figure}, usage=Usage(1, 1, figure))

    assert LatencyScorer("total").score(case(), seen).value is None
    assert CostScorer().score(case(), seen).value is None


def test_cost_is_what_the_target_prices_and_never_zero_by_default(case: MakeCase, answered: MakeObservation) -> None:
    priced, unpriced, unused = (
        answered(usage=Usage(10, 5, 0.002)),
        answered(usage=Usage(10, 5, None)),
        answered(usage=None),
    )

    values = [CostScorer().score(case(), seen).value for seen in (priced, unpriced, unused)]

    assert values == [0.002, None, None]


def test_budgets_apply_to_all_but_bad_credentials_and_know_no_highest(case: MakeCase, failed: Observation) -> None:
    kinds = ["answerable", "unanswerable", "forbidden", "probe", "twin", "good_credential", "bad_credential"]

    for scorer in (LatencyScorer(), LatencyScorer("total"), CostScorer()):
        assert [kind for kind in kinds if scorer.applies(case(kind))] == kinds[:-1]
        assert (scorer.highest, scorer.higher_is_better) == (None, False)
        assert scorer.score(case(), failed).value is None
