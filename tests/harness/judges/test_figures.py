"""Agreement figures, a bootstrap held to scikit-learn, and intervals that respect clusters."""

from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import balanced_accuracy_score

from harness.judges.figures import REPLICATES, balanced_accuracy_bounds, best_threshold, figures


def test_figures_of_a_table_that_can_be_counted_by_hand() -> None:
    labels = np.array([True] * 5 + [False] * 5)
    scores = np.array([0.9, 0.8, 0.7, 0.6, 0.1, 0.75, 0.4, 0.3, 0.2, 0.1])

    found = figures(labels, scores >= 0.5, scores)

    assert (found.sensitivity, found.specificity, found.balanced_accuracy) == pytest.approx((0.8, 0.8, 0.8))
    assert found.kappa == pytest.approx((0.8 - 0.5) / (1 - 0.5))
    assert found.auroc == pytest.approx((5 + 5 + 4 + 4 + 0.5) / 25)


@settings(max_examples=5, deadline=None)
@given(st.integers(0, 10_000))
def test_the_bootstrap_counts_as_scikit_learn_does_on_the_drawn_rows(seed: int) -> None:
    data = np.random.default_rng(seed)
    clusters = np.arange(60) // 15
    labels, predicted, other = np.arange(60) % 2 == 0, data.random(60) < 0.5, data.random(60) < 0.5

    found = balanced_accuracy_bounds(labels, predicted, other, clusters, seed)

    @cache
    def on_rows_of(drawn: tuple[int, ...]) -> tuple[float, float]:
        rows = np.concatenate([np.flatnonzero(clusters == number) for number in drawn])
        first, second = (balanced_accuracy_score(labels[rows], each[rows]) for each in (predicted, other))
        return first, first - second

    generator = np.random.default_rng(seed)
    draws = [on_rows_of(tuple(sorted(generator.integers(4, size=4).tolist()))) for _ in range(REPLICATES)]
    expected = np.quantile(np.array(draws), [0.025, 0.975], axis=0)
    assert [(one.low, one.high) for one in found] == [pytest.approx(tuple(column)) for column in expected.T]


@pytest.mark.parametrize("label", [True, False])
def test_rows_of_one_class_say_nothing(label: bool) -> None:
    labels = np.array([label] * 5)

    with pytest.raises(ValueError, match="both classes"):
        figures(labels, labels, np.ones(5))


def test_ties_count_half() -> None:
    labels = np.array([True, False])

    assert figures(labels, labels, np.array([0.5, 0.5])).auroc == 0.5


def test_the_best_threshold_has_the_highest_balanced_accuracy_and_is_the_lowest_such() -> None:
    labels = np.array([False, False, True, False, True, True])
    scores = np.array([0.1, 0.2, 0.3, 0.3, 0.8, 0.9])
    shares = np.full(6, 1 / 6)

    assert best_threshold(labels, scores, shares) == 0.3


def test_copies_of_a_row_in_one_cluster_narrow_nothing() -> None:
    generator = np.random.default_rng(7)
    labels = generator.random(60) < 0.5
    predicted = labels ^ (generator.random(60) < 0.2)
    clusters = np.arange(60)

    many_labels, many_predicted = np.repeat(labels, 10), np.repeat(predicted, 10)
    many_clusters, rows = np.repeat(clusters, 10), np.arange(600)

    once, _ = balanced_accuracy_bounds(labels, predicted, predicted, clusters, seed=1)
    tenfold, _ = balanced_accuracy_bounds(many_labels, many_predicted, many_predicted, many_clusters, seed=1)
    as_if_independent, _ = balanced_accuracy_bounds(many_labels, many_predicted, many_predicted, rows, seed=1)

    assert (tenfold.low, tenfold.high) == pytest.approx((once.low, once.high))
    assert as_if_independent.high - as_if_independent.low < (once.high - once.low) / 2


def test_the_lead_of_an_instrument_over_itself_is_nothing() -> None:
    labels = np.array([True, False] * 20)
    predicted = np.array([True, False, False, True] * 10)

    bounds, lead = balanced_accuracy_bounds(labels, predicted, predicted, np.arange(40), seed=3)

    assert bounds.low < 0.5 < bounds.high
    assert (lead.low, lead.high) == (0.0, 0.0)


def test_the_same_seed_gives_the_same_interval() -> None:
    labels = np.array([True, False, True, False, True])
    predicted = np.array([True, False, False, True, True])
    clusters = np.array([0, 0, 1, 1, 2])

    first = balanced_accuracy_bounds(labels, predicted, ~predicted, clusters, seed=5)
    second = balanced_accuracy_bounds(labels, predicted, ~predicted, clusters, seed=5)

    assert first == second
