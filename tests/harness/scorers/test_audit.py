"""The audit record is there at once and the asker's tenant's; the route taken is the route asked for."""

import json
from dataclasses import replace
from types import ModuleType

import pytest

from harness.domain.cases import Ask
from harness.domain.observations import Failure
from harness.scorers.audit import AuditedScorer, RouteTakenScorer
from harness.targets.wire import Reply, observe


def record_of(core: ModuleType) -> Ask:
    """An ask for the record of an answer, by a principal of the tenant `north`."""
    return Ask("suite", "", core.case("audit.case-1", verb="record"), 1)


def scored(core: ModuleType, status: int, body: str) -> float | None:
    """The score of a reply to it."""
    ask = record_of(core)
    return AuditedScorer().score(ask.case, observe(ask, Reply(status, body, 1.0), "record", {})).value


@pytest.mark.parametrize(
    ("status", "body", "value"),
    [
        (200, json.dumps({"record": {"tenant": "north", "route": "better"}}), 1.0),
        (200, json.dumps([{"tenant": "north"}, {"inner": {"tenant": "north"}}]), 1.0),
        (200, json.dumps({"record": {"tenant": "south"}}), 0.0),
        (200, json.dumps({"record": {"tenant": "north", "inner": [{"tenant": "south"}]}}), 0.0),
        (200, json.dumps({"record": {"route": "better"}}), 0.0),
        (404, json.dumps({"error": "not_found"}), 0.0),
        (403, "", 0.0),
        (500, "", None),
    ],
    ids=["right", "right deeper down", "another tenant", "another one as well", "no tenant", "missing", "denied",
         "the answer failed"],
)  # fmt: skip
def test_a_record_is_worth_what_it_says_of_the_tenant(
    core: ModuleType, status: int, body: str, value: float | None
) -> None:
    assert scored(core, status, body) == value


def test_only_asks_for_a_record_are_judged_by_it(core: ModuleType) -> None:
    assert AuditedScorer().applies(record_of(core).case)
    assert not AuditedScorer().applies(core.case())
    assert not RouteTakenScorer().applies(record_of(core).case)


@pytest.mark.parametrize(
    ("asked", "taken", "value"),
    [("fast", "fast", 1.0), ("fast", "better", 0.0), ("", "better", 1.0), ("fast", None, 0.0), ("", None, 0.0)],
    ids=["the one asked for", "another one", "none asked for", "none named", "neither asked for nor named"],
)
def test_the_route_taken_is_held_against_the_route_asked_for(
    core: ModuleType, asked: str, taken: str | None, value: float
) -> None:
    ask = Ask("suite", asked, core.case(), 1)
    route = {"name": taken, "model": "m", "reason": "r"} if taken else None

    observation = core.answered(ask, route=route)

    assert RouteTakenScorer().score(ask.case, observation).value == value


def test_a_failed_answer_has_taken_no_route(core: ModuleType) -> None:
    ask = Ask("suite", "fast", core.case(), 1)
    observation = replace(core.answered(ask), answer=None, failure=Failure("timeout", "no reply"))

    assert RouteTakenScorer().score(ask.case, observation).value is None
