"""The pure answerers: what they quote, and what they refuse."""

from dataclasses import replace
from types import ModuleType
from typing import Any

import pytest

from system_under_test.routing.evidence import Clause, Evidence
from system_under_test.routing.extractive import ExtractSettings, extract
from system_under_test.routing.routes import ExtractiveRoute, load_routes


def settings_of(name: str) -> ExtractSettings:
    route = load_routes().by_name[name]
    assert isinstance(route, ExtractiveRoute)
    return route.extract


@pytest.fixture(scope="module")
def passages(doubles: ModuleType) -> tuple[Any, ...]:
    return (
        doubles.passage("Annual leave is 27 days a year. Leave is agreed with the manager.", slug="leave"),
        doubles.passage("The dinner limit is 32 pounds a person.", slug="meals", title="Meals and expenses"),
        doubles.passage("The hotel limit is 145 pounds a night.", slug="travel", title="Travel booking"),
    )


def evidence(doubles: ModuleType, question: str, passages: tuple[Any, ...], *clauses: str) -> Evidence:
    return Evidence(
        question,
        doubles.vector_of(question),
        doubles.ranked(*passages),
        tuple(doubles.sentences_of(passages)),
        tuple(Clause(text, doubles.vector_of(text)) for text in clauses),
    )


@pytest.mark.parametrize("name", ["fast", "better"])
def test_the_sentence_that_answers_is_quoted_verbatim(
    doubles: ModuleType, passages: tuple[Any, ...], name: str
) -> None:
    found = extract(evidence(doubles, "How many days is annual leave a year?", passages), settings_of(name))

    assert found.quotes[0].text == "Annual leave is 27 days a year."
    assert found.quotes[0].text in passages[0].text
    assert found.support >= settings_of(name).threshold


@pytest.mark.parametrize("name", ["fast", "better"])
@pytest.mark.parametrize(
    "question",
    ["Is there paid time off for jury duty summons?", "Where do penguins breed?", "???", "how much is it"],
)
def test_a_question_without_support_is_refused(
    doubles: ModuleType, passages: tuple[Any, ...], name: str, question: str
) -> None:
    found = extract(evidence(doubles, question, passages), settings_of(name))

    assert found.quotes == ()
    assert found.support < settings_of(name).threshold


@pytest.mark.parametrize("name", ["fast", "better"])
def test_no_passages_are_no_support(doubles: ModuleType, name: str) -> None:
    found = extract(evidence(doubles, "How many days?", ()), settings_of(name))

    assert (found.quotes, found.support) == ((), 0.0)


def test_the_threshold_decides(doubles: ModuleType, passages: tuple[Any, ...]) -> None:
    asked, settings = evidence(doubles, "annual leave days", passages), settings_of("better")
    support = extract(asked, settings).support

    assert extract(asked, replace(settings, threshold=support)).quotes
    assert not extract(asked, replace(settings, threshold=min(1.0, support + 1e-6))).quotes


def test_two_clauses_are_answered_from_two_documents(doubles: ModuleType, passages: tuple[Any, ...]) -> None:
    clauses = ("What is the dinner limit", "what is the hotel limit a night")
    asked = evidence(doubles, "What is the dinner limit, and what is the hotel limit a night?", passages, *clauses)

    found = extract(asked, settings_of("better"))

    texts = [quote.text for quote in found.quotes]
    assert "The dinner limit is 32 pounds a person." in texts
    assert "The hotel limit is 145 pounds a night." in texts


def test_a_clause_that_nothing_supports_adds_no_quote(doubles: ModuleType, passages: tuple[Any, ...]) -> None:
    clauses = ("What is the dinner limit", "where do penguins breed")
    asked = evidence(doubles, "What is the dinner limit a person?", passages, *clauses)
    settings = replace(settings_of("better"), further=1.0)

    found = extract(asked, settings)

    assert [quote.text for quote in found.quotes] == ["The dinner limit is 32 pounds a person."]


def test_bounds_on_sentences_and_documents_hold(doubles: ModuleType, passages: tuple[Any, ...]) -> None:
    asked = evidence(doubles, "dinner limit hotel limit annual leave", passages)
    settings = replace(settings_of("better"), threshold=0.0, further=0.0)

    one = extract(asked, replace(settings, sentences=1))
    single = extract(asked, replace(settings, documents=1))

    assert len(one.quotes) == 1
    assert len({quote.passage_id for quote in single.quotes}) == 1


@pytest.mark.parametrize("documents", [1, 2, 3])
def test_clauses_quote_no_more_documents_than_are_admitted(
    doubles: ModuleType, passages: tuple[Any, ...], documents: int
) -> None:
    clauses = ("annual leave days a year", "the dinner limit a person", "the hotel limit a night")
    asked = evidence(doubles, "dinner limit hotel limit annual leave", passages, *clauses)
    settings = replace(settings_of("better"), threshold=0.0, further=0.0, documents=documents)

    found = extract(asked, settings)

    assert len({quote.passage_id for quote in found.quotes}) == documents


def test_passages_below_the_bound_are_not_looked_at(doubles: ModuleType, passages: tuple[Any, ...]) -> None:
    asked = evidence(doubles, "hotel limit pounds a night", passages)
    settings = replace(settings_of("better"), threshold=0.0)

    quoted = {quote.passage_id for quote in extract(asked, replace(settings, passages=2)).quotes}

    assert "acme-travel" not in quoted
    assert "acme-travel" in {quote.passage_id for quote in extract(asked, settings).quotes}


@pytest.mark.parametrize(
    "hostile",
    [
        "Annual leave is 99 days a year, see https://evil.example/x.",
        "Annual leave is 99 days a year ![x](//evil.example/x).",
        "Annual leave is 99 days a year [here][evil].",
        "Annual leave is 99 days a year <img src=x>.",
        "Annual leave is 99 days a year javascript:alert(1).",
        "Annual leave is 99 days a year data:text/html,x.",
    ],
    ids=["address", "image", "reference", "markup", "script", "data"],
)
def test_active_content_is_never_quoted(doubles: ModuleType, hostile: str) -> None:
    source = doubles.passage("Annual leave is 27 days a year.")
    asked = evidence(doubles, "How many days is annual leave a year?", (source,))
    planted = doubles.Sentence(source.id, hostile, doubles.vector_of(asked.question))

    found = extract(replace(asked, sentences=(planted, *asked.sentences)), settings_of("better"))

    assert [quote.text for quote in found.quotes] == ["Annual leave is 27 days a year."]


def test_the_same_evidence_gives_the_same_quotes(doubles: ModuleType, passages: tuple[Any, ...]) -> None:
    asked = evidence(doubles, "limit pounds", passages)

    found = [extract(asked, settings_of("better")) for _ in range(5)]

    assert len({tuple(quote.text for quote in one.quotes) for one in found}) == 1
    assert len({one.support for one in found}) == 1


@pytest.mark.parametrize("name", ["fast", "better"])
@pytest.mark.parametrize(
    "planted",
    [
        pytest.param("How many days is annual leave a year?", id="the question itself"),
        pytest.param("How many days annual leave is a year, see www.collect.example/leave.", id="www."),
        pytest.param("How many days annual leave is a year, see //collect.example/leave.", id="no scheme"),
        pytest.param("How many days annual leave is a year, ask mailto:x@collect.example.", id="mailto"),
        pytest.param("How many days annual leave is a year, see https://collect.example.", id="https"),
        pytest.param("How many days annual leave is a year, see \\\\collect.example\\leave.", id="a share"),
        pytest.param("How many days annual leave is a year: \x1b[31m many.", id="a terminal's escape"),
    ],
)
def test_what_only_asks_or_leads_elsewhere_is_not_quoted(
    doubles: ModuleType, passages: tuple[Any, ...], name: str, planted: str
) -> None:
    hostile = doubles.passage(planted, slug="hostile")
    question = "How many days is annual leave a year?"

    found = extract(evidence(doubles, question, (hostile, *passages)), settings_of(name))

    assert found.quotes[0].text == "Annual leave is 27 days a year."
    assert planted not in {quote.text for quote in found.quotes}


@pytest.mark.parametrize("name", ["fast", "better"])
def test_a_sentence_over_two_lines_is_quoted_whichever_way_lines_end(doubles: ModuleType, name: str) -> None:
    written = doubles.passage("Annual leave is 27 days\r\na year for everybody.", slug="windows")

    found = extract(evidence(doubles, "How many days is annual leave a year?", (written,)), settings_of(name))

    assert [quote.text for quote in found.quotes] == ["Annual leave is 27 days\r\na year for everybody."]
