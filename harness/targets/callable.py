"""A target that is a Python function: `python:package.module:function`.

The function gets one mapping, `{verb, token, question, top_k, route?}`, and returns the contract's reply as a mapping.
Probes that change the corpus send `{verb: put|delete, token, document}` and take any mapping; those that open one
document send `{verb: open, token, id}`. Where a probe smuggles something in, `headers` and `query` stand beside; where
it puts the token itself there, `token` is empty.
It raises PermissionError to deny. A module attribute `RELEASE` (a mapping) names what is being released; without it the
digest of the module's own file does.
"""

import asyncio
import importlib
import inspect
import json
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from harness.domain.cases import Extra
from harness.domain.digest import digest_of_bytes
from harness.domain.observations import Failure
from harness.domain.stages import Change
from harness.errors import InvalidInput, TargetError
from harness.load.documents import as_mapping
from harness.targets.target import HERE, PLAIN, Release, described_release, placed
from harness.targets.wire import LARGEST_BODY, Reply

PREFIX = "python:"


class CallableTarget:
    """Asks a Python function, in a thread where it is not a coroutine function."""

    def __init__(self, name: str, function: Callable[[Mapping[str, object]], Any], release: Release) -> None:
        self.name = name
        self._function = function
        self._release = release

    async def ask(
        self, verb: str, body: Mapping[str, object], token: str, timeout_s: float, extra: Extra = PLAIN
    ) -> Reply:
        """Put one question; whatever the function raises comes back as the reply's fault."""
        given, left = placed(extra, token)
        beside = {name: _joined(value) for name, value in (("headers", given.headers), ("query", given.query)) if value}
        return await self._asked({"verb": verb, "token": left, **body, **beside}, token, timeout_s)

    async def change(self, change: Change, token: str, timeout_s: float) -> Reply:
        """The function is called with the verb `put` or `delete` and the `document`."""
        return await self._asked(
            {"verb": change.action, "token": token, "document": as_mapping(change.document)}, token, timeout_s
        )

    async def _asked(self, request: Mapping[str, object], token: str, timeout_s: float) -> Reply:
        started = time.perf_counter()
        try:
            async with asyncio.timeout(timeout_s):
                result = await self._call(request)
            text = json.dumps(result, allow_nan=False).replace(token or "\0", HERE)
        except PermissionError:
            return Reply(403, "", _since(started))
        except TimeoutError:
            return Reply(0, "", _since(started), Failure("timeout", f"no reply within {timeout_s:g} s"))
        except Exception as fault:  # noqa: BLE001  the target is asked here: its fault is data
            return Reply(500, "", _since(started), Failure("server_error", type(fault).__name__))
        if len(text) > LARGEST_BODY:
            return Reply(0, "", _since(started), Failure("unreadable", f"a reply of more than {LARGEST_BODY} bytes"))
        return Reply(200, text, _since(started))

    async def release(self, token: str) -> Release:  # noqa: ARG002  the contract's signature
        """What the module says of itself, or the digest of its file."""
        return self._release

    async def close(self) -> None:
        """Nothing is held."""

    async def _call(self, request: Mapping[str, object]) -> object:
        if inspect.iscoroutinefunction(self._function):
            return await self._function(request)
        result = await asyncio.to_thread(self._function, request)
        return await result if inspect.isawaitable(result) else result


def target_by_function(name: str, known_release: Release | None = None) -> CallableTarget:
    """The target that `python:module:function` names. Raises InvalidInput for a name that is none."""
    module, function_name, function = imported(name, "--target")
    return CallableTarget(name, function, known_release or _release_of(module, function_name))


def imported(name: str, option: str) -> tuple[Any, str, Callable[..., Any]]:
    """Module, name and function of what `python:module:function` after `option` names.

    Raises InvalidInput for a name that is none, TargetError for a module that cannot be imported.
    """
    module_name, _, function_name = name.removeprefix(PREFIX).partition(":")
    if not name.startswith(PREFIX) or not module_name or not function_name:
        raise InvalidInput(f"{name!r} is not python:module:function", next_step=f"write {option} python:my.module:name")
    try:
        module = importlib.import_module(module_name)
    except Exception as fault:
        raise TargetError(
            f"{name!r} cannot be imported: {type(fault).__name__}: {fault}",
            next_step=f"check the name after {option}, and that Python finds the module (PYTHONPATH)",
        ) from fault
    function = getattr(module, function_name, None)
    if not callable(function):
        raise InvalidInput(
            f"{module_name} has no function {function_name!r}", next_step=f"check the name after {option}"
        )
    return module, function_name, function


def _release_of(module: Any, function_name: str) -> Release:
    described = getattr(module, "RELEASE", None)
    if described is not None:
        try:
            return described_release(described)
        except ValueError as fault:
            raise TargetError(f"RELEASE of {module.__name__} is {fault}") from fault
    file = Path(module.__file__ or "")
    if not file.is_file():
        raise TargetError(f"{module.__name__} has no file to digest", next_step="give it a RELEASE mapping")
    return Release(
        {"function": f"{module.__name__}:{function_name}", "module_sha256": digest_of_bytes(file.read_bytes())}
    )


def _joined(pairs: tuple[tuple[str, str], ...]) -> dict[str, str]:
    """The values by name; those of a name that stands twice as an intermediary joins headers (RFC 9110, 5.3)."""
    found: dict[str, str] = {}
    for name, value in pairs:
        found[name] = f"{found[name]}, {value}" if name in found else value
    return found


def _since(started: float) -> float:
    return (time.perf_counter() - started) * 1000
