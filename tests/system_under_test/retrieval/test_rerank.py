"""The features of the re-ranker, computed by hand."""

from dataclasses import replace
from types import ModuleType

import numpy as np
import pytest

from system_under_test.retrieval.fuse import Question, legs_of, question_of
from system_under_test.retrieval.lexicon import Lexicon
from system_under_test.retrieval.library import Library, build_library
from system_under_test.retrieval.rerank import WEIGHTS, features, rerank_scores
from system_under_test.retrieval.sparse import SparseEncoder


@pytest.fixture
def lexicon() -> Lexicon:
    """An empty lexicon."""
    return Lexicon(SparseEncoder())


@pytest.fixture
def library(fakes: ModuleType, lexicon: Lexicon) -> Library:
    """Two documents; the first holds every word of the question, the second one of them."""
    documents = [
        fakes.make_document("acme/a", title="Night shift", text="# Night shift\n\nThe night allowance is paid weekly."),
        fakes.make_document("acme/b", title="Pension", text="# Pension\n\nAn allowance."),
    ]
    return build_library(documents, fakes.WordEmbedder(), SparseEncoder(), lexicon)


def ask(fakes: ModuleType, library: Library, lexicon: Lexicon, text: str) -> tuple[Question, list[dict[str, float]]]:
    """A question and the features of each record."""
    statistics = library.statistics_of(frozenset({"acme"}))
    question = question_of(fakes.WordEmbedder().query(text), lexicon.stems(text), statistics)
    records = list(library.records.values())
    found = features(question, records, legs_of(question, records))
    return question, [{name: float(found[name][row]) for name in WEIGHTS} for row in range(len(records))]


def test_the_shares_are_weighted_by_the_tenants_idf(fakes: ModuleType, library: Library, lexicon: Lexicon) -> None:
    question, (first, second) = ask(fakes, library, lexicon, "night allowance")
    statistics = library.statistics_of(frozenset({"acme"}))
    (night,), (allowance,) = lexicon.stems("night"), lexicon.stems("allowance")
    share = statistics.idf(allowance) / (statistics.idf(allowance) + statistics.idf(night))

    assert question.terms.total == pytest.approx(statistics.idf(allowance) + statistics.idf(night))
    assert (first["covered"], first["head"], first["whole"]) == pytest.approx((1, 1 - share, 1))
    assert (second["covered"], second["head"], second["whole"]) == pytest.approx((share, 0, share))
    assert (first["adjacent"], second["adjacent"]) == (1, 0)
    assert all(-1 <= first[name] <= 1.001 for name in WEIGHTS)


def test_the_score_is_the_weighted_mean(fakes: ModuleType, library: Library, lexicon: Lexicon) -> None:
    question, values = ask(fakes, library, lexicon, "night allowance")
    expected = [sum(WEIGHTS[name] * row[name] for name in WEIGHTS) / sum(WEIGHTS.values()) for row in values]

    records = list(library.records.values())
    scores = rerank_scores(question, records, legs_of(question, records)).tolist()

    assert scores == pytest.approx(expected)
    assert scores[0] > scores[1]


def test_a_question_of_stop_words_has_no_lexical_part(fakes: ModuleType, library: Library, lexicon: Lexicon) -> None:
    question, (first, _) = ask(fakes, library, lexicon, "what is the")

    assert question.terms.total == 0
    assert [first[name] for name in ("bm25", "covered", "head", "whole", "adjacent")] == [0, 0, 0, 0, 0]
    assert np.isfinite(list(first.values())).all()


def test_a_passage_is_scored_without_looking_at_others(fakes: ModuleType, library: Library, lexicon: Lexicon) -> None:
    _, (first, _) = ask(fakes, library, lexicon, "night allowance")
    shelf = library.shelves["acme"]
    shorter = Library({"acme": replace(shelf, records=dict(list(shelf.records.items())[:1]))})

    _, (alone,) = ask(fakes, shorter, lexicon, "night allowance")

    assert alone == first
