"""Agreement figures against scikit-learn, and intervals that respect clusters."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import balanced_accuracy_score, cohen_kappa_score, recall_score, roc_auc_score

from harness.judges.figures import auroc, balanced_accuracy_bounds, best_threshold, figures


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.booleans(), st.integers(0, 10)), min_size=4, max_size=60))
def test_figures_equal_those_of_scikit_learn(rows: list[tuple[bool, int]]) -> None:
    labels = np.array([True, False, *(label for label, _ in rows)])
    scores = np.array([0.9, 0.2, *(score / 10 for _, score in rows)])
    predicted = scores >= 0.5

    found = figures(labels, predicted, scores)

    assert found.balanced_accuracy == pytest.approx(balanced_accuracy_score(labels, predicted))
    assert found.sensitivity == pytest.approx(recall_score(labels, predicted))
    assert found.specificity == pytest.approx(recall_score(~labels, ~predicted))
    assert found.kappa == pytest.approx(cohen_kappa_score(labels, predicted))
    assert found.auroc == pytest.approx(roc_auc_score(labels, scores))


@pytest.mark.parametrize("label", [True, False])
def test_rows_of_one_class_say_nothing(label: bool) -> None:
    labels = np.array([label] * 5)

    with pytest.raises(ValueError, match="both classes"):
        figures(labels, labels, np.ones(5))


def test_ties_count_half() -> None:
    assert auroc(np.array([True, False]), np.array([0.5, 0.5])) == 0.5


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
