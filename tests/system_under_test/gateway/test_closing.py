"""The end of a gateway: everything is given back, once, whatever fails on the way."""

import asyncio
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest

from system_under_test.audit.log import AuditError

Start = Callable[..., Any]


def test_closing_twice_closes_once(serve: Start) -> None:
    service = serve()

    service.app.state.close()
    service.app.state.close()

    assert service.retrieval.closed == 1


def test_the_end_of_the_lifespan_closes(serve: Start) -> None:
    service = serve()

    async def live() -> None:
        async with service.app.router.lifespan_context(service.app):
            assert service.retrieval.closed == 0

    asyncio.run(live())

    assert service.retrieval.closed == 1


def test_a_log_that_fails_to_close_leaves_nothing_else_open(serve: Start, doubles: ModuleType) -> None:
    class Unsigned(doubles.FailingAudit):  # type: ignore[name-defined,misc]
        closings = 0

        def close(self) -> None:
            self.closings += 1
            if self.closings == 1:
                raise AuditError("the last checkpoint cannot be written")

    service = serve(audit=Unsigned())

    with pytest.raises(AuditError):
        service.app.state.close()

    assert service.retrieval.closed == 1
