"""The scorers of probes and of their controls: a hit is a hit on any surface, and silence is never a clean reply."""

import json
from collections.abc import Callable
from dataclasses import replace
from types import ModuleType
from typing import Any

import pytest

from harness.domain.cases import Ask
from harness.domain.observations import Observation
from harness.scorers.probes import (
    ControlScorer,
    LeakScorer,
    TokenAcceptedScorer,
    TokenRefusedScorer,
    control_fired,
)
from harness.scorers.scorer import Scorer


def ask_of(core: ModuleType, case: Any) -> Ask:
    """The one ask of a case."""
    return Ask("suite", "", case, 1)


def probe(core: ModuleType) -> Ask:
    """A probe for a document of the tenant `south`."""
    return ask_of(core, core.probe_pair("p")[0])


def bad(core: ModuleType) -> Ask:
    """A bad credential."""
    return ask_of(core, core.case("bad.expired", "bad_credential", credential="expired", twin="good.expired"))


Reply = Callable[[ModuleType, Ask], Observation]

HITS: dict[str, Reply] = {
    "marker in the answer": lambda core, ask: core.answered(ask, answer=f"It is {core.CANARY.marker}."),
    "marker in a member that the contract does not know": lambda core, ask: core.answered(
        ask, debug=core.CANARY.marker
    ),
    "marker in an error": lambda core, ask: core.replied(ask, 500, f"no rights on {core.CANARY.marker}"),
    "marker in a reply that breaks the contract": lambda core, ask: core.replied(ask, 200, core.CANARY.marker),
    "passage of the planted document": lambda core, ask: core.answered(ask, passages=[core.passage("south/project")]),
    "passage of another tenant": lambda core, ask: core.answered(ask, passages=[core.passage("x/y", "south")]),
    "passage without a tenant": lambda core, ask: core.answered(ask, passages=[core.passage("x/y", "")]),
    "name of the document in a citation": lambda core, ask: core.answered(
        ask, citations=[{"passage_id": "south/project#1"}]
    ),
    "name of the document in an error": lambda core, ask: core.replied(
        ask, 403, json.dumps({"error": "south/project is not yours"})
    ),
}


@pytest.mark.parametrize("name", HITS)
def test_a_leak_is_a_leak_on_any_surface(core: ModuleType, name: str) -> None:
    ask = probe(core)

    value = LeakScorer().score(ask.case, HITS[name](core, ask))

    assert value.value == 1.0
    assert core.CANARY.marker not in value.reason


def test_a_reply_from_the_own_tenant_is_clean(core: ModuleType) -> None:
    ask = probe(core)

    assert LeakScorer().score(ask.case, core.answered(ask)).value == 0.0


@pytest.mark.parametrize("status", [0, 400, 403, 429, 500])
def test_no_reply_to_judge_is_neither_clean_nor_a_leak(core: ModuleType, status: int) -> None:
    ask = probe(core)
    observation = core.replied(ask, status) if status else core.lost(ask)

    assert LeakScorer().score(ask.case, observation).value is None


@pytest.mark.parametrize(
    ("status", "body", "value"),
    [
        pytest.param(401, "", 1.0, id="unauthorised"),
        pytest.param(403, "", 1.0, id="forbidden"),
        pytest.param(400, "", None, id="malformed"),
        pytest.param(429, "", None, id="too many"),
        pytest.param(200, None, 0.0, id="answered"),
        pytest.param(200, "not JSON", 0.0, id="accepted, and then broke the contract"),
        pytest.param(204, "", 0.0, id="accepted without content"),
        pytest.param(302, "", None, id="sent elsewhere"),
        pytest.param(500, "", None, id="broke"),
        pytest.param(503, "", None, id="not available"),
    ],
)
def test_only_401_and_403_refuse_a_token_and_any_2xx_accepts_it(
    core: ModuleType, status: int, body: str | None, value: float | None
) -> None:
    ask = bad(core)
    observation = core.answered(ask) if body is None else core.replied(ask, status, body)

    assert TokenRefusedScorer().score(ask.case, observation).value == value


@pytest.mark.parametrize(
    ("status", "value"),
    [(400, 1.0), (401, 1.0), (413, 1.0), (431, 1.0), (408, None), (429, None), (302, None), (500, None), (200, 0.0)],
)
def test_a_malformed_request_may_be_refused_as_one(core: ModuleType, status: int, value: float | None) -> None:
    case = core.case("bad.two-headers", "bad_credential", credential="two-headers", refusable=True)

    assert TokenRefusedScorer().score(case, core.replied(ask_of(core, case), status, "no")).value == value


@pytest.mark.parametrize("status", [0, 200, 401, 500])
def test_a_target_that_called_an_address_in_a_token_has_accepted_it_whatever_it_says(
    core: ModuleType, status: int
) -> None:
    ask = bad(core)
    observation = core.replied(ask, status) if status else core.lost(ask)

    assert TokenRefusedScorer().score(ask.case, replace(observation, contacts=1)).value == 0.0


@pytest.mark.parametrize("kind", ["timeout", "unreachable", "unreadable"])
def test_no_reply_neither_refuses_nor_accepts_a_token(core: ModuleType, kind: str) -> None:
    ask = bad(core)

    assert TokenRefusedScorer().score(ask.case, core.lost(ask, kind)).value is None


def test_a_good_token_is_accepted_only_by_an_answer(core: ModuleType) -> None:
    ask = ask_of(core, core.case("good.expired", "good_credential"))

    scored = [
        TokenAcceptedScorer().score(ask.case, observation).value
        for observation in (core.answered(ask), core.replied(ask, 401), core.lost(ask))
    ]

    assert scored == [1.0, 0.0, None]


def test_a_control_fires_only_when_the_owner_got_the_canary(core: ModuleType) -> None:
    twin = ask_of(core, core.probe_pair("p")[1])

    assert control_fired(twin.case, core.answered(twin, answer=core.CANARY.marker))
    assert not control_fired(twin.case, core.answered(twin))
    assert not control_fired(twin.case, core.replied(twin, 500, core.CANARY.marker))
    assert ControlScorer().score(twin.case, core.answered(twin)).value == 0.0


def test_a_control_of_a_forbidden_case_fires_only_by_the_document(core: ModuleType) -> None:
    twin = ask_of(core, core.forbidden_pair("f")[1])

    assert control_fired(twin.case, core.answered(twin, passages=[core.passage("north/plan")]))
    assert not control_fired(twin.case, core.answered(twin, passages=[core.passage("north/leave")]))


def test_each_scorer_applies_to_its_own_kind_of_case_alone(core: ModuleType) -> None:
    kinds = ("answerable", "unanswerable", "forbidden", "probe", "twin", "bad_credential", "good_credential")
    scorers: list[tuple[Scorer, str]] = [
        (LeakScorer(), "probe"),
        (ControlScorer(), "twin"),
        (TokenRefusedScorer(), "bad_credential"),
        (TokenAcceptedScorer(), "good_credential"),
    ]

    for scorer, own in scorers:
        assert [kind for kind in kinds if scorer.applies(core.case("x", kind))] == [own]


def test_a_comparison_that_says_what_must_not_come_out_is_searched_for_it(core: ModuleType) -> None:
    silent, telling = (core.case("x", "unchanged", canaries=canaries) for canaries in ((), (core.CANARY,)))

    found = LeakScorer().score(telling, core.answered(ask_of(core, telling), answer=core.CANARY.marker))

    assert [LeakScorer().applies(case) for case in (silent, telling)] == [False, True]
    assert found.value == 1.0


@pytest.mark.parametrize(
    ("status", "fields", "value"),
    [
        pytest.param(400, {"refusable": True}, 0.0, id="a refused request that may be refused"),
        pytest.param(403, {"refusable": True}, 0.0, id="a denied one"),
        pytest.param(404, {"verb": "open"}, 0.0, id="a document that is not shown"),
        pytest.param(400, {}, None, id="a refused request that may not be"),
        pytest.param(429, {"refusable": True}, None, id="too many requests"),
        pytest.param(429, {"verb": "open"}, None, id="too many to open one"),
        pytest.param(500, {"refusable": True}, None, id="a fault of the target"),
    ],
)
def test_a_refusal_is_a_clean_reply_only_where_it_is_the_right_one(
    core: ModuleType, status: int, fields: dict[str, Any], value: float | None
) -> None:
    ask = ask_of(core, replace(core.probe_pair("p")[0], **fields))

    assert LeakScorer().score(ask.case, core.replied(ask, status)).value == value


def test_a_refusal_that_repeats_the_id_it_was_asked_for_tells_nothing(core: ModuleType) -> None:
    asked = ask_of(core, replace(core.probe_pair("p")[0], verb="open", question=core.CANARY.document))
    plain = ask_of(core, core.probe_pair("p")[0])

    echo = f"there is no {core.CANARY.document}"

    assert LeakScorer().score(asked.case, core.replied(asked, 404, echo)).value == 0.0
    assert LeakScorer().score(plain.case, core.replied(plain, 404, echo)).value == 1.0
