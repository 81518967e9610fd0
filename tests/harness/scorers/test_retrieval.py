import random
from collections.abc import Callable, Mapping, Sequence
from math import isclose, log2
from pathlib import Path

import ir_measures
import pytest

from harness.domain.cases import Case, Judgment
from harness.domain.observations import Observation, Passage
from harness.errors import InvalidInput
from harness.scorers.retrieval import (
    MEASURES,
    WHOLE_RANKING,
    RetrievalScorer,
    average_precision,
    hit_at,
    judged_at,
    ndcg_at,
    precision_at,
    ranked_documents,
    recall_at,
    reciprocal_rank,
)

MakeCase = Callable[..., Case]
MakeObservation = Callable[..., Observation]
MakePassage = Callable[..., Passage]
Grades = dict[str, int]
CUTOFFS = (1, 3, 5, 10, 100)


def ranking_by_score(scores: Mapping[str, float]) -> list[str]:
    """Trec_eval's order: score descending, then document id descending."""
    return sorted(sorted(scores, reverse=True), key=lambda document: -scores[document])


def test_the_worked_examples_of_trec_eval_come_out() -> None:
    ranking, grades = ["d1", "d2", "d3", "d4", "d5"], {"d1": 1, "d3": 1, "d5": 2}

    assert average_precision(ranking, grades) == pytest.approx(0.7555556, abs=5e-8)
    assert ndcg_at(ranking, grades, 5) == pytest.approx(0.7262078, abs=5e-8)
    assert ndcg_at(ranking, grades, 3) == pytest.approx(0.4790909, abs=5e-8)
    assert precision_at(ranking, grades, 3) == pytest.approx(2 / 3)
    assert recall_at(ranking, grades, 3) == pytest.approx(2 / 3)
    assert recall_at(ranking, grades, 5) == 1
    assert reciprocal_rank(ranking, grades) == 1


def test_one_relevant_document_at_rank_3_comes_out() -> None:
    ranking, grades = ["b", "c", "a"], {"a": 1}

    for value in (
        average_precision(ranking, grades),
        reciprocal_rank(ranking, grades),
        precision_at(ranking, grades, 3),
    ):
        assert value == pytest.approx(1 / 3)
    assert ndcg_at(ranking, grades, 3) == 0.5
    assert recall_at(ranking, grades, 3) == 1


def test_every_figure_of_the_reference_output_comes_out(shared_data: Path) -> None:
    folder = shared_data / "trec_eval"
    runs: dict[str, dict[str, float]] = {}
    for topic, _, document, _, score, _ in map(str.split, (folder / "results.test").read_text().splitlines()):
        runs.setdefault(topic, {})[document] = float(score)
    judged: dict[str, Grades] = {}
    for topic, _, document, grade in map(str.split, (folder / "qrels.test").read_text().splitlines()):
        judged.setdefault(topic, {})[document] = int(grade)

    compared = 0
    for line in (folder / "out.test.aq").read_text().splitlines():
        name, topic, printed = line.split()
        if topic in runs and (ours := reference_figure(name, ranking_by_score(runs[topic]), judged[topic])) is not None:
            compared += 1
            assert ours == pytest.approx(float(printed), abs=5.1e-5), line

    assert compared == 3 * (9 + 9 + 3 + 9 + 3 + 3)


def reference_figure(name: str, ranking: Sequence[str], grades: Grades) -> float | None:
    """Our figure for a measure as trec_eval prints it; None for a measure that we do not have."""
    family, _, cutoff = name.rpartition("_")
    whole = {"map": average_precision, "recip_rank": reciprocal_rank}
    at = {"P": precision_at, "recall": recall_at, "success": hit_at, "ndcg_cut": ndcg_at}
    if name in whole:
        return whole[name](ranking, grades)
    if name == "ndcg":
        return ndcg_at(ranking, grades, len(ranking) + len(grades))
    if family == "unj":
        return 1 - judged_at(ranking, grades, int(cutoff))
    return at[family](ranking, grades, int(cutoff)) if family in at else None


def random_topic(generator: random.Random) -> tuple[dict[str, float], Grades]:
    """A run with ties and unjudged documents, and grades of which some are not in the run; one is relevant."""
    documents = [f"d{number:02}" for number in range(generator.randint(1, 40))]
    retrieved = generator.sample(documents, generator.randint(0, len(documents)))
    scores = {document: float(generator.randint(0, 6)) for document in retrieved}
    judged = generator.sample(documents, generator.randint(1, len(documents)))
    grades = {document: generator.randint(0, 3) for document in judged}
    grades[generator.choice(judged)] = generator.randint(1, 3)
    return scores, grades


def test_random_topics_score_as_ir_measures_scores_them() -> None:
    generator = random.Random(20261)
    topics = {f"q{number}": random_topic(generator) for number in range(150)}
    run = [
        ir_measures.ScoredDoc(topic, document, -float(rank))
        for topic, (scores, _) in topics.items()
        for rank, document in enumerate(ranking_by_score(scores), start=1)
    ]
    qrels = [ir_measures.Qrel(t, document, g) for t, (_, grades) in topics.items() for document, g in grades.items()]
    theirs = {"recall": "R", "precision": "P", "hit": "Success", "ndcg": "nDCG", "judged": "Judged"}
    asked = {ir_measures.parse_measure(f"{theirs[name]}@{k}"): (name, k) for name in MEASURES for k in CUTOFFS}
    asked |= {ir_measures.RR: ("mrr", 0), ir_measures.AP: ("map", 0)}

    compared = 0
    for metric in ir_measures.iter_calc(list(asked), qrels, run):
        (scores, grades), (name, k) = topics[metric.query_id], asked[metric.measure]
        ranking = ranking_by_score(scores)
        if ranking:
            compared += 1
            ours = MEASURES[name](ranking, grades, k) if k else WHOLE_RANKING[name](ranking, grades)
            assert isclose(ours, metric.value, abs_tol=1e-9), (metric, ranking, grades)

    assert compared == len(asked) * sum(bool(scores) for scores, _ in topics.values())
    assert any(not scores for scores, _ in topics.values())


@pytest.mark.parametrize(
    "tied", [{"a": 2.0, "b": 2.0, "c": 1.0}, {"c": 1.0, "b": 2.0, "a": 2.0}], ids=["first", "last"]
)
def test_trec_eval_breaks_ties_as_the_tests_here_do(tied: dict[str, float]) -> None:
    run = [ir_measures.ScoredDoc("q", document, score) for document, score in tied.items()]
    qrels = [ir_measures.Qrel("q", "a", 1)]

    assert ranking_by_score(tied) == ["b", "a", "c"]
    assert ir_measures.calc_aggregate([ir_measures.RR], qrels, run)[ir_measures.RR] == 0.5


def test_an_empty_ranking_scores_0() -> None:
    grades = {"a": 2}

    assert [measure([], grades, 10) for measure in MEASURES.values()] == [0.0] * 5
    assert [measure([], grades) for measure in WHOLE_RANKING.values()] == [0.0] * 2


def test_a_negative_grade_gains_nothing() -> None:
    assert ndcg_at(["spam", "a"], {"spam": -2, "a": 1}, 10) == pytest.approx(1 / log2(3))


@pytest.mark.parametrize("measure", [recall_at, ndcg_at], ids=["recall", "ndcg"])
def test_a_metric_that_does_not_exist_is_refused(measure: Callable[[Sequence[str], Grades, int], float]) -> None:
    with pytest.raises(ValueError, match="no judgment of grade 1 or more"):
        measure(["a"], {"a": 0}, 10)


def test_average_precision_without_a_relevant_document_is_refused() -> None:
    with pytest.raises(ValueError, match="no judgment of grade 1 or more"):
        average_precision(["a"], {})


@pytest.mark.parametrize("name", MEASURES)
def test_a_repeated_document_and_a_cutoff_below_1_are_refused(name: str) -> None:
    with pytest.raises(ValueError, match="repeats a document"):
        MEASURES[name](["a", "b", "a"], {"a": 1}, 10)
    with pytest.raises(ValueError, match="at least 1"):
        MEASURES[name](["a"], {"a": 1}, 0)


def test_documents_are_ranked_by_their_first_passage(passage: MakePassage) -> None:
    passages = [
        passage("b", 3, name="again"),
        passage("z", 5, name="again"),
        passage("a", 2),
        passage("b", 1),
        passage("c", 4),
    ]

    assert ranked_documents(passages) == ["b", "a", "c"]


def test_the_scorer_counts_documents_in_order_of_rank(
    case: MakeCase, answered: MakeObservation, passage: MakePassage
) -> None:
    asked = case(judgments=(Judgment("a", 3), Judgment("b", 1), Judgment("c", 0), Judgment("d", 2)))
    seen = answered(passages=(passage("b", 4), passage("x", 1), passage("x", 2), passage("a", 3)))

    values = {name: RetrievalScorer(name).score(asked, seen) for name in ("recall@2", "recall@3", "mrr", "judged@3")}

    assert {name: value.value for name, value in values.items()} == {
        "recall@2": pytest.approx(1 / 3),
        "recall@3": pytest.approx(2 / 3),
        "mrr": 0.5,
        "judged@3": pytest.approx(2 / 3),
    }
    assert values["mrr"].reason == "2 of 3 relevant among 3 documents, at 2, 3"


def test_a_passage_that_comes_again_counts_once_and_the_reason_says_so(
    case: MakeCase, answered: MakeObservation, passage: MakePassage
) -> None:
    asked = case(judgments=(Judgment("a", 1), Judgment("b", 1)))
    seen = answered(passages=tuple(passage("a", rank, name="same") for rank in (1, 2, 3)))

    recall, precision = (RetrievalScorer(name).score(asked, seen) for name in ("recall@5", "precision@5"))

    assert (recall.value, precision.value) == (0.5, 0.2)
    assert recall.reason.endswith("a passage id is repeated at rank 2, 3 and counts once")


def test_a_passage_id_that_names_another_document_the_second_time_does_not_count(
    case: MakeCase, answered: MakeObservation, passage: MakePassage
) -> None:
    asked = case(judgments=(Judgment("a", 1), Judgment("b", 1)))
    seen = answered(passages=(passage("x", 1, name="same"), passage("a", 2, name="same"), passage("b", 3)))

    value = RetrievalScorer("recall@5").score(asked, seen)

    assert value.value == 0.5
    assert "repeated at rank 2" in value.reason


@pytest.mark.parametrize(
    ("kind", "grades", "applies"),
    [
        pytest.param("answerable", (3,), True, id="relevant"),
        pytest.param("answerable", (0, 1), True, id="helpful"),
        pytest.param("answerable", (0,), False, id="nothing relevant"),
        pytest.param("answerable", (), False, id="not judged"),
        pytest.param("forbidden", (3,), False, id="forbidden"),
        pytest.param("probe", (3,), False, id="probe"),
    ],
)
def test_it_applies_to_answerable_cases_with_a_relevant_document(
    case: MakeCase, kind: str, grades: tuple[int, ...], applies: bool
) -> None:
    judgments = tuple(Judgment(f"d{number}", grade) for number, grade in enumerate(grades))

    assert RetrievalScorer("mrr").applies(case(kind, judgments=judgments)) is applies


def test_a_failed_ask_gets_no_value(case: MakeCase, failed: Observation) -> None:
    assert RetrievalScorer("mrr").score(case(judgments=(Judgment("a", 1),)), failed).value is None


@pytest.mark.parametrize("name", ["ndcg", "recall@0", "recall@101", "recall@1.0", "f1@3", "", "mrr@3"])
def test_a_name_that_means_nothing_is_refused(name: str) -> None:
    with pytest.raises(InvalidInput, match="is not a retrieval metric"):
        RetrievalScorer(name)
