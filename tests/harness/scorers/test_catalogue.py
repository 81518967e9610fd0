from collections.abc import Callable

import pytest

from harness.domain.corpus import Corpus, Document
from harness.errors import InvalidInput
from harness.scorers.catalogue import makers, scorer_named
from harness.scorers.retrieval import WHOLE_RANKING

NAMES = [
    *("recall@1", "precision@5", "hit@3", "ndcg@10", "judged@100", "mrr", "map"),
    *("facts", "answered", "abstained", "withheld", "citations_retrieved", "passages_allowed"),
    *("groundedness", "leak", "control", "token_refused", "token_accepted", "cost_usd", "latency_ms"),
    "egress",
    *("changed", "distinguishable", "audited", "route_taken"),
    "judged.faithfulness",
    *(f"latency_ms.{stage}" for stage in ("auth", "retrieve", "rerank", "generate", "total")),
]


@pytest.mark.parametrize("name", NAMES)
def test_a_scorer_is_found_by_its_name(name: str) -> None:
    scorer = scorer_named(name, None)

    assert scorer.name == name
    assert scorer.version


def test_no_scorer_is_left_out_here() -> None:
    assert {name for name in NAMES if "@" not in name and name not in WHOLE_RANKING} == set(makers(None))


def test_the_corpus_reaches_the_scorer_that_needs_it(
    corpus: Callable[..., Corpus], document: Callable[..., Document]
) -> None:
    assert scorer_named("passages_allowed", corpus(document())) != scorer_named("passages_allowed", None)


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        pytest.param("ndgc@10", "ndcg@10", id="letters swapped"),
        pytest.param("fact", "facts", id="letter missing"),
        pytest.param("latency_ms.retrieval", "latency_ms.retrieve", id="another word"),
        pytest.param("recall@0", "recall@10", id="cutoff 0"),
        pytest.param("recall@101", "recall@10", id="cutoff too large"),
        pytest.param("recall@010", "recall@10", id="leading zero"),
        pytest.param("recall@\u0661\u0660", "recall@1", id="other digits"),
        pytest.param("mrr@", "mrr", id="no cutoff after the sign"),
        pytest.param("mrr@10", "mrr", id="cutoff where there is none"),
    ],
)
def test_an_unknown_name_is_refused_with_the_nearest_ones(name: str, nearest: str) -> None:
    with pytest.raises(InvalidInput, match="there is no scorer") as refused:
        scorer_named(name, None)

    assert nearest in str(refused.value)
    assert "facts" in refused.value.next_step


def test_a_name_that_is_like_no_other_is_refused_without_a_guess() -> None:
    with pytest.raises(InvalidInput) as refused:
        scorer_named("\u2603" * 10_000, None)

    assert "nearest" not in str(refused.value)
    assert len(str(refused.value)) < 200
