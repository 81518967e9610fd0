"""A reply that must equal another one: any part that differs is seen, and none without its A/A control."""

import json
from collections.abc import Mapping
from types import ModuleType
from typing import Any

import pytest

from harness.domain.cases import Case, CaseKind
from harness.scorers.pairs import ChangedScorer, DistinguishableScorer
from harness.targets.wire import Reply, observe

BASE, AGAIN, THEN = "base", "again", "then"


def scored(core: ModuleType, base: Any, then: Any, again: Any = None) -> tuple[float | None, str]:
    """What the comparison says of `then`, each given as a JSON body or a whole reply."""
    compared = core.case(THEN, "unchanged", reference=BASE, repeated=AGAIN)
    replies = seen(core, {BASE: base, AGAIN: base if again is None else again, THEN: then})
    value = ChangedScorer(replies).score(compared, next(item for key, item in replies.items() if key[2] == THEN))
    return value.value, value.reason


def seen(core: ModuleType, given: Mapping[str, Any]) -> dict[Any, Any]:
    """Observations by key."""
    (suite,) = [core.suite([core.rule()])]
    found = {}
    for ask in core.asks_of(suite, [core.case(name) for name in given]):
        item = given[ask.case.id]
        reply = item if isinstance(item, Reply) else Reply(200, json.dumps(item), 1.0)
        found[ask.key] = observe(ask, reply, "answer", {})
    return found


@pytest.mark.parametrize(
    ("change", "part"),
    [
        pytest.param({"answer": "28 days."}, "answer", id="answer"),
        pytest.param({"refused": True}, "refused", id="refusal"),
        pytest.param({"citations": [{"passage_id": "north/leave#1"}]}, "citations", id="citations"),
        pytest.param({"passages": []}, "passages", id="passages"),
        pytest.param({"usage": {"input_tokens": 4, "output_tokens": 1, "cost_usd": 0}}, "usage", id="usage"),
        pytest.param({"total": 12}, "another member", id="a count that the contract does not know"),
    ],
)
def test_a_part_that_differs_is_named(core: ModuleType, change: dict[str, Any], part: str) -> None:
    value, reason = scored(core, core.body(), core.body(**change))

    assert (value, reason) == (1.0, f"differs from base in {part}")


def test_the_order_of_passages_and_a_score_within_one_count(core: ModuleType) -> None:
    one, two = core.passage(rank=1, score=0.5), core.passage("north/plan", rank=2, score=0.4)
    base = core.body(passages=[one, two])

    swapped = scored(core, base, core.body(passages=[{**two, "rank": 1}, {**one, "rank": 2}]))
    scored_otherwise = scored(core, base, core.body(passages=[one, {**two, "score": 0.3}]))

    assert swapped[0] == scored_otherwise[0] == 1.0


def test_times_and_the_name_of_the_audit_record_do_not_count(core: ModuleType) -> None:
    base = core.body(timings_ms={"total": 1.0}, audit={"record_id": "a"})
    then = core.body(timings_ms={"total": 9.0}, audit={"record_id": "b"})

    assert scored(core, base, then) == (0.0, "the same as its base")


def test_a_target_that_answers_twice_in_two_ways_gives_no_evidence(core: ModuleType) -> None:
    value, reason = scored(core, core.body(), core.body(answer="x"), again=core.body(answer="y"))

    assert value is None
    assert reason == "void: the A/A control again differs in answer"


def test_a_base_that_failed_gives_no_evidence(core: ModuleType) -> None:
    value, reason = scored(core, Reply(500, "", 1.0), core.body())

    assert value is None
    assert reason.startswith("void: ")


def told(core: ModuleType, base: Reply, then: Reply, again: Reply | None = None) -> tuple[float | None, str]:
    """What the comparison of whole replies says; `again` is the A/A control's, where there is one."""
    case: Case = core.case(THEN, "indistinguishable", reference=BASE, repeated=AGAIN if again else "")
    replies = seen(core, {BASE: base, THEN: then, **({AGAIN: again} if again else {})})
    value = DistinguishableScorer(replies).score(case, next(item for key, item in replies.items() if key[2] == THEN))
    return value.value, value.reason


@pytest.mark.parametrize(
    ("then", "by"),
    [
        pytest.param(Reply(403, '{"id": "0123456789abcdef"}', 1.0, headers="x: 1\n"), "status", id="status"),
        pytest.param(Reply(404, '{"id": "0123456789abcdef"}', 1.0, headers="x: 2\n"), "headers", id="headers"),
        pytest.param(Reply(404, '{"id": "0123456789abcdef" }', 1.0, headers="x: 1\n"), "body", id="body"),
        pytest.param(Reply(404, '{"id": "0123456789abcdef0"}', 1.0, headers="x: 1\n"), "body", id="a longer name"),
    ],
)
def test_whatever_tells_two_refusals_apart_is_named(core: ModuleType, then: Reply, by: str) -> None:
    base = Reply(404, '{"id": "fedcba9876543210"}', 1.0, headers="x: 1\n")

    assert told(core, base, then) == (1.0, f"told from base by its {by}")


def test_two_refusals_that_differ_in_the_name_of_the_request_alone_are_the_same(core: ModuleType) -> None:
    replies = [
        Reply(404, f'{{"id": "{name}"}}', 1.0, headers=f"x-request-id: {name}\n")
        for name in ("6b1c2d3e-0000-4000-8000-123456789abc", "11112222-3333-4444-9555-666677778888")
    ]

    assert told(core, *replies) == (0.0, "as its base, byte for byte")


def test_a_reply_that_never_came_is_no_evidence(core: ModuleType) -> None:
    value, _ = told(core, Reply(404, "", 1.0), Reply(0, "", 1.0))

    assert value is None


@pytest.mark.parametrize("again", [Reply(404, "2", 1.0), Reply(0, "", 1.0)], ids=["another reply", "none"])
def test_a_refusal_that_is_never_the_same_twice_tells_nothing(core: ModuleType, again: Reply) -> None:
    value, reason = told(core, Reply(404, "1", 1.0), Reply(404, "3", 1.0), again)

    assert value is None
    assert reason.startswith(f"void: the A/A control {AGAIN} ")


def test_a_refusal_that_is_the_same_twice_is_compared(core: ModuleType) -> None:
    base = Reply(404, "1", 1.0)

    assert told(core, base, Reply(403, "1", 1.0), base)[0] == 1.0
    assert told(core, base, base, base)[0] == 0.0


def test_a_reply_of_too_many_says_nothing_of_what_was_asked(core: ModuleType) -> None:
    assert told(core, Reply(404, "", 1.0), Reply(429, "", 1.0)) == (None, "no clean reply to compare: HTTP 429")


def test_a_reply_that_breaks_where_its_base_does_not_is_told_from_it(core: ModuleType) -> None:
    assert told(core, Reply(404, "", 1.0), Reply(500, "", 1.0))[0] == 1.0


@pytest.mark.parametrize("status", [429, 503])
def test_a_target_that_cannot_reply_now_tells_nothing(core: ModuleType, status: int) -> None:
    value, reason = told(core, Reply(status, "", 1.0), Reply(status, "", 1.0))

    assert (value, reason) == (None, f"no clean reply to compare: HTTP {status}")


@pytest.mark.parametrize(
    ("kind", "reference", "compared"),
    [
        pytest.param("bad_credential", "bad.expired", True, id="a refusal that is to look like another"),
        pytest.param("bad_credential", "", False, id="a refusal that may look like none"),
        pytest.param("good_credential", "", False, id="a good token"),
        pytest.param("indistinguishable", "base", True, id="a comparison"),
    ],
)
def test_refusals_are_compared_where_they_are_to_look_alike(
    core: ModuleType, kind: CaseKind, reference: str, compared: bool
) -> None:
    assert DistinguishableScorer({}).applies(core.case("a", kind, reference=reference)) == compared
