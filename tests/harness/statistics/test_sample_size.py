from math import nan

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.statistics.intervals import hit_rate
from harness.statistics.sample_size import exposure, least_trials


@pytest.mark.parametrize(
    ("max_rate", "confidence", "trials"),
    [
        (0.05, 0.95, 59),
        (0.01, 0.95, 299),
        (0.005, 0.95, 598),
        (0.001, 0.95, 2995),
        (0.05, 0.99, 90),
        (0.01, 0.99, 459),
        pytest.param(0.5, 0.75, 2, id="a whole quotient"),
    ],
)
def test_the_least_trials_are_the_reference_ones(max_rate: float, confidence: float, trials: int) -> None:
    assert least_trials(max_rate, confidence) == trials


@settings(max_examples=40, deadline=None)
@given(max_rate=st.floats(0.002, 0.9), confidence=st.floats(0.6, 0.999))
def test_with_the_least_trials_no_hit_bounds_the_rate_and_with_one_less_it_does_not(
    max_rate: float, confidence: float
) -> None:
    trials = least_trials(max_rate, confidence)

    enough = hit_rate(0, trials, confidence).high
    assert enough is not None
    assert enough <= max_rate + 1e-9
    if trials > 1:
        short = hit_rate(0, trials - 1, confidence).high
        assert short is not None
        assert short > max_rate - 1e-9


@pytest.mark.parametrize(
    ("rate", "tries", "expected"),
    [
        (0.001, 60, 0.058),
        (0.001, 300, 0.259),
        (0.001, 1500, 0.777),
        (0.005, 60, 0.260),
        (0.005, 300, 0.778),
        (0.005, 1500, 0.999),
        (0.01, 20, 0.182),
        (0.01, 60, 0.453),
        (0.01, 100, 0.634),
        (0.01, 500, 0.993),
        (0.01, 300, 0.951),
        (0.05, 20, 0.642),
        (0.05, 100, 0.994),
        (0.05, 60, 0.954),
    ],
)
def test_exposure_is_the_reference_table(rate: float, tries: int, expected: float) -> None:
    assert exposure(rate, tries) == pytest.approx(expected, abs=5.1e-4)


@pytest.mark.parametrize(
    ("rate", "tries", "expected"), [(0.0, 10, 0.0), (1.0, 1, 1.0), (1.0, 0, 0.0), (0.5, 0, 0.0), (1e-18, 1, 1e-18)]
)
def test_exposure_holds_at_the_ends(rate: float, tries: int, expected: float) -> None:
    assert exposure(rate, tries) == expected


@pytest.mark.parametrize("rate", [0.0, 1.0, -0.1, 1.5, nan])
def test_a_rate_that_no_number_of_trials_can_bound_is_refused(rate: float) -> None:
    with pytest.raises(ValueError, match="max_rate must lie between 0 and 1"):
        least_trials(rate, 0.95)


def test_bad_arguments_are_refused() -> None:
    with pytest.raises(ValueError, match=r"confidence must lie between 0\.5 and 1, not 0\.5"):
        least_trials(0.05, 0.5)
    with pytest.raises(ValueError, match=r"rate must lie in 0\.\.1, not nan"):
        exposure(nan, 3)
    with pytest.raises(ValueError, match="tries must be an integer at least 0, not -1"):
        exposure(0.5, -1)
