"""Fusion: both legs for every candidate, each from itself alone."""

from collections.abc import Sequence
from types import ModuleType

import numpy as np
import pytest

from system_under_test.nouns import Document
from system_under_test.retrieval.fuse import DENSE_SHARE, Legs, Question, legs_of, question_of
from system_under_test.retrieval.lexicon import Lexicon, TermStatistics
from system_under_test.retrieval.library import Record, build_library
from system_under_test.retrieval.sparse import MAXIMUM_WEIGHT, SparseEncoder

TEXTS = ["annual leave of many days", "sick leave", "pension", "leave leave leave"]


def prepare(fakes: ModuleType, documents: Sequence[Document], text: str) -> tuple[Question, list[Record]]:
    """A question and the records of documents."""
    encoder, embedder = SparseEncoder(), fakes.WordEmbedder()
    lexicon = Lexicon(encoder)
    library = build_library(documents, embedder, encoder, lexicon)
    statistics = library.statistics_of(frozenset({"acme"}))
    return question_of(embedder.query(text), lexicon.stems(text), statistics), list(library.records.values())


@pytest.fixture
def documents(fakes: ModuleType) -> list[Document]:
    """One passage each."""
    return [fakes.make_document(f"acme/{number}", title="Policy", text=text) for number, text in enumerate(TEXTS)]


def test_bm25_is_the_share_of_the_most_that_any_passage_could_reach(
    fakes: ModuleType, documents: list[Document]
) -> None:
    question, records = prepare(fakes, documents, "leave days")

    legs = legs_of(question, records)

    idf = dict(zip(question.terms.numbers.tolist(), question.terms.weights.tolist(), strict=True))
    for value, record in zip(legs.bm25.tolist(), records, strict=True):
        held = dict(zip(record.terms.tolist(), record.weights.tolist(), strict=True))
        plain = sum(weight * held.get(term, 0) for term, weight in idf.items())
        assert value == pytest.approx(plain / (MAXIMUM_WEIGHT * sum(idf.values())))
    assert 0 < legs.bm25.max() < 1
    assert legs.bm25[2] == 0


def test_a_score_does_not_depend_on_what_else_was_found(fakes: ModuleType, documents: list[Document]) -> None:
    question, records = prepare(fakes, documents, "annual leave days")
    together = legs_of(question, records)

    for row, record in enumerate(records):
        alone = legs_of(question, [record])

        assert (alone.cosine[0], alone.bm25[0]) == (together.cosine[row], together.bm25[row])


def test_the_fused_score_is_the_weighted_sum() -> None:
    legs = Legs(np.array([0.8, -0.2]), np.array([0.5, 0.0]))

    assert legs.fused == pytest.approx([DENSE_SHARE * 0.8 + (1 - DENSE_SHARE) * 0.5, DENSE_SHARE * -0.2])


def test_a_question_of_stop_words_is_ranked_by_meaning_alone(fakes: ModuleType, documents: list[Document]) -> None:
    question, records = prepare(fakes, documents, "what is the")

    legs = legs_of(question, records)

    assert legs.bm25.tolist() == [0, 0, 0, 0]
    assert legs.fused == pytest.approx(DENSE_SHARE * legs.cosine)


def test_a_repeated_stem_counts_once_and_makes_no_pair_with_itself() -> None:
    statistics = TermStatistics(10, {1: 2, 2: 5})

    question = question_of(np.zeros(384, np.float32), (1, 1, 2, 1), statistics)

    assert question.terms.numbers.tolist() == [1, 2]
    assert question.terms.total == pytest.approx(statistics.idf(1) + statistics.idf(2))
    assert question.pairs.numbers.tolist() == [(1 << 32) + 2, (2 << 32) + 1]
    assert question.pairs.total == pytest.approx(2 * question.terms.total)
