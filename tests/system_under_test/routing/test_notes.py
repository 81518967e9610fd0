"""Notes on passages: made once, apart for each tenant, gone with the passage; and nothing is kept of a question."""

import weakref
from collections.abc import Callable
from dataclasses import replace
from types import ModuleType

import numpy as np
import pytest

from system_under_test.nouns import Passage
from system_under_test.routing.evidence import Evidence
from system_under_test.routing.expectation import expected
from system_under_test.routing.extractive import extract
from system_under_test.routing.notes import NOTES, Notes
from system_under_test.routing.routes import ExtractiveRoute, load_routes
from system_under_test.routing.terms import terms


class Text(str):
    """A text that tells when nobody holds it any more."""

    __slots__ = ("__weakref__",)


class Counting:
    """Works terms out and counts how often."""

    def __init__(self) -> None:
        self.worked_out: list[str] = []

    def __call__(self, text: str) -> tuple[str, ...]:
        self.worked_out.append(text)
        return terms(text)


def test_a_passage_is_worked_out_once(doubles: ModuleType) -> None:
    counting, passage = Counting(), doubles.passage("Annual leave is 27 days a year.")
    notes = Notes(terms_in=counting)

    found = [notes.terms(passage, text) for text in (passage.text, passage.heading, passage.text)]

    assert found == [terms(passage.text), terms(passage.heading), terms(passage.text)]
    assert counting.worked_out == [passage.text, passage.heading]
    assert notes.tokens(passage) == notes.tokens(passage) == 8


def test_one_tenants_passage_makes_no_other_tenants_quicker(doubles: ModuleType) -> None:
    counting = Counting()
    notes = Notes(terms_in=counting)
    same = [doubles.passage("The same words.", tenant=tenant) for tenant in ("acme", "globex")]

    for passage in same:
        notes.terms(passage, passage.text)

    assert counting.worked_out == ["The same words."] * 2
    assert [notes.held("acme"), notes.held("globex")] == [1, 1]


def test_a_passage_that_is_served_no_more_takes_its_notes_along(doubles: ModuleType) -> None:
    notes = Notes()
    kept, deleted = doubles.passage("Kept."), doubles.passage("Deleted secret.", slug="secret")
    text = Text("Deleted secret.")
    gone = weakref.ref(text)
    for passage, said in ((kept, kept.text), (deleted, text)):
        notes.terms(passage, said)

    del deleted, passage, text, said

    assert notes.held("acme") == 1
    assert gone() is None


def test_the_notes_of_a_tenant_are_bounded_and_begin_anew_without_touching_anothers(doubles: ModuleType) -> None:
    notes = Notes(most=3)
    passages = [doubles.passage(f"Number {number}.", slug=str(number)) for number in range(10)]
    other = doubles.passage("Other.", tenant="globex")
    notes.tokens(other)

    held = []
    for passage in passages:
        assert notes.terms(passage, passage.text) == terms(passage.text)
        held.append(notes.held("acme"))

    assert max(held) == 3
    assert notes.held("globex") == 1


@pytest.mark.parametrize("work_out", [terms, expected], ids=["terms", "expected"])
def test_nothing_is_kept_of_a_question(work_out: Callable[[str], object]) -> None:
    question = Text("How many days of leave has canary-7431?")
    gone = weakref.ref(question)

    work_out(question)
    del question

    assert gone() is None


def test_an_answer_keeps_notes_of_its_passages_and_nothing_of_the_question(doubles: ModuleType) -> None:
    source = doubles.passage("Annual leave is 27 days a year. Unused leave lapses on 31 May.")
    passage: Passage = replace(source, document=replace(source.document, tenant="initech"))
    question = Text("How many days is annual leave?")
    gone = weakref.ref(question)
    settings = next(route.extract for route in load_routes().by_name.values() if isinstance(route, ExtractiveRoute))

    sentences = tuple(doubles.sentences_of([passage]))
    found = extract(
        Evidence(question, np.asarray(doubles.vector_of(question)), doubles.ranked(passage), sentences), settings
    )
    del question

    assert [one.text for one in found.quotes][:1] == ["Annual leave is 27 days a year."]
    assert NOTES.held("initech") == 1
    assert gone() is None
    del passage, sentences, found
    assert NOTES.held("initech") == 0
