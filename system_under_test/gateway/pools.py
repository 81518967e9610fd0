"""Threads that tenants share fairly: whoever waits is served in turn, however much the others have asked for."""

import asyncio
from collections import Counter, OrderedDict, deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import ParamSpec, TypeVar

_Arguments = ParamSpec("_Arguments")
_Result = TypeVar("_Result")


class FairPool:
    """A pool of threads. A free thread goes to the tenant that has waited longest since its last turn.

    A single tenant may use all threads up to `per_tenant`; a queue of one tenant never stands before another's. For use
    on one event loop at a time.
    """

    def __init__(self, threads: int, per_tenant: int, name: str) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix=name)
        self._free = threads
        self._per_tenant = per_tenant
        self._running: Counter[str] = Counter()
        self._waiting: OrderedDict[str, deque[asyncio.Future[None]]] = OrderedDict()

    async def run(
        self,
        tenant: str,
        function: Callable[_Arguments, _Result],
        *arguments: _Arguments.args,
        **named: _Arguments.kwargs,
    ) -> _Result:
        """What the function returns or raises, called in a thread when it is the tenant's turn.

        A caller who goes away while waiting gives the turn up; once started, the thread is held until it is done.
        """
        await self._turn(tenant)
        loop = asyncio.get_running_loop()
        try:
            work: Future[_Result] = self._pool.submit(function, *arguments, **named)
        except RuntimeError:
            self._done(tenant)  # the pool is closed
            raise
        work.add_done_callback(lambda _: loop.call_soon_threadsafe(self._done, tenant))
        return await asyncio.wrap_future(work)

    def close(self) -> None:
        """Finish what is running."""
        self._pool.shutdown()

    async def _turn(self, tenant: str) -> None:
        if self._may_start(tenant) and tenant not in self._waiting:
            self._start(tenant)
            return
        turn = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(tenant, deque()).append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self._done(tenant)  # the turn had come: pass it on
            raise

    def _may_start(self, tenant: str) -> bool:
        return self._free > 0 and self._running[tenant] < self._per_tenant

    def _start(self, tenant: str) -> None:
        self._free -= 1
        self._running[tenant] += 1

    def _done(self, tenant: str) -> None:
        self._free += 1
        self._running[tenant] -= 1
        for waiting in list(self._waiting):
            self._serve(waiting)

    def _serve(self, tenant: str) -> None:
        """Give the tenant's first caller who still waits a turn, where there is one to give."""
        queue = self._waiting[tenant]
        while queue and self._may_start(tenant):
            turn = queue.popleft()
            if not turn.done():
                self._start(tenant)
                turn.set_result(None)
                self._waiting.move_to_end(tenant)
                break
        if not queue:
            del self._waiting[tenant]
