"""Fitting: the minimum is the right one, the bounds hold, and the shipped file can be made again."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from harness.judges.features import DIRECTIONS
from harness.judges.fit import FITTED_ON, PENALTY, class_shares, fit, solve, write_model
from harness.judges.labelled import read_sets
from harness.judges.lexical import MODEL_FILE, read_model


def sample(seed: int, toward: int) -> tuple[np.ndarray, np.ndarray]:
    """200 rows whose features speak for the label in (1) or against (-1) their declared direction."""
    generator = np.random.default_rng(seed)
    labels = (generator.random(200) < 0.4).astype(np.float64)
    signs = np.array(list(DIRECTIONS.values()), dtype=np.float64)
    return generator.random((200, len(DIRECTIONS))) + 0.3 * toward * np.outer(2 * labels - 1, signs), labels


def test_where_no_bound_is_met_the_weights_are_those_of_scikit_learn() -> None:
    seen, labels = sample(seed=1, toward=1)
    shares = class_shares(labels > 0)

    found = solve(seen, labels, shares)
    reference = LogisticRegression(C=1 / PENALTY, tol=1e-10, max_iter=10_000).fit(seen, labels, sample_weight=shares)

    assert found[0] == pytest.approx(reference.intercept_[0], rel=1e-3, abs=1e-3)
    assert found[1:] == pytest.approx(reference.coef_[0], rel=1e-3, abs=1e-3)


def test_a_feature_that_speaks_against_its_direction_gets_no_weight() -> None:
    seen, labels = sample(seed=2, toward=-1)

    found = solve(seen, labels, class_shares(labels > 0))

    assert not found[1:].any()


def test_both_classes_have_half_of_the_weight() -> None:
    shares = class_shares(np.array([True, False, False, False]))

    assert shares.tolist() == pytest.approx([0.5, 1 / 6, 1 / 6, 1 / 6])


def test_a_set_without_both_classes_cannot_be_fitted_on(small_data: Path) -> None:
    one = read_sets(small_data, ["scifact"])[0]
    only_supported = replace(one, examples=tuple(example for example in one.examples if example.supported))

    for sets in ([], [only_supported]):
        with pytest.raises(ValueError, match="both classes"):
            fit(sets, "1", "2026-01-01")


def test_what_is_written_is_read_again(small_data: Path, tmp_path: Path) -> None:
    model = fit(read_sets(small_data, FITTED_ON), "9.9.9", "2026-01-01")

    write_model(model, tmp_path / "model.json")

    assert read_model(tmp_path / "model.json") == model


@pytest.mark.slow
def test_the_shipped_weights_come_from_the_named_files(shared_data: Path) -> None:
    shipped = read_model(MODEL_FILE)

    again = fit(read_sets(shared_data, FITTED_ON), shipped.version, shipped.fitted)

    assert again.fitted_on == shipped.fitted_on
    assert again.intercept == pytest.approx(shipped.intercept, abs=0.002)
    assert again.weights == pytest.approx(shipped.weights, abs=0.002)
