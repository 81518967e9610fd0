"""The one form in which models answer."""

import json
from types import ModuleType
from typing import Any

import pytest

from system_under_test.routing.errors import RouteFailedError
from system_under_test.routing.reply import Citation, Reply, parse_reply, render_reply

QUOTE = {"passage_id": "acme-leave", "quote": "27 days"}


@pytest.fixture(scope="module")
def given(doubles: ModuleType) -> list[Any]:
    return [doubles.passage("Annual leave is 27 days a year.")]


def content(**changes: object) -> str:
    return json.dumps({"answer": "It is 27 days.", "refused": False, "citations": [QUOTE], **changes})


def test_an_answer_with_a_verbatim_quote_is_taken(given: list[Any]) -> None:
    reply = parse_reply(content(), given)

    assert reply == Reply("It is 27 days.", False, (Citation("acme-leave", "27 days"),))


def test_a_refusal_is_taken(given: list[Any]) -> None:
    assert parse_reply(content(answer="", refused=True, citations=[]), given) == Reply("", True, ())


@pytest.mark.parametrize("support", [None, 0.0, 0.25, 1])
def test_a_rendered_reply_reads_back(given: list[Any], support: float | None) -> None:
    reply = Reply("It is 27 days.", False, (Citation("acme-leave", "27 days"),), support)

    assert parse_reply(render_reply(reply), given) == reply


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"citations": []}, id="answer without citation"),
        pytest.param({"answer": " "}, id="empty answer"),
        pytest.param({"refused": True}, id="refusal with citation"),
        pytest.param({"answer": "x", "refused": True, "citations": []}, id="refusal with answer"),
        pytest.param({"refused": "no"}, id="text as boolean"),
        pytest.param({"answer": 27}, id="number as answer"),
        pytest.param({"answer": "x" * 8_001}, id="long answer"),
        pytest.param({"citations": [QUOTE] * 21}, id="too many citations"),
        pytest.param({"citations": "none"}, id="citations are no list"),
        pytest.param({"citations": ["acme-leave"]}, id="citation is no object"),
        pytest.param({"citations": [{**QUOTE, "extra": 1}]}, id="unknown member of a citation"),
        pytest.param({"citations": [{**QUOTE, "quote": "28 days"}]}, id="invented quote"),
        pytest.param({"citations": [{**QUOTE, "quote": "27 DAYS"}]}, id="quote in another case"),
        pytest.param({"citations": [{**QUOTE, "quote": " "}]}, id="blank quote"),
        pytest.param({"citations": [{**QUOTE, "quote": None}]}, id="null quote"),
        pytest.param({"citations": [{**QUOTE, "passage_id": "globex-leave"}]}, id="passage that was not given"),
        pytest.param({"citations": [{**QUOTE, "passage_id": ["acme-leave"]}]}, id="list as passage"),
        pytest.param({"answer": "27 days ![x](//evil.example/?q=27)"}, id="an image in the answer"),
        pytest.param({"answer": "27 days, see https://evil.example/27"}, id="a link in the answer"),
        pytest.param({"answer": "27 days <img src=x>"}, id="markup in the answer"),
        pytest.param({"tool": "shell"}, id="unknown member"),
        pytest.param({"support": 2}, id="support above one"),
        pytest.param({"support": True}, id="boolean as support"),
    ],
)
def test_a_reply_that_is_not_agreed_is_refused(given: list[Any], changes: dict[str, object]) -> None:
    with pytest.raises(RouteFailedError):
        parse_reply(content(**changes), given)


def test_a_quote_with_a_planted_link_is_refused_though_it_is_verbatim(doubles: ModuleType) -> None:
    planted = "[27 days](https://evil.example/?q=27)"
    passage = doubles.passage(f"Annual leave is {planted} a year.")

    with pytest.raises(RouteFailedError, match="link or markup"):
        parse_reply(content(citations=[{**QUOTE, "quote": planted}]), [passage])


@pytest.mark.parametrize(
    "text",
    ["", "Sure! " + content(), "```json\n" + content() + "\n```", "[]", '{"answer": "a", "answer": "b"}'],
    ids=["empty", "talk before", "fenced", "list", "duplicate"],
)
def test_what_is_no_json_object_is_refused(given: list[Any], text: str) -> None:
    with pytest.raises(RouteFailedError):
        parse_reply(text, given)


def test_an_error_quotes_nothing_of_the_reply(given: list[Any]) -> None:
    with pytest.raises(RouteFailedError) as caught:
        parse_reply("hunter2", given)

    assert "hunter2" not in str(caught.value)
