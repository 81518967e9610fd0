"""What a suite changes in the corpus comes before the asks that need it, and is undone when the suite is through."""

import asyncio
import json
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from harness.domain.stages import Change, Stage
from harness.errors import TargetError
from harness.execute.changes import fill
from harness.execute.engine import execute
from harness.execute.journal import Journal, Line, read_journal
from harness.execute.plan import Plan
from harness.execute.talk import Talk
from harness.targets.wire import Reply


def ran(path: Path, core: ModuleType, plan: Plan, target: Any, done: frozenset[Any] = frozenset()) -> list[Line]:
    """The journal after the engine asked the plan of one or two suites."""
    names = dict.fromkeys(ask.suite for ask in plan.asks)
    gate = core.gate(*(core.suite([core.rule()], name=name, concurrency=1) for name in names))
    talk = Talk(
        target,
        token_of=lambda case: case.principal.tenant,
        ingestion_token=lambda tenant: f"ingestion of {tenant}",
        auditor_token=lambda tenant: f"auditor of {tenant}",
        contacts=lambda case: 2 if case.id == "called" else 0,
    )

    async def walk() -> None:
        with Journal(path) as journal:
            await execute(gate, plan, [core.document("north/leave")], done, talk, journal, lambda _: None)

    asyncio.run(walk())
    return list(read_journal(path))


def staged(core: ModuleType) -> Plan:
    """A case before and a case after two documents of `north` were changed."""
    suite = core.suite([core.rule()], name="staged")
    cases = [core.case("before"), core.case("after", stage=1)]
    changes = (
        Change("put", core.document("north/leave", version="2")),
        Change("put", core.document("north/new")),
    )
    return Plan(core.asks_of(suite, cases)[::-1], (Stage("staged", 1, changes),))


def test_a_stage_changes_the_corpus_before_its_cases_and_the_suite_undoes_it(core: ModuleType, tmp_path: Path) -> None:
    target = core.ScriptedTarget()

    ran(tmp_path / "j", core, staged(core), target)

    assert target.did == [
        "answer What of before? (north)",
        "put north/leave v2 (ingestion of north)",
        "put north/new v1 (ingestion of north)",
        "answer What of after? (north)",
        "put north/leave v1 (ingestion of north)",
        "delete north/new v1 (ingestion of north)",
    ]


def test_what_needed_a_change_that_was_not_confirmed_is_not_asked(core: ModuleType, tmp_path: Path) -> None:
    target = core.ScriptedTarget()
    target.refuses = {"north/new"}
    after = core.asks_of(core.suite([core.rule()], name="then"), [core.case("later")])
    plan = staged(core)

    lines = ran(tmp_path / "j", core, Plan((*plan.asks, *after), plan.stages), target)

    assert [(line.case_id, line.fault_kind) for line in lines] == [
        ("before", None),
        ("after", "unprepared"),
        ("later", "unprepared"),
    ]
    assert lines[1].fault_message == "put of north/new was not confirmed: HTTP 503"
    assert target.asked == ["What of before?"]


def test_to_delete_what_is_not_there_is_no_fault(core: ModuleType, tmp_path: Path) -> None:
    class Forgetful(core.ScriptedTarget):  # type: ignore[misc, name-defined]
        async def change(self, change: Change, token: str, timeout_s: float) -> Reply:
            await super().change(change, token, timeout_s)
            return Reply(404 if change.action == "delete" else 201, "", 1.0)

    lines = ran(tmp_path / "j", core, staged(core), Forgetful())

    assert [line.fault_kind for line in lines] == [None, None]


def test_a_resumed_suite_begins_from_the_corpus_as_it_was_given(core: ModuleType, tmp_path: Path) -> None:
    target, plan = core.ScriptedTarget(), staged(core)

    lines = ran(tmp_path / "j", core, plan, target, frozenset({plan.asks[0].key}))

    assert [line.case_id for line in lines] == ["after"]
    assert target.did[:5] == [
        "put north/leave v1 (ingestion of north)",
        "delete north/new v1 (ingestion of north)",
        "put north/leave v2 (ingestion of north)",
        "put north/new v1 (ingestion of north)",
        "answer What of after? (north)",
    ]


def test_a_suite_that_is_through_changes_nothing_again(core: ModuleType, tmp_path: Path) -> None:
    target, plan = core.ScriptedTarget(), staged(core)

    assert ran(tmp_path / "j", core, plan, target, frozenset(ask.key for ask in plan.asks)) == []
    assert target.did == []


def test_asks_that_are_given_up_reach_the_target_and_no_figure(core: ModuleType, tmp_path: Path) -> None:
    target = core.ScriptedTarget()
    asks = core.asks_of(core.suite([core.rule()]), [core.case(f"c{number}") for number in range(4)])

    lines = ran(tmp_path / "j", core, Plan(asks, (Stage("suite", 0, concurrency=3, cancelled=40),)), target)

    assert sorted(line.case_id for line in lines) == ["c0", "c1", "c2", "c3"]
    assert len(target.asked) > len(lines)
    assert target.under_way == 0


def test_the_record_of_an_answer_is_read_at_once_by_an_auditor_of_the_tenant(core: ModuleType, tmp_path: Path) -> None:
    target = core.ScriptedTarget(lambda _: Reply(200, json.dumps(core.body(audit={"record_id": "r-7"})), 1.0))
    asks = core.asks_of(core.suite([core.rule()]), [core.case("a", verb="record")])

    ran(tmp_path / "j", core, Plan(asks, ()), target)

    assert target.did == ["answer What of a? (north)", "record r-7 (auditor of north)"]


def test_the_record_of_a_failure_is_the_failure(core: ModuleType, tmp_path: Path) -> None:
    target = core.ScriptedTarget(lambda _: Reply(500, "broken", 1.0))
    asks = core.asks_of(core.suite([core.rule()]), [core.case("a", verb="record")])

    lines = ran(tmp_path / "j", core, Plan(asks, ()), target)

    assert [(line.status, line.body) for line in lines] == [(500, "broken")]


@pytest.mark.parametrize(("name", "contacts"), [("called", 2), ("silent", 0)])
def test_calls_to_an_address_of_the_request_are_kept_with_its_reply(
    core: ModuleType, tmp_path: Path, name: str, contacts: int
) -> None:
    asks = core.asks_of(core.suite([core.rule()]), [core.case(name)])

    lines = ran(tmp_path / "j", core, Plan(asks, ()), core.ScriptedTarget())

    assert [line.contacts for line in lines] == [contacts]


def filled(core: ModuleType, target: Any) -> None:
    """Put two documents into a target that was not handed them."""
    talk = Talk(
        target, lambda _: "", ingestion_token=lambda tenant: f"ingestion of {tenant}", auditor_token=lambda _: ""
    )
    asyncio.run(fill([core.document("north/a"), core.document("south/b")], talk))


def test_a_corpus_is_put_document_by_document_by_one_of_each_tenant(core: ModuleType) -> None:
    target = core.ScriptedTarget()

    filled(core, target)

    assert target.did == ["put north/a v1 (ingestion of north)", "put south/b v1 (ingestion of south)"]


def test_a_target_that_does_not_take_the_corpus_in_cannot_be_judged(core: ModuleType) -> None:
    target = core.ScriptedTarget()
    target.refuses = {"north/a"}

    with pytest.raises(TargetError, match="put of north/a was not confirmed: HTTP 503"):
        filled(core, target)

    assert len(target.did) == 1


def test_two_tenants_may_use_the_same_id_and_each_gets_back_what_it_had(core: ModuleType, tmp_path: Path) -> None:
    target = core.ScriptedTarget()
    taken = core.document("north/leave", tenant="south")
    asks = core.asks_of(core.suite([core.rule()]), [core.case("a")])

    ran(tmp_path / "j", core, Plan(asks, (Stage("suite", 0, (Change("put", taken),)),)), target)

    assert target.did == [
        "put north/leave v1 (ingestion of south)",
        "answer What of a? (north)",
        "delete north/leave v1 (ingestion of south)",
    ]


def test_what_a_stage_brought_back_itself_is_not_brought_back_again(core: ModuleType, tmp_path: Path) -> None:
    target = core.ScriptedTarget()
    given, new = core.document("north/leave"), core.document("north/new")
    there = (Change("delete", given), Change("put", new))
    back = (Change("put", given), Change("delete", new))
    asks = core.asks_of(core.suite([core.rule()]), [core.case("a"), core.case("b", stage=1)])

    ran(tmp_path / "j", core, Plan(asks, (Stage("suite", 0, there), Stage("suite", 1, back))), target)

    assert target.did == [
        "delete north/leave v1 (ingestion of north)",
        "put north/new v1 (ingestion of north)",
        "answer What of a? (north)",
        "put north/leave v1 (ingestion of north)",
        "delete north/new v1 (ingestion of north)",
        "answer What of b? (north)",
    ]


class RefusesOnce:
    """Mixed into a target: the first change of each kind of the named document is refused, a second one taken."""

    refused = False

    async def change(self, change: Change, token: str, timeout_s: float) -> Reply:
        reply: Reply = await super().change(change, token, timeout_s)  # type: ignore[misc]
        if change.document.id == "north/new" and not self.refused:
            self.refused = True
            return Reply(503, "", 1.0)
        return reply


def test_once_everything_is_restored_what_comes_next_is_asked(core: ModuleType, tmp_path: Path) -> None:
    target = type("Busy", (RefusesOnce, core.ScriptedTarget), {})()
    after = core.asks_of(core.suite([core.rule()], name="then"), [core.case("later")])
    plan = staged(core)

    lines = ran(tmp_path / "j", core, Plan((*plan.asks, *after), plan.stages), target)

    assert [(line.case_id, line.fault_kind) for line in lines] == [
        ("before", None),
        ("after", "unprepared"),
        ("later", None),
    ]
    assert "put north/leave v1 (ingestion of north)" in target.did


def test_a_stage_that_asks_nothing_is_made_all_the_same(core: ModuleType, tmp_path: Path) -> None:
    asks = core.asks_of(core.suite([core.rule()], name="staged"), [core.case("last", stage=2)])
    between = Stage("staged", 1, (Change("put", core.document("north/new")),))
    target = core.ScriptedTarget()

    ran(tmp_path / "j", core, Plan(asks, (between,)), target)

    assert target.did[:2] == ["put north/new v1 (ingestion of north)", "answer What of last? (north)"]


def test_a_run_that_is_cut_short_leaves_the_corpus_as_it_was(core: ModuleType, tmp_path: Path) -> None:
    def cut(body: Any) -> Reply:
        if body["question"] == "What of after?":
            raise asyncio.CancelledError
        return Reply(200, json.dumps(core.body()), 1.0)

    target = core.ScriptedTarget(cut)

    with pytest.raises(asyncio.CancelledError):
        ran(tmp_path / "j", core, staged(core), target)

    assert target.did[-2:] == ["put north/leave v1 (ingestion of north)", "delete north/new v1 (ingestion of north)"]
