"""A function stands in for the ingestion of a system of another shape, and its faults are data."""

import asyncio
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import ModuleType

import pytest

from harness.domain.stages import Change
from harness.errors import InvalidInput, TargetError
from harness.targets.ingestion import Adapted, with_ingestion
from harness.targets.wire import Reply


def changed(target: object, change: Change, timeout_s: float = 5.0) -> Reply:
    """The reply to one change."""
    return asyncio.run(target.change(change, "a-token", timeout_s))  # type: ignore[attr-defined]


def test_the_function_gets_action_document_and_token(core: ModuleType) -> None:
    calls: list[tuple[str, object, str]] = []

    def ingest(action: str, document: Mapping[str, object], token: str) -> None:
        calls.append((action, document["id"], token))

    target = Adapted(core.ScriptedTarget(), ingest)
    replies = [changed(target, Change(action, core.document("north/new"))) for action in ("put", "delete")]  # type: ignore[arg-type]

    assert calls == [("put", "north/new", "a-token"), ("delete", "north/new", "a-token")]
    assert [reply.status for reply in replies] == [200, 200]


def test_a_coroutine_is_awaited(core: ModuleType) -> None:
    calls: list[str] = []

    async def ingest(action: str, _document: object, _token: str) -> None:
        calls.append(action)

    assert changed(Adapted(core.ScriptedTarget(), ingest), Change("put", core.document("north/new"))).fault is None
    assert calls == ["put"]


def test_what_it_raises_is_the_fault_of_the_reply_by_name_alone(core: ModuleType) -> None:
    def ingest(*_: object) -> None:
        raise RuntimeError("the key is s3cret")

    reply = changed(Adapted(core.ScriptedTarget(), ingest), Change("put", core.document("north/new")))

    assert reply.fault is not None
    assert reply.fault.message == "RuntimeError"


def test_one_that_does_not_return_is_given_up(core: ModuleType) -> None:
    async def ingest(*_: object) -> None:
        await asyncio.Event().wait()

    reply = changed(Adapted(core.ScriptedTarget(), ingest), Change("put", core.document("north/new")), timeout_s=0.01)

    assert reply.fault is not None
    assert reply.fault.kind == "timeout"


@pytest.fixture
def adapter(tmp_path: Path) -> Iterator[str]:
    """The name of a module with a function `ingest`."""
    (tmp_path / "their_adapter.py").write_text("def ingest(action, document, token):\n    pass\n")
    sys.path.insert(0, str(tmp_path))
    yield "their_adapter"
    sys.path.remove(str(tmp_path))
    sys.modules.pop("their_adapter", None)


def test_everything_else_is_the_targets_own(core: ModuleType, adapter: str) -> None:
    inner = core.ScriptedTarget()
    target = with_ingestion(inner, f"python:{adapter}:ingest")

    reply = asyncio.run(target.ask("answer", {"question": "How many days?"}, "t", 5.0))

    assert reply.status == 200
    assert inner.asked == ["How many days?"]
    assert changed(target, Change("put", core.document("north/new"))).status == 200
    assert not any(step.startswith("put") for step in inner.did)


@pytest.mark.parametrize("ingest", ["", "contract"])
def test_without_an_adapter_the_contract_is_spoken(core: ModuleType, ingest: str) -> None:
    inner = core.ScriptedTarget()

    assert with_ingestion(inner, ingest) is inner


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        pytest.param("their_adapter:ingest", InvalidInput, id="no prefix"),
        pytest.param("python:their_adapter", InvalidInput, id="no function"),
        pytest.param("python:their_adapter:nothing", InvalidInput, id="an unknown function"),
        pytest.param("python:no_such_module:ingest", TargetError, id="an unknown module"),
    ],
)
def test_a_name_that_is_none_is_refused_with_its_option(
    core: ModuleType, adapter: str, name: str, kind: type[Exception]
) -> None:
    with pytest.raises(kind) as caught:
        with_ingestion(core.ScriptedTarget(), name)

    assert "--ingest" in getattr(caught.value, "next_step", "")
