"""Targets that this process starts: named in the entry-point group `harness.targets`, loaded by name at run time.

A factory takes plain JSON values and returns an ASGI application, so that no type crosses the border:

    factory({"documents": path, "work_folder": path, "cache_folder": path, "issuers": [{issuer, audience, jwks}]})
"""

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any

import httpx

from harness.errors import InvalidInput, TargetError
from harness.load.strict import nearest
from harness.targets.http import HttpTarget
from harness.targets.identity import Issuer

GROUP = "harness.targets"


@dataclass(frozen=True, slots=True)
class Setting:
    """What a declared target is started with."""

    documents: Path
    """JSON lines, one document each, as `load.documents.as_mapping` gives them."""
    work_folder: Path
    cache_folder: Path
    issuer: Issuer


def declared_targets() -> list[str]:
    """The names that `--target` knows, sorted."""
    return sorted({point.name for point in entry_points(group=GROUP)})


def start_declared(name: str, setting: Setting) -> HttpTarget:
    """The named target, started in this process behind its own ASGI gateway.

    Raises InvalidInput for an unknown name and TargetError where the system does not start.
    """
    point = _point(name)
    try:
        application = point.load()(
            {
                "documents": str(setting.documents),
                "work_folder": str(setting.work_folder),
                "cache_folder": str(setting.cache_folder),
                "issuers": [
                    {
                        "issuer": setting.issuer.name,
                        "audience": setting.issuer.audience,
                        "jwks": setting.issuer.public_keys(),
                    }
                ],
            }
        )
    except Exception as fault:
        raise TargetError(
            f"the target {name!r} did not start: {type(fault).__name__}: {fault}",
            next_step="run `harness doctor`; the cause stands above",
        ) from fault
    client = httpx.AsyncClient(
        transport=httpx.ASGITransport(app=application, raise_app_exceptions=False), base_url="http://target.local"
    )
    return HttpTarget(name, client, on_close=_closer(application))


def _point(name: str) -> EntryPoint:
    points = {point.name: point for point in entry_points(group=GROUP)}
    if name not in points:
        raise InvalidInput(
            f"no target is named {name!r}; {nearest(name, sorted(points))}",
            next_step="use one of these, an http(s) address, or python:module:function",
        )
    return points[name]


def _closer(application: Any) -> Callable[[], Awaitable[None]]:
    """Calls `application.state.close()`, where the application offers it."""

    async def close() -> None:
        closing = getattr(getattr(application, "state", None), "close", None)
        if closing is None:
            return
        result = await asyncio.to_thread(closing)
        if inspect.isawaitable(result):
            await result

    return close
