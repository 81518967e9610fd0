"""How documents get into a target that was not started here: by its own endpoints, or through a function.

An adapter is a Python function for a system whose ingestion has another shape:

    def ingest(action, document, token): ...

`action` is `put` or `delete`, `document` a mapping with the members of `load.documents.as_mapping`, `token` one of a
principal of the document's tenant in the ingestion group. It returns once the next question sees the change, whatever
it returns; it raises to say that the change was not made. To delete what is not there is no fault.
"""

import asyncio
import inspect
import time
from collections.abc import Callable, Mapping
from typing import Any

from harness.domain.cases import Extra
from harness.domain.observations import Failure
from harness.domain.stages import Change
from harness.load.documents import as_mapping
from harness.targets.callable import imported
from harness.targets.target import PLAIN, Release, Target
from harness.targets.wire import Reply

CONTRACT = "contract"
"""`--ingest contract`: the target's own PUT and DELETE /v1/documents/{id}."""


class Adapted:
    """A target whose documents are changed by a function; in everything else the target itself."""

    def __init__(self, target: Target, function: Callable[..., Any]) -> None:
        self.name = target.name
        self._target = target
        self._function = function

    async def ask(
        self, verb: str, body: Mapping[str, object], token: str, timeout_s: float, extra: Extra = PLAIN
    ) -> Reply:
        """The target's own."""
        return await self._target.ask(verb, body, token, timeout_s, extra)

    async def change(self, change: Change, token: str, timeout_s: float) -> Reply:
        """Call the function; what it raises is the reply's fault, by the name of its class."""
        started = time.perf_counter()
        try:
            async with asyncio.timeout(timeout_s):
                await self._called(change, token)
        except TimeoutError:
            return Reply(0, "", _since(started), Failure("timeout", f"no return within {timeout_s:g} s"))
        except Exception as fault:  # noqa: BLE001  the adapter is called here: its fault is data
            return Reply(0, "", _since(started), Failure("server_error", type(fault).__name__))
        return Reply(200, "", _since(started))

    async def release(self, token: str) -> Release:
        """The target's own."""
        return await self._target.release(token)

    async def close(self) -> None:
        """Close the target."""
        await self._target.close()

    async def _called(self, change: Change, token: str) -> None:
        document = as_mapping(change.document)
        if inspect.iscoroutinefunction(self._function):
            await self._function(change.action, document, token)
        else:
            await asyncio.to_thread(self._function, change.action, document, token)


def with_ingestion(target: Target, ingest: str) -> Target:
    """The target with the adapter that `--ingest` names. Raises InvalidInput for a name that is none."""
    return target if ingest in {"", CONTRACT} else Adapted(target, imported(ingest, "--ingest")[2])


def _since(started: float) -> float:
    return (time.perf_counter() - started) * 1000
