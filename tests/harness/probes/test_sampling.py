"""What a family takes from a golden set: a fixed sample, the rarest terms, the documents that matter."""

from dataclasses import replace
from types import ModuleType

from harness.domain.cases import Judgment
from harness.domain.suites import ProbePlan
from harness.probes.families import Given
from harness.probes.sampling import best_documents, likest, rare_terms, sampled, words


def given(store: ModuleType, questions: int) -> Given:
    """Two tenants with three questions each."""
    plan = ProbePlan("noninterference", questions=questions)
    return Given("suite", store.small_set("ash", "birch"), plan, store.random_hex())


def test_the_sample_is_the_same_whatever_the_order_of_the_cases(store: ModuleType) -> None:
    one = given(store, 2)
    other = replace(one, golden_set=replace(one.golden_set, cases=one.golden_set.cases[::-1]))

    assert sampled(one, "ash") == sampled(other, "ash")
    assert len(sampled(one, "ash")) == 2
    assert {case.principal.tenant for case in sampled(given(store, 100), "birch")} == {"birch"}


def test_the_rarest_term_is_one_that_the_tenants_own_documents_hold(store: ModuleType) -> None:
    golden = given(store, 3).golden_set

    for case in golden.cases:
        own = [item.text for item in golden.corpus.documents if item.tenant == case.principal.tenant]
        frequency = {word: sum(word in text.lower() for text in own) for word in words(case.question)}
        (term,) = rare_terms(golden.corpus.documents, case)
        assert frequency[term] == min(number for number in frequency.values() if number)


def test_the_best_documents_are_those_of_the_highest_grade_and_then_the_likest(store: ModuleType) -> None:
    golden = given(store, 3).golden_set
    cases = [
        replace(golden.cases[0], judgments=(Judgment("ash/travel", 1), Judgment("ash/leave", 3), Judgment("x/y", 3)))
    ]

    best = best_documents(golden.corpus.documents, cases, 4)

    assert [document.id for document in best[:2]] == ["ash/leave", "ash/travel"]
    assert {document.tenant for document in best} == {"ash"}
    assert len({document.id for document in best}) == 4


def test_the_likest_documents_share_the_most_words(store: ModuleType) -> None:
    documents = given(store, 1).golden_set.corpus.documents

    assert [item.id for item in likest(documents, "parking rules in writing", 2)] == [
        "ash/parking",
        "birch/parking",
    ]
