"""Sums over what sets have in common with a question, against the plain loop."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from system_under_test.retrieval.overlap import overlaps, weighted

# Few numbers, and some that share their lower 16 bits with others.
NUMBERS = st.sampled_from([number + high for number in range(6) for high in (0, 1 << 16, 1 << 40)])
SETS = st.lists(st.frozensets(NUMBERS, max_size=8), min_size=1, max_size=6)
WEIGHTS = st.dictionaries(NUMBERS, st.floats(0.01, 10), max_size=6)


@settings(max_examples=200)
@given(sets=SETS, weights=WEIGHTS)
def test_a_sum_is_that_of_the_plain_loop_and_knows_no_other_set(
    sets: list[frozenset[int]], weights: dict[int, float]
) -> None:
    arrays = [np.array(sorted(numbers), np.uint64) for numbers in sets]

    found = overlaps(arrays, weighted(weights))

    assert found == pytest.approx([sum(weights.get(number, 0) for number in numbers) for numbers in sets])
    assert [overlaps([array], weighted(weights))[0] for array in arrays] == found.tolist()


@settings(max_examples=50)
@given(sets=SETS, weights=WEIGHTS)
def test_factors_multiply_the_weights_of_their_own_set(sets: list[frozenset[int]], weights: dict[int, float]) -> None:
    arrays = [np.array(sorted(numbers), np.uint64) for numbers in sets]
    factors = [np.arange(len(numbers), dtype=np.float32) + place for place, numbers in enumerate(arrays)]

    found = overlaps(arrays, weighted(weights), factors)

    assert found == pytest.approx(
        [
            sum(weights.get(int(number), 0) * factor for number, factor in zip(numbers, own, strict=True))
            for numbers, own in zip(arrays, factors, strict=True)
        ]
    )


def test_nothing_wanted_or_nothing_held_is_nothing_in_common() -> None:
    empty, one = np.array([], np.uint32), np.array([7], np.uint32)

    assert overlaps([empty, one], weighted({})).tolist() == [0, 0]
    assert overlaps([empty, one], weighted({7: 2.0})).tolist() == [0, 2]
    assert (weighted({7: 2.0, 3: 1.0}).numbers.tolist(), weighted({7: 2.0, 3: 1.0}).total) == ([3, 7], 3)
