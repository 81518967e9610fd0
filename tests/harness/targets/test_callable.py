"""A target that is a Python function: it may raise, hang, or give nonsense, and that is data."""

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from harness.errors import InvalidInput, TargetError
from harness.targets.callable import CallableTarget, target_by_function
from harness.targets.target import Release
from harness.targets.wire import LARGEST_BODY, Reply

RELEASE = Release({"name": "function"})
BODY = {"question": "How many days?", "top_k": 3}


def asked(function: Any, token: str = "a.b.c", timeout_s: float = 5.0) -> Reply:
    """One ask of a function."""
    return asyncio.run(CallableTarget("f", function, RELEASE).ask("answer", BODY, token, timeout_s))


def test_a_function_gets_the_question_and_the_token_and_its_mapping_is_the_reply() -> None:
    reply = asked(lambda request: {key: request[key] for key in ("verb", "question", "top_k")})

    assert json.loads(reply.body) == {"verb": "answer", "question": "How many days?", "top_k": 3}
    assert (reply.status, reply.fault) == (200, None)


def test_a_coroutine_function_is_awaited() -> None:
    async def function(request: Any) -> Any:
        await asyncio.sleep(0)
        return {"question": request["question"]}

    assert asked(function).status == 200


def test_an_object_whose_call_is_a_coroutine_is_awaited() -> None:
    class Service:
        async def __call__(self, request: Any) -> Any:
            return {"answer": "yes"}

    assert json.loads(asked(Service()).body) == {"answer": "yes"}


def test_a_permission_error_is_a_denial() -> None:
    def function(request: Any) -> Any:
        raise PermissionError("secret details")

    reply = asked(function)

    assert (reply.status, reply.body, reply.fault) == (403, "", None)


@pytest.mark.parametrize("fault", [RuntimeError("secret"), KeyError("secret"), OSError("secret"), RecursionError()])
def test_whatever_else_it_raises_is_a_server_error_by_its_kind_alone(fault: Exception) -> None:
    def function(request: Any) -> Any:
        raise fault

    reply = asked(function)

    assert reply.fault is not None
    assert (reply.status, reply.fault.kind, reply.fault.message) == (500, "server_error", type(fault).__name__)


@pytest.mark.parametrize("result", [{"a": float("nan")}, {"a": float("inf")}, {"a": {1}}, object(), {(1, 2): 3}],
                         ids=["NaN", "infinity", "set", "object", "tuple as name"])  # fmt: skip
def test_what_is_not_json_is_a_failure(result: object) -> None:
    fault = asked(lambda request: result).fault

    assert fault is not None
    assert fault.kind == "server_error"


def test_a_function_that_takes_too_long_times_out() -> None:
    async def function(request: Any) -> Any:
        await asyncio.Event().wait()

    fault = asked(function, timeout_s=0.02).fault

    assert fault is not None
    assert fault.kind == "timeout"


def test_a_reply_that_is_too_large_is_a_failure() -> None:
    fault = asked(lambda request: {"answer": "x" * LARGEST_BODY}).fault

    assert fault is not None
    assert fault.kind == "unreadable"


def test_a_token_that_is_echoed_is_taken_out() -> None:
    reply = asked(lambda request: {"answer": f"you sent {request['token']}"})

    assert json.loads(reply.body) == {"answer": "you sent [token]"}
    assert json.loads(asked(lambda request: {"answer": "no token"}, token="").body) == {"answer": "no token"}


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Writes a module that can be imported by name, and forgets it afterwards."""
    monkeypatch.syspath_prepend(tmp_path)

    def write(name: str, text: str) -> str:
        (tmp_path / f"{name}.py").write_text(text)
        return name

    yield write
    for name in [
        name for name, loaded in sys.modules.items() if str(getattr(loaded, "__file__", "")).startswith(str(tmp_path))
    ]:
        del sys.modules[name]


def released(target: CallableTarget) -> Release:
    """What the target says of itself."""
    return asyncio.run(target.release(""))


def test_a_module_without_a_description_is_named_by_the_digest_of_its_file(module: Any, tmp_path: Path) -> None:
    first = released(target_by_function(f"python:{module('target_one', 'def ask(request): return {}')}:ask"))
    second = released(target_by_function(f"python:{module('target_two', 'def ask(request): return {1: 2}')}:ask"))

    assert first.digest != second.digest
    assert "module_sha256" in first.described


def test_a_module_may_describe_its_release(module: Any) -> None:
    name = module("target_three", "RELEASE = {'model': 'm-1'}\ndef ask(request): return {}")

    assert released(target_by_function(f"python:{name}:ask")).described == {"model": "m-1"}


@pytest.mark.parametrize("described", ["{}", "'text'", "{'a': float('nan')}", "{'a': {1}}", "[1]"])
def test_a_description_that_cannot_be_digested_is_refused(module: Any, described: str) -> None:
    name = module("target_four", f"RELEASE = {described}\ndef ask(request): return {{}}")

    with pytest.raises(TargetError, match="RELEASE of target_four"):
        target_by_function(f"python:{name}:ask")


@pytest.mark.parametrize("name", ["python:", "python:json", "python::ask", "python:json:"])
def test_a_name_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(InvalidInput, match="is not python:module:function"):
        target_by_function(name)


def test_a_function_that_is_not_there_is_refused() -> None:
    with pytest.raises(InvalidInput, match="has no function 'lods'"):
        target_by_function("python:json:lods")


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        pytest.param("import nothing_of_this_name", "ModuleNotFoundError", id="missing import"),
        pytest.param("def broken(:", "SyntaxError", id="syntax"),
        pytest.param("raise RuntimeError('no model')", "RuntimeError: no model", id="raises"),
    ],
)
def test_a_module_that_cannot_be_imported_is_a_fault_of_the_target(module: Any, text: str, kind: str) -> None:
    name = module(f"target_{abs(hash(text))}", text)

    with pytest.raises(TargetError, match=kind):
        target_by_function(f"python:{name}:ask")


def test_a_module_that_is_not_there_is_a_fault_of_the_target() -> None:
    with pytest.raises(TargetError, match="cannot be imported"):
        target_by_function("python:no_such_module_here:ask")
