"""BM25 vectors: what a weight is, and that nothing of a corpus is in it."""

import pytest

from system_under_test.retrieval.sparse import AVERAGE_LENGTH, K1, MAXIMUM_WEIGHT, B, SparseEncoder


@pytest.fixture(scope="module")
def encoder() -> SparseEncoder:
    """The encoder, which keeps nothing."""
    return SparseEncoder()


@pytest.mark.parametrize("times", [1, 2, 40], ids=["once", "twice", "often"])
def test_a_weight_saturates_and_is_normalised_by_length(encoder: SparseEncoder, times: int) -> None:
    length = times + 2

    vector = encoder.passage("pension " * times + "night manager")

    (pension,) = encoder.question("pension").terms
    weight = dict(zip(vector.terms, vector.weights, strict=True))[pension]
    expected = times * (K1 + 1) / (times + K1 * (1 - B + B * length / AVERAGE_LENGTH))
    assert weight == pytest.approx(expected, rel=1e-5)
    assert weight < MAXIMUM_WEIGHT


def test_terms_are_32_bit_numbers_ascending_and_distinct(encoder: SparseEncoder) -> None:
    text = "The night manager of the pension fund writes the rota, and the manager of the day reads it."

    for vector in (encoder.passage(text), encoder.question(text)):
        assert list(vector.terms) == sorted(set(vector.terms))
        assert all(0 <= term < 1 << 32 for term in vector.terms)
        assert len(vector.weights) == len(vector.terms)


def test_every_word_of_a_question_weighs_the_same(encoder: SparseEncoder) -> None:
    vector = encoder.question("leave leave and pension")

    assert vector.weights == (1, 1)


@pytest.mark.parametrize("text", ["", "  ", "the of and", "?!"], ids=["empty", "blank", "stop-words", "marks"])
def test_a_text_without_terms_has_an_empty_vector(encoder: SparseEncoder, text: str) -> None:
    assert encoder.question(text).terms == encoder.passage(text).terms == ()


def test_a_passage_is_weighed_without_looking_at_others(encoder: SparseEncoder) -> None:
    before = encoder.passage("annual leave")
    for number in range(50):
        encoder.passage(f"leave {number} leave")

    assert encoder.passage("annual leave") == before
