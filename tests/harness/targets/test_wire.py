"""The contract: every breach is a failure that says where, in the contract's words, and never an exception."""

import json
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.domain.observations import Observation
from harness.targets.wire import LARGEST_BODY, Reply, observe, request_body


def seen(core: ModuleType, text: str, verb: str = "answer", mapping: dict[str, str] | None = None) -> Observation:
    """What a reply of status 200 with this text becomes."""
    (ask,) = core.asks_of(core.suite([core.rule()]), [core.case("a")])
    return observe(ask, Reply(200, text, 1.0), verb, mapping or {})


def test_a_reply_that_keeps_the_contract_is_read_whole(core: ModuleType) -> None:
    source = {"document_id": "d", "uri": "u", "title": "t", "version": "2", "sha256": "s", "span": [3, 9]}
    body = core.body(
        citations=[{"passage_id": "p", "quote": "q"}, {"passage_id": "p"}],
        passages=[{"id": "late", "rank": 2, "text": "", "tenant": "north", "source": {"document_id": "e"}},
                  {"id": "p", "rank": 1, "text": "q", "tenant": "north", "source": source, "extra": 1}],
        route={"name": "r", "model": "m", "reason": "w"},
        usage={"input_tokens": 3, "output_tokens": 4, "cost_usd": 0.5},
        timings_ms={"total": 12.5},
        audit={"record_id": "r-1"},
        more={"than": "the contract"},
    )  # fmt: skip

    answer = seen(core, json.dumps(body)).answer

    assert answer is not None
    assert [passage.id for passage in answer.passages] == ["p", "late"]
    assert answer.passages[0].source.span == (3, 9)
    assert [citation.quote for citation in answer.citations] == ["q", None]
    assert (answer.route and answer.route.model, answer.usage and answer.usage.cost_usd) == ("m", 0.5)
    assert (answer.audit_id, dict(answer.timings_ms)) == ("r-1", {"total": 12.5})


BREACHES: dict[str, tuple[Any, str]] = {
    "no answer": ({"refused": False, "passages": []}, "lacks `answer` or `refused`"),
    "no refused": ({"answer": "", "passages": []}, "lacks `answer` or `refused`"),
    "no passages": ({"answer": "", "refused": False}, "passages: Field required"),
    "passages null": ({"answer": "", "refused": False, "passages": None}, "passages: "),
    "passages an object": ({"answer": "", "refused": False, "passages": {}}, "passages: "),
    "refused as text": ({"answer": "", "refused": "false", "passages": []}, "refused: "),
    "refused as a number": ({"answer": "", "refused": 0, "passages": []}, "refused: "),
    "answer as a number": ({"answer": 3, "refused": False, "passages": []}, "answer: "),
    "rank zero": ({"passages": [{"rank": 0}]}, "passages.0.rank: "),
    "rank as text": ({"passages": [{"rank": "1"}]}, "passages.0.rank: "),
    "rank as a fraction": ({"passages": [{"rank": 1.5}]}, "passages.0.rank: "),
    "passage without a name": ({"passages": [{"id": ""}]}, "passages.0.id: "),
    "passage without a tenant": ({"passages": [{"tenant": None}]}, "passages.0.tenant: "),
    "passage without a source": ({"passages": [{"source": None}]}, "passages.0.source: "),
    "source without a document": ({"passages": [{"source": {}}]}, "passages.0.source.document_id: Field required"),
    "span of three": ({"passages": [{"source": {"document_id": "d", "span": [1, 2, 3]}}]}, "passages.0.source.span: "),
    "citation as text": ({"citations": ["p"]}, "citations.0: "),
    "tokens below zero": ({"usage": {"input_tokens": -1, "output_tokens": 0}}, "usage.input_tokens: "),
    "price below zero": (
        {"usage": {"input_tokens": 1, "output_tokens": 0, "cost_usd": -1}},
        "usage.cost_usd: ",
    ),
    "timing as text": ({"timings_ms": {"total": "fast"}}, "timings_ms.[name]: "),
    "audit as text": ({"audit": "r-1"}, "audit: "),
}


@pytest.mark.parametrize("name", BREACHES)
def test_a_breach_of_the_contract_is_unreadable_and_says_where(core: ModuleType, name: str) -> None:
    changes, where = BREACHES[name]
    body = changes if "answer" in changes or "refused" in changes else core.body(**changes)
    for passage in body.get("passages") or []:
        passage.update({**core.passage(), **passage})

    observation = seen(core, json.dumps(body))

    assert observation.answer is None
    assert observation.failure is not None
    assert (observation.failure.kind, where in observation.failure.message) == ("unreadable", True)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("", "not JSON", id="empty"),
        pytest.param("<html>", "not JSON", id="HTML"),
        pytest.param("[" * 100_000, "not JSON", id="nested without end"),
        pytest.param("[]", "not a JSON object", id="list"),
        pytest.param("null", "not a JSON object", id="null"),
        pytest.param('{"a": NaN}', "NaN", id="NaN"),
        pytest.param('{"a": -Infinity}', "-Infinity", id="infinity"),
        pytest.param('{"a": 1e999}', "not finite", id="number beyond all limits"),
        pytest.param('{"a": ' + "1" * 5000 + "}", "not JSON", id="number of 5,000 digits"),
        pytest.param('{"refused": true, "refused": false, "answer": "", "passages": []}', "twice", id="member twice"),
        pytest.param('{"passages": [{"tenant": "b", "tenant": "a"}]}', "twice", id="member twice, deep inside"),
        pytest.param(
            '{"answer": "\\ud800", "refused": false, "passages": []}', "half a character", id="half a character"
        ),
    ],
)
def test_what_is_not_a_json_object_is_unreadable(core: ModuleType, text: str, message: str) -> None:
    failure = seen(core, text).failure

    assert failure is not None
    assert failure.kind == "unreadable"
    assert message in failure.message


def test_a_failure_never_repeats_what_the_target_wrote(core: ModuleType) -> None:
    hostile = "<script>alert('ZQ-0123')</script>"

    failure = seen(core, json.dumps(core.body(timings_ms={hostile: "x"}))).failure

    assert failure is not None
    assert hostile not in failure.message


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)
MEMBERS = ("answer", "refused", "citations", "passages", "route", "usage", "timings_ms", "audit")


@settings(max_examples=300, deadline=None)
@given(
    members=st.dictionaries(st.sampled_from(MEMBERS), json_values, max_size=8),
    verb=st.sampled_from(["answer", "retrieve"]),
)
def test_any_json_is_an_answer_or_a_failure_and_never_an_exception(
    core: ModuleType, members: dict[str, Any], verb: str
) -> None:
    observation = seen(core, json.dumps(core.body(**members)), verb)

    assert (observation.answer is None) != (observation.failure is None)


@settings(max_examples=200, deadline=None)
@given(text=st.text(max_size=200))
def test_any_text_is_an_answer_or_a_failure_and_never_an_exception(core: ModuleType, text: str) -> None:
    observation = seen(core, text)

    assert (observation.answer is None) != (observation.failure is None)


EXPRESSIONS = {
    "answer": "result.text",
    "refused": "result.kind == 'refusal'",
    "passages": "hits[].{id: key, rank: position, text: body, tenant: owner, source: {document_id: doc}}",
    "citations": "refs[].{passage_id: @}",
    "usage": "{input_tokens: tokens[0], output_tokens: tokens[1]}",
}
FOREIGN = {
    "result": {"text": "27 days", "kind": "answer"},
    "hits": [{"key": "k1", "position": 1, "body": "Leave is 27 days", "owner": "north", "doc": "north/leave"}],
    "refs": ["k1"],
    "tokens": [7, 3],
}


def test_a_reply_of_another_shape_is_read_through_the_gates_expressions(core: ModuleType) -> None:
    answer = seen(core, json.dumps(FOREIGN), mapping=EXPRESSIONS).answer

    assert answer is not None
    assert (answer.text, answer.refused) == ("27 days", False)
    assert answer.passages[0].source.document_id == "north/leave"
    assert answer.citations[0].passage_id == "k1"
    assert answer.usage is not None
    assert answer.usage.cost_usd is None


@pytest.mark.parametrize(
    ("mapping", "message"),
    [
        pytest.param({"answer": "result.none"}, "lacks `answer`", id="nothing there"),
        pytest.param({"passages": "hits[].key"}, "passages.0: ", id="another type"),
        pytest.param({"answer": "contains(result.text, `1`)"}, "mapping.answer: TypeError", id="a fault of Python"),
        pytest.param({"answer": "sum(refs)"}, "mapping.answer: JMESPathTypeError", id="a fault of JMESPath"),
        pytest.param({"answer": "refs[::0]"}, "mapping.answer: ", id="a slice without a step"),
        pytest.param({"answer": "no_function(@)"}, "mapping.answer: ", id="an unknown function"),
    ],
)
def test_an_expression_that_finds_nothing_right_makes_the_reply_unreadable(
    core: ModuleType, mapping: dict[str, str], message: str
) -> None:
    failure = seen(core, json.dumps(FOREIGN), mapping={**EXPRESSIONS, **mapping}).failure

    assert failure is not None
    assert message in failure.message


def test_a_retrieval_needs_passages_and_no_answer(core: ModuleType) -> None:
    assert seen(core, json.dumps({"passages": [core.passage()]}), "retrieve").answer is not None
    assert seen(core, "{}", "retrieve").failure is not None


@pytest.mark.parametrize(
    ("status", "kind"),
    [(401, "denied"), (403, "denied"), (400, "rejected"), (404, "rejected"), (429, "rejected"), (500, "server_error"),
     (503, "server_error"), (204, "unreadable"), (301, "unreadable"), (999, "server_error")],
)  # fmt: skip
def test_any_status_but_200_is_a_failure_of_its_kind(core: ModuleType, status: int, kind: str) -> None:
    (ask,) = core.asks_of(core.suite([core.rule()]), [core.case("a")])

    observation = observe(ask, Reply(status, json.dumps(core.body()), 1.0), "answer", {})

    assert observation.answer is None
    assert observation.failure is not None
    assert (observation.failure.kind, observation.failure.message) == (kind, f"HTTP {status}")


def test_a_request_says_nothing_of_being_a_test(core: ModuleType) -> None:
    suite = core.suite([core.rule()], top_k=7, routes=("fast",))
    (ask,) = core.asks_of(suite, [core.case("a")])

    assert request_body(suite, ask) == {"question": "What of a?", "top_k": 7, "route": "fast"}
    (unrouted,) = core.asks_of(core.suite([core.rule()]), [core.case("a")])
    assert "route" not in request_body(suite, unrouted)


def test_the_largest_body_is_two_mebibytes() -> None:
    assert LARGEST_BODY == 2 * 1024 * 1024
