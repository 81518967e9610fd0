"""Whether the service can answer right now, and which part of it cannot."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Final, Literal

Part = Literal["index", "keys", "deny_list", "audit"]
Probe = Callable[[], Awaitable[bool]]

REASONS: Final[Mapping[Part, str]] = {
    "index": "the index does not answer",
    "keys": "the keys of an issuer cannot be had",
    "deny_list": "the list of denied tokens cannot be read",
    "audit": "the audit log cannot be written",
}
"""Constant texts: they name no tenant, issuer, path or fault."""
KEEP_S: Final = 1.0
"""A finding is used this long, so that asking often costs nothing."""
PROBE_S: Final = 3.0


class Readiness:
    """Asks the parts, at most once in `KEEP_S`."""

    def __init__(
        self, probes: Mapping[Part, Probe], *, now: Callable[[], float] = time.monotonic, limit_s: float = PROBE_S
    ) -> None:
        """A probe that takes longer than `limit_s` has failed."""
        self._probes = dict(probes)
        self._now = now
        self._limit_s = limit_s
        self._asking = asyncio.Lock()
        self._found: tuple[float, tuple[str, ...]] | None = None

    async def reasons(self) -> tuple[str, ...]:
        """Why the service is not ready, one constant text for each failing part; empty where it is ready."""
        async with self._asking:
            if self._found is None or self._now() - self._found[0] >= KEEP_S:
                self._found = self._now(), await self._ask()
            return self._found[1]

    async def _ask(self) -> tuple[str, ...]:
        answers = await asyncio.gather(*(_holds(probe, self._limit_s) for probe in self._probes.values()))
        return tuple(REASONS[part] for part, holds in zip(self._probes, answers, strict=True) if not holds)


async def _holds(probe: Probe, limit_s: float) -> bool:
    try:
        async with asyncio.timeout(limit_s):
            return await probe()
    except Exception:  # noqa: BLE001 - whatever went wrong, the part is not ready
        return False
