"""Stems and tenant statistics, in step with the sparse encoder and with the engine."""

from collections.abc import Callable
from itertools import pairwise
from types import ModuleType

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from system_under_test.retrieval.fuse import legs_of, question_of
from system_under_test.retrieval.index import Index
from system_under_test.retrieval.lexicon import Lexicon, TermStatistics, pair_of, pair_set, statistics_of, stem_set
from system_under_test.retrieval.library import build_library, dense_vectors, sparse_vectors
from system_under_test.retrieval.sparse import MAXIMUM_WEIGHT, SparseEncoder, SparseVector

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
    statistics = statistics_of([stem_set([1, 2]), stem_set([1]), stem_set([1])])

    assert (statistics.passages, statistics.frequencies) == (3, {1: 3, 2: 1})
    assert statistics.idf(9) > statistics.idf(2) > statistics.idf(1) > 0


def test_no_passages_have_no_statistics() -> None:
    assert statistics_of([]) == TermStatistics(0, {})


@given(st.lists(st.sampled_from([0, 1, 7, 2**32 - 1]), max_size=8))
def test_pairs_are_the_distinct_neighbours_in_their_order(stems: list[int]) -> None:
    found = pair_set(stems)

    assert found.tolist() == sorted({pair_of(one, two) for one, two in pairwise(stems)})
    assert {(pair >> 32, pair & (2**32 - 1)) for pair in found.tolist()} == set(pairwise(stems))


def test_a_set_of_stems_is_ascending_and_distinct() -> None:
    assert stem_set([9, 3, 9]).tolist() == [3, 9]
    assert stem_set([]).dtype == np.uint32


@pytest.mark.filterwarnings("ignore:Local mode performs exact:UserWarning")
def test_the_score_computed_here_is_the_engines_own(fakes: ModuleType, make_index: Callable[[], Index]) -> None:
    texts = ["annual leave days", "sick leave weeks", "pension days", "leave leave leave and more"]
    documents = [fakes.make_document(f"acme/{n}", title="Policy", text=text) for n, text in enumerate(texts)]
    encoder, embedder, index = SparseEncoder(), fakes.WordEmbedder(), make_index()
    lexicon = Lexicon(encoder)
    library = build_library(documents, embedder, encoder, lexicon)
    records = library.records.values()
    index.upsert(library.entries(), dense_vectors(records), sparse_vectors(records))
    vector = embedder.query("leave days")
    question = question_of(vector, lexicon.stems("leave days"), library.statistics_of(frozenset({"acme"})))

    dense = index.dense(fakes.make_scope(), vector, 10)
    sparse = index.sparse(fakes.make_scope(), encoder.question("leave days"), 10)

    assert len(sparse) == 4
    ours = legs_of(question, [library.records[hit.id] for hit in dense])
    assert ours.cosine == pytest.approx([hit.score for hit in dense], abs=2e-6)
    ours = legs_of(question, [library.records[hit.id] for hit in sparse])
    assert ours.bm25 * MAXIMUM_WEIGHT * question.terms.total == pytest.approx([hit.score for hit in sparse], abs=1e-5)


def test_words_of_the_corpus_make_no_question_quicker() -> None:
    class Counting(SparseEncoder):
        asked = 0

        def question(self, text: str) -> SparseVector:
            self.asked += 1
            return super().question(text)

    encoder = Counting()
    lexicon = Lexicon(encoder)
    lexicon.learn("plumbing pipes")
    learnt = encoder.asked

    known, unknown = lexicon.stems("plumbing pipes"), lexicon.stems("zebra crossing")

    assert (len(known), len(unknown)) == (2, 2)
    assert encoder.asked - learnt == 4
