"""The engine asks each pending ask once, within its limit of concurrency, and journals whatever came back."""

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from harness.execute.engine import execute
from harness.execute.journal import Journal, Line, read_journal
from harness.execute.plan import Plan
from harness.execute.talk import Talk
from harness.targets.wire import Reply


def ran(
    path: Path,
    gate: Any,
    asks: Sequence[Any] | Plan,
    target: Any,
    done: frozenset[Any] = frozenset(),
    documents: Sequence[Any] = (),
) -> tuple[list[Line], list[int]]:
    """The journal after the engine ran, and what it told of its progress."""
    told: list[int] = []

    async def walk() -> None:
        with Journal(path) as journal:
            talk = Talk(
                target,
                token_of=lambda case: f"token of {case.principal.id}",
                ingestion_token=lambda tenant: f"ingestion of {tenant}",
                auditor_token=lambda tenant: f"auditor of {tenant}",
                contacts=lambda case: 2 if case.id == "called" else 0,
            )
            plan = asks if isinstance(asks, Plan) else Plan(tuple(asks), ())
            await execute(gate, plan, documents, done, talk, journal, told.append)

    asyncio.run(walk())
    return list(read_journal(path)), told


@pytest.mark.parametrize("concurrency", [1, 3, 8])
def test_no_more_asks_are_under_way_than_the_suite_allows(core: ModuleType, tmp_path: Path, concurrency: int) -> None:
    suite = core.suite([core.rule()], concurrency=concurrency)
    target = core.ScriptedTarget()

    lines, told = ran(
        tmp_path / "j", core.gate(suite), core.asks_of(suite, [core.case(f"c{n}") for n in range(20)]), target
    )

    assert target.most_under_way == concurrency
    assert len({line.key for line in lines}) == len(lines) == sum(told) == 20


def test_suites_are_asked_one_after_the_other(core: ModuleType, tmp_path: Path) -> None:
    wide, narrow = (core.suite([core.rule()], name=name, concurrency=n) for name, n in (("a", 4), ("b", 1)))
    asks = (*core.asks_of(wide, [core.case(f"a{n}") for n in range(6)]), *core.asks_of(narrow, [core.case("b0")]))
    target = core.ScriptedTarget()

    lines, _ = ran(tmp_path / "j", core.gate(wide, narrow), asks, target)

    assert lines[-1].suite == "b"
    assert target.asked[-1] == "What of b0?"


def test_only_what_is_not_done_is_asked(core: ModuleType, tmp_path: Path) -> None:
    suite = core.suite([core.rule()])
    asks = core.asks_of(suite, [core.case(f"c{n}") for n in range(5)])
    target = core.ScriptedTarget()

    lines, _ = ran(tmp_path / "j", core.gate(suite), asks, target, frozenset(ask.key for ask in asks[:3]))

    assert [line.case_id for line in lines] == ["c3", "c4"]


def test_nothing_pending_asks_nothing_and_warms_nothing(core: ModuleType, tmp_path: Path) -> None:
    suite = core.suite([core.rule()], warm_up=5)
    asks = core.asks_of(suite, [core.case("c0")])
    target = core.ScriptedTarget()

    assert ran(tmp_path / "j", core.gate(suite), asks, target, frozenset(ask.key for ask in asks)) == ([], [])
    assert target.asked == []


def test_warm_up_asks_are_made_and_left_out_of_the_journal(core: ModuleType, tmp_path: Path) -> None:
    suite = core.suite([core.rule()], warm_up=2)
    target = core.ScriptedTarget()

    lines, told = ran(
        tmp_path / "j", core.gate(suite), core.asks_of(suite, [core.case(f"c{n}") for n in range(5)]), target
    )

    assert (len(target.asked), len(lines), sum(told)) == (7, 5, 5)


@pytest.mark.parametrize("warm_up", [0, 3])
def test_an_ask_that_explodes_is_a_line_too_and_the_others_are_made(
    core: ModuleType, tmp_path: Path, warm_up: int
) -> None:
    def reply(body: Any) -> Reply:
        if body["question"] == "What of c1?":
            raise RuntimeError("secret details")
        return Reply(200, json.dumps(core.body()), 1.0)

    suite = core.suite([core.rule()], warm_up=warm_up)

    lines, _ = ran(
        tmp_path / "j",
        core.gate(suite),
        core.asks_of(suite, [core.case(f"c{n}") for n in range(4)]),
        core.ScriptedTarget(reply),
    )

    assert sorted(line.case_id for line in lines) == ["c0", "c1", "c2", "c3"]
    (exploded,) = [line for line in lines if line.case_id == "c1"]
    assert (exploded.status, exploded.fault_kind, exploded.fault_message) == (0, "unreachable", "RuntimeError")


def test_the_whole_walk_ends_with_the_same_observations_after_a_cut(core: ModuleType, tmp_path: Path) -> None:
    suite = core.suite([core.rule()], concurrency=1)
    asks = core.asks_of(suite, [core.case(f"c{n}") for n in range(6)])
    whole, _ = ran(tmp_path / "whole", core.gate(suite), asks, core.ScriptedTarget())
    cut = (tmp_path / "whole").read_bytes()[:-25]
    (tmp_path / "cut").write_bytes(cut)
    target = core.ScriptedTarget()

    done = frozenset(line.key for line in read_journal(tmp_path / "cut"))
    resumed, _ = ran(tmp_path / "cut", core.gate(suite), asks, target, done)

    assert resumed == whole
    assert target.asked == ["What of c5?"]
