from collections.abc import Callable
from math import inf, nan

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import beta, binom, multinomial
from scipy.stats import t as student

from harness.domain.scores import Interval
from harness.statistics.intervals import (
    LEAST_CLUSTERS,
    _cluster_reach,
    bounded_mean,
    clopper_pearson,
    clustered_mean,
    hit_rate,
    share_over,
)

HALF_DIGIT = 5.1e-8
MONTE_CARLO = 0.012
"""Five standard errors of a bound from 20,000 draws, in units of the range, for ten values or more."""


def bounds(interval: Interval) -> tuple[float, float]:
    """Both bounds, which must be there."""
    assert interval.low is not None
    assert interval.high is not None
    return interval.low, interval.high


@pytest.mark.parametrize(
    ("successes", "trials", "two_sided", "one_sided"),
    [
        (0, 10, (0, 0.3084971), (0, 0.2588656)),
        (1, 10, (0.0025286, 0.4450161), (0.0051162, 0.3941633)),
        (10, 10, (0.6915029, 1), (0.7411344, 1)),
        (19, 20, (0.7512672, 0.9987349), (0.7838938, 0.9974386)),
        (45, 50, (0.7818646, 0.9667249), (0.8011670, 0.9597634)),
        (0, 59, (0, 0.0606089), (0, 0.0495076)),
        (90, 100, (0.8237774, 0.9509953), (0.8362824, 0.9447368)),
        (0, 100, (0, 0.0362167), (0, 0.0295130)),
        (15, 148, (0.0578440, 0.1616505), (0.0635184, 0.1517684)),
        (81, 263, (0.2527367, 0.3676219), (0.2610557, 0.3581785)),
        (0, 300, (0, 0.0122210), (0, 0.0099361)),
    ],
)
def test_clopper_pearson_gives_the_reference_table(
    successes: int, trials: int, two_sided: tuple[float, float], one_sided: tuple[float, float]
) -> None:
    assert bounds(clopper_pearson(successes, trials, 0.975)) == pytest.approx(two_sided, abs=HALF_DIGIT)
    assert bounds(clopper_pearson(successes, trials, 0.95)) == pytest.approx(one_sided, abs=HALF_DIGIT)


@pytest.mark.parametrize("trials", [20, 50])
def test_clopper_pearson_passes_or_fails_falsely_at_most_5_percent_at_every_rate(trials: int) -> None:
    intervals = [bounds(clopper_pearson(successes, trials, 0.95)) for successes in range(trials + 1)]
    lows, highs = (np.array(side) for side in zip(*intervals, strict=True))

    for rate in np.linspace(0.001, 0.999, 999):
        probabilities = binom.pmf(np.arange(trials + 1), trials, rate)
        assert probabilities[lows > rate].sum() <= 0.05
        assert probabilities[highs < rate].sum() <= 0.05


@pytest.mark.parametrize(("trials", "highest"), [(59, 0.05), (299, 0.01), (598, 0.005), (2995, 0.001)])
def test_no_hit_bounds_the_hit_rate_by_the_rule_of_three(trials: int, highest: float) -> None:
    assert bounds(hit_rate(0, trials, 0.95))[1] == pytest.approx(1 - 0.05 ** (1 / trials))
    assert bounds(hit_rate(0, trials, 0.95))[1] <= highest < bounds(hit_rate(0, trials - 1, 0.95))[1]


def test_share_over_bounds_a_share_as_clopper_pearson_does() -> None:
    assert share_over(15, 148, 0.95) == clopper_pearson(15, 148, 0.95)


@pytest.mark.parametrize(
    ("successes", "trials", "confidence", "found"),
    [
        pytest.param(0, 0, 0.95, "trials must be an integer at least 1, not 0", id="no trial"),
        pytest.param(3, 2, 0.95, "successes must be an integer from 0 to 2, not 3", id="more than all"),
        pytest.param(-1, 2, 0.95, "not -1", id="negative"),
        pytest.param(1.5, 2, 0.95, "not 1.5", id="a mean times a size"),
        pytest.param(1, 2, 1.0, "confidence must lie between 0.5 and 1, not 1.0", id="certainty"),
        pytest.param(1, 2, nan, "not nan", id="confidence nan"),
        pytest.param(1, 2, 95, "not 95", id="confidence in percent"),
    ],
)
def test_counts_that_make_no_share_are_refused(successes: int, trials: int, confidence: float, found: str) -> None:
    with pytest.raises(ValueError, match=found):
        clopper_pearson(successes, trials, confidence)


@pytest.mark.parametrize(
    ("values", "lowest", "highest", "found"),
    [
        pytest.param([], 0, 1, "at least one value", id="empty"),
        pytest.param([0.5, nan], 0, 1, "value 1 is nan", id="nan"),
        pytest.param([inf], 0, 1, "value 0 is inf", id="infinite"),
        pytest.param([0.5, 1.5], 0, 1, "value 1 is 1.5, outside 0 to 1", id="above"),
        pytest.param([-0.1], 0, 1, "outside 0 to 1", id="below"),
        pytest.param([0.5], 1, 0, "not 1 to 0", id="range reversed"),
        pytest.param([0.5], 0, inf, "not 0 to inf", id="no limit"),
        pytest.param([[0.5]], 0, 1, "flat sequence", id="nested"),
    ],
)
def test_samples_that_carry_no_statement_are_refused(
    values: list[float], lowest: float, highest: float, found: str
) -> None:
    with pytest.raises(ValueError, match=found):
        bounded_mean(values, lowest, highest, 0.95, 1)
    with pytest.raises(ValueError, match=found):
        clustered_mean(values, ["a"] * len(values), lowest, highest, 0.95, 1)


def test_too_few_draws_and_an_impossible_confidence_are_refused() -> None:
    with pytest.raises(ValueError, match="draws must be an integer at least 1000, not 10"):
        bounded_mean([0.5], 0, 1, 0.95, 1, draws=10)
    with pytest.raises(ValueError, match=r"not 0\.4"):
        bounded_mean([0.5], 0, 1, 0.4, 1)


@pytest.mark.parametrize(("lowest", "highest"), [(0, 1), (-1, 1), (10, 30)])
def test_values_at_both_ends_give_clopper_pearson(lowest: float, highest: float) -> None:
    interval = bounded_mean([highest] * 45 + [lowest] * 5, lowest, highest, 0.95, 1)

    shares = (np.array(bounds(interval)) - lowest) / (highest - lowest)
    assert shares == pytest.approx(bounds(clopper_pearson(45, 50, 0.95)), abs=1e-12)
    assert interval.method == "clopper_pearson"


def test_values_all_but_at_the_ends_give_all_but_clopper_pearson() -> None:
    interval = bounded_mean([1.0] * 45 + [0.0] * 4 + [1e-9], 0, 1, 0.95, 0, draws=400_000)

    assert interval.method == "gaffke"
    assert bounds(interval) == pytest.approx((0.80117, 0.95976), abs=5e-4)


@pytest.mark.parametrize("value", [0.2, 0.5, 0.99])
def test_a_single_value_repeated_needs_no_draws_and_gives_the_betas_quantile(value: float) -> None:
    interval = bounded_mean([value] * 30, 0, 1, 0.95, 1)

    left = 0.05 ** (1 / 30)
    assert bounds(interval) == pytest.approx((value * left, 1 - (1 - value) * left), abs=1e-10)
    assert interval == bounded_mean([value] * 30, 0, 1, 0.95, 2)


def test_the_draws_agree_with_the_betas_quantile() -> None:
    drawn = bounds(bounded_mean([0.5] * 29 + [0.5 + 1e-9], 0, 1, 0.95, 3))

    assert drawn == pytest.approx(bounds(bounded_mean([0.5] * 30, 0, 1, 0.95, 3)), abs=2e-3)


def test_more_draws_come_closer_and_the_same_seed_gives_the_same_bits() -> None:
    values = np.random.default_rng(4).random(50).tolist()

    exact = bounds(bounded_mean(values, 0, 1, 0.95, 1, draws=200_000))

    assert bounds(bounded_mean(values, 0, 1, 0.95, 2)) == pytest.approx(exact, abs=2e-3)
    assert bounded_mean(values, 0, 1, 0.95, 2) == bounded_mean(values, 0, 1, 0.95, 2)
    assert bounded_mean(values, 0, 1, 0.95, 2) != bounded_mean(values, 0, 1, 0.95, 3)


UNITS = st.lists(st.floats(0, 1), min_size=10, max_size=30)


@settings(max_examples=25, deadline=None)
@given(values=UNITS, confidence=st.sampled_from([0.9, 0.95, 0.99]))
def test_the_mean_lies_between_the_bounds_and_they_within_the_range(values: list[float], confidence: float) -> None:
    low, high = bounds(bounded_mean(values, 0, 1, confidence, 5, draws=4_000))

    assert 0 <= low <= np.mean(values) <= high <= 1


@settings(max_examples=20, deadline=None)
@given(values=UNITS, data=st.data())
def test_the_order_of_the_values_cannot_matter(values: list[float], data: st.DataObject) -> None:
    shuffled = data.draw(st.permutations(values))

    assert bounded_mean(values, 0, 1, 0.95, 5, draws=4_000) == bounded_mean(shuffled, 0, 1, 0.95, 5, draws=4_000)


@settings(max_examples=25, deadline=None)
@given(values=UNITS, place=st.integers(0, 9), share=st.floats(0, 1))
def test_a_value_that_rises_lowers_no_bound(values: list[float], place: int, share: float) -> None:
    raised = [*values]
    raised[place] += share * (1 - raised[place])

    before = bounds(bounded_mean(values, 0, 1, 0.95, 5))
    after = bounds(bounded_mean([min(1.0, value) for value in raised], 0, 1, 0.95, 5))

    assert after[0] >= before[0] - MONTE_CARLO
    assert after[1] >= before[1] - MONTE_CARLO


@settings(max_examples=25, deadline=None)
@given(values=UNITS, shift=st.floats(-50, 50), scale=st.floats(0.01, 100))
def test_bounds_move_and_stretch_with_the_values(values: list[float], shift: float, scale: float) -> None:
    top = shift + scale
    moved = [min(top, max(shift, shift + scale * value)) for value in values]

    plain = np.array(bounds(bounded_mean(values, 0, 1, 0.95, 5)))
    there = np.array(bounds(bounded_mean(moved, shift, top, 0.95, 5)))

    assert (there - shift) / scale == pytest.approx(plain, abs=MONTE_CARLO)


@settings(max_examples=25, deadline=None)
@given(values=UNITS)
def test_turned_values_turn_the_bounds(values: list[float]) -> None:
    low, high = bounds(bounded_mean(values, 0, 1, 0.95, 5, draws=4_000))
    turned = bounds(bounded_mean([-value for value in values], -1, 0, 0.95, 5, draws=4_000))

    assert turned == pytest.approx((-high, -low), abs=1e-9)


@settings(max_examples=25, deadline=None)
@given(values=UNITS)
def test_the_same_values_more_often_narrow_the_bounds(values: list[float]) -> None:
    low, high = bounds(bounded_mean(values, 0, 1, 0.95, 5))
    closer_low, closer_high = bounds(bounded_mean(values * 4, 0, 1, 0.95, 5))

    assert closer_low >= low - MONTE_CARLO
    assert closer_high <= high + MONTE_CARLO


def test_on_a_grid_of_three_valued_scores_the_mean_is_missed_at_most_5_percent_of_the_time() -> None:
    counts = [(halves, ones) for halves in range(21) for ones in range(21 - halves)]
    samples = [[0.5] * halves + [1.0] * ones + [0.0] * (20 - halves - ones) for halves, ones in counts]
    lows, highs = np.array([bounds(bounded_mean(sample, 0, 1, 0.95, 1)) for sample in samples]).T
    outcomes = np.array([(20 - halves - ones, halves, ones) for halves, ones in counts])
    shares = [0.0, 0.01, 0.02, *np.linspace(0.05, 1, 20)]

    for half, one in ((half, one) for half in shares for one in shares if half + one <= 1 + 1e-9):
        mean = half / 2 + one
        probabilities = multinomial.pmf(outcomes, 20, [max(0.0, 1 - half - one), half, one])
        assert probabilities[lows > mean + 1e-9].sum() <= 0.05
        assert probabilities[highs < mean - 1e-9].sum() <= 0.05


def test_a_seeded_simulation_of_three_valued_scores_agrees_with_the_enumeration() -> None:
    generator = np.random.default_rng(17)

    for weights in ([0.1, 0.15, 0.75], [0.02, 0.03, 0.95], [0.4, 0.2, 0.4]):
        samples = generator.choice([0.0, 0.5, 1.0], size=(400, 20), p=weights)
        intervals = [bounds(bounded_mean(sample.tolist(), 0, 1, 0.95, 1, draws=2_000)) for sample in samples]
        missed = [low > np.dot(weights, [0, 0.5, 1]) for low, _ in intervals]
        assert np.mean(missed) <= 0.05


CLUSTERED = ((1, 1, 0, 1, 0, 0, 1, 1, 1, 0), ("0", "0", "0", "1", "1", "1", "2", "2", "3", "3"))


def test_fewer_than_five_clusters_give_no_bound() -> None:
    interval = clustered_mean(*CLUSTERED, 0, 1, 0.95, 1)

    assert (interval.low, interval.high) == (None, None)
    assert LEAST_CLUSTERS == 5


def test_the_cluster_robust_error_is_the_reference_one() -> None:
    values, names = CLUSTERED

    reach = _cluster_reach(np.array(values, dtype=float), np.array(names, dtype=np.intp), 4, 0.95)

    assert reach / student.ppf(0.95, 3) == pytest.approx(0.13466007, abs=HALF_DIGIT / 10)
    assert reach / student.ppf(0.95, 3) * (3 / 4) ** 0.5 == pytest.approx(0.11661904, abs=HALF_DIGIT / 10)


def test_clusters_that_pass_whole_count_as_one_piece_of_evidence_each() -> None:
    interval = clustered_mean([1.0] * 100, [str(number % 10) for number in range(100)], 0, 1, 0.95, 1)

    assert bounds(interval) == pytest.approx((float(beta.ppf(0.05, 10, 1)), 1.0))


@pytest.mark.parametrize("spread", [0.02, 0.4], ids=["clusters alike", "clusters apart"])
def test_each_side_is_the_wider_of_cluster_t_and_the_bounded_mean_of_clusters(spread: float) -> None:
    generator = np.random.default_rng(3)
    centres = generator.uniform(0.5 - spread, 0.5 + spread, 12)
    members = np.repeat(np.arange(12), np.arange(1, 13))
    values = np.clip(centres[members] + generator.uniform(-0.1, 0.1, members.size), 0, 1)

    low, high = bounds(clustered_mean(values.tolist(), [f"c{member}" for member in members], 0, 1, 0.95, 1))

    residuals = np.bincount(members, weights=values - values.mean())
    reach = student.ppf(0.95, 11) * np.sqrt(12 / 11 * (residuals**2).sum()) / members.size
    means = [float(values[members == member].mean()) for member in range(12)]
    padded = bounds(bounded_mean(means, 0, 1, 0.95, 1))
    assert low == pytest.approx(min(values.mean() - reach, padded[0]), abs=1e-9)
    assert high == pytest.approx(max(values.mean() + reach, padded[1]), abs=1e-9)


@settings(max_examples=20, deadline=None)
@given(pairs=st.lists(st.tuples(st.floats(0, 1), st.sampled_from("abcdefg")), min_size=20, max_size=40), data=st.data())
def test_clustered_bounds_hold_the_mean_and_know_no_order(pairs: list[tuple[float, str]], data: st.DataObject) -> None:
    pairs += list(zip([0.5] * 5, "abcde", strict=True))
    shuffled = data.draw(st.permutations(pairs))

    def of(sample: list[tuple[float, str]]) -> Interval:
        return clustered_mean([value for value, _ in sample], [name for _, name in sample], 0, 1, 0.95, 5)

    one, other = of(pairs), of(shuffled)

    assert one == other
    assert bounds(one)[0] <= np.mean([value for value, _ in pairs]) <= bounds(one)[1]


def test_a_cluster_for_each_value_is_needed() -> None:
    with pytest.raises(ValueError, match="3 values need as many clusters, not 2"):
        clustered_mean([0, 1, 1], ["a", "b"], 0, 1, 0.95, 1)


def false_passes(draw: Callable[[np.random.Generator], tuple[list[float], list[str]]], mean: float) -> float:
    """The share of 200 samples whose low bound lies above the true mean."""
    generator = np.random.default_rng(23)
    lows = [bounds(clustered_mean(*draw(generator), 0, 1, 0.95, 1))[0] for _ in range(200)]
    return float(np.mean([low > mean for low in lows]))


@pytest.mark.parametrize("clusters", [5, 10, 25])
def test_clusters_that_pass_or_fail_whole_do_not_pass_falsely(clusters: int) -> None:
    def whole_clusters(generator: np.random.Generator) -> tuple[list[float], list[str]]:
        passes = generator.random(clusters) < 0.95
        return np.repeat(passes, 10).astype(float).tolist(), np.repeat(np.arange(clusters), 10).astype(str).tolist()

    assert false_passes(whole_clusters, 0.95) == 0
