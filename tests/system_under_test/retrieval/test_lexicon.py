"""Stems and tenant statistics, in step with the sparse encoder and with the engine."""

from collections.abc import Callable
from types import ModuleType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from system_under_test.retrieval.fuse import legs_of, question_of
from system_under_test.retrieval.index import Index
from system_under_test.retrieval.lexicon import Lexicon, statistics_of
from system_under_test.retrieval.library import build_library, dense_vectors, sparse_vectors
from system_under_test.retrieval.sparse import MAXIMUM_WEIGHT, SparseEncoder

WORDS = st.sampled_from(
    ["running", "leave", "the", "No.", "3.5", "e-mail", "caf\u00e9", "don't", "snake_case", "27", "\u2014"]
)


@settings(max_examples=60)
@given(st.lists(WORDS, max_size=12))
def test_stems_word_by_word_are_the_terms_of_the_whole_text(words: list[str]) -> None:
    text, encoder = " ".join(words), SparseEncoder()

    stems = Lexicon(encoder).learn(text)

    assert tuple(sorted(set(stems))) == encoder.question(text).terms


def test_a_question_is_not_remembered() -> None:
    lexicon = Lexicon(SparseEncoder())
    lexicon.learn("annual leave")

    assert lexicon.stems("annual leaving zebra") == (*lexicon.stems("annual"), *lexicon.stems("leave zebra"))
    assert set(lexicon._stems) == {"annual", "leave"}


def test_words_of_one_stem_are_one_term() -> None:
    encoder = SparseEncoder()

    assert encoder.question("running runs the run").terms == encoder.question("run").terms


def test_rare_terms_weigh_more() -> None:
    statistics = statistics_of([{1: 1.7, 2: 1.2}, {1: 0.9}, {1: 1.1}])

    assert (statistics.passages, statistics.frequencies) == (3, {1: 3, 2: 1})
    assert statistics.idf(9) > statistics.idf(2) > statistics.idf(1) > 0


@pytest.mark.filterwarnings("ignore:Local mode performs exact:UserWarning")
def test_the_score_computed_here_is_the_engines_own(fakes: ModuleType, make_index: Callable[[], Index]) -> None:
    texts = ["annual leave days", "sick leave weeks", "pension days", "leave leave leave and more"]
    documents = [fakes.make_document(f"acme/{n}", title="Policy", text=text) for n, text in enumerate(texts)]
    encoder, embedder, index = SparseEncoder(), fakes.WordEmbedder(), make_index()
    lexicon = Lexicon(encoder)
    library = build_library(documents, embedder, encoder, lexicon)
    index.upsert(library.entries(), dense_vectors(library), sparse_vectors(library))
    vector = embedder.query("leave days")
    question = question_of(vector, lexicon.stems("leave days"), library.statistics_of(frozenset({"acme"})))

    dense = index.dense(fakes.make_scope(), vector, 10)
    sparse = index.sparse(fakes.make_scope(), encoder.question("leave days"), 10)

    assert len(sparse) == 4
    ours = legs_of(question, [library.records[hit.id] for hit in dense])
    assert ours.cosine == pytest.approx([hit.score for hit in dense], abs=2e-6)
    ours = legs_of(question, [library.records[hit.id] for hit in sparse])
    assert ours.bm25 * MAXIMUM_WEIGHT * question.total == pytest.approx([hit.score for hit in sparse], abs=1e-5)
