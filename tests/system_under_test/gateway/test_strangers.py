"""Requests that nobody was authenticated for: recorded up to a rate, counted above it, and none of them lost."""

import asyncio
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from system_under_test.audit.log import AuditError, AuditLog
from system_under_test.audit.records import Record
from system_under_test.config import Limits
from system_under_test.gateway.strangers import MINUTE_S, Strangers

Start = Callable[..., Any]
QUESTION = {"question": "How many days of annual leave are there a year?"}
FEW = Limits(strangers_recorded=5)


class Clock:
    """Seconds since the epoch, moved by hand."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


def bad(number: int) -> dict[str, str]:
    """Refused in one of three ways."""
    return [{"authorization": "Bearer x"}, {}, {"authorization": "Basic x"}][number % 3]


def flood(service: Any, *headers: dict[str, str], at_once: bool = True) -> list[httpx.Response]:
    async def run() -> list[httpx.Response]:
        async with service.client() as client:
            asks = [client.post("/v1/answer", json=QUESTION, headers=one) for one in headers]
            return list(await asyncio.gather(*asks)) if at_once else [await one for one in asks]

    return asyncio.run(run())


def recorded(service: Any) -> tuple[Counter[tuple[int, str]], Counter[tuple[int, str]]]:
    """Requests by status and reason: those with a record of their own, and those that were counted."""
    own, counted = Counter[tuple[int, str]](), Counter[tuple[int, str]]()
    for record in service.records():
        if record["outcome"] == "counted":
            counted.update({(one["status"], one["reason"]): one["requests"] for one in record["counted"]})
        else:
            own[record["status"], record["reason"]] += 1
    return own, counted


@pytest.mark.parametrize("at_once", [True, False], ids=["at-once", "one-by-one"])
def test_a_flood_is_recorded_up_to_the_rate_and_counted_beyond_it_and_the_sum_is_right(
    serve: Start, at_once: bool
) -> None:
    service = serve(limits=FEW, now=Clock())

    responses = flood(service, *(bad(number) for number in range(60)), at_once=at_once)
    while_open = len(service.records())
    service.app.state.close()

    own, counted = recorded(service)
    assert {response.status_code for response in responses} == {401}
    assert while_open == own.total() == 5
    assert len(service.records()) == 6
    assert own + counted == {
        (401, "token_malformed"): 20,
        (401, "authorization_missing"): 20,
        (401, "authorization_malformed"): 20,
    }


def test_each_minute_leaves_one_record_of_what_it_counted_with_the_first_request_after_it(serve: Start) -> None:
    clock = Clock()
    service = serve(limits=FEW, now=clock)

    kept = []
    for minute in (12, 3, 8, 0):
        flood(service, *({} for _ in range(minute)))
        clock.now += MINUTE_S
        kept.append([one["requests"] for record in service.records() for one in record["counted"] or ()])
    flood(service, service.idp.headers())

    own, counted = recorded(service)
    assert kept == [[], [7], [7], [7]]
    assert [one["requests"] for record in service.records() for one in record["counted"] or ()] == [7, 3]
    assert own.total() - 1 + counted.total() == 12 + 3 + 8
    assert counted == {(401, "authorization_missing"): 10}


def test_a_record_of_counts_says_since_when_and_names_nobody(serve: Start) -> None:
    service = serve(limits=FEW, now=Clock())

    flood(service, *({"authorization": "Bearer canary-7431"} for _ in range(9)))
    service.app.state.close()

    record = service.records()[-1]
    assert {name: value for name, value in record.items() if value is not None and name not in {"record_id", "ts"}} == {
        "endpoint": "several",
        "outcome": "counted",
        "counted": [{"status": 401, "reason": "token_malformed", "requests": 4}],
        "counted_from": "2027-01-15T08:00:00.000000+00:00",
        "seq": 6,
        "prev_hash": record["prev_hash"],
    }
    assert "canary" not in service.audit_path.read_text()


def test_whoever_is_authenticated_has_a_record_whatever_strangers_do(serve: Start) -> None:
    service = serve(limits=FEW)

    mixed = [header for number in range(20) for header in (bad(number), service.idp.headers())]
    responses = flood(service, *mixed)

    answered = {one.json()["audit"]["record_id"] for one in responses if one.status_code == 200}
    assert len(answered) == 20
    assert answered == {record["record_id"] for record in service.records() if record["tenant"] == "acme"}


def test_a_head_that_is_too_large_counts_as_a_strangers(serve: Start) -> None:
    service = serve(limits=Limits(strangers_recorded=1, head_bytes=1_000))

    flood(service, *({"x-large": "a" * 1_000} for _ in range(4)))
    service.app.state.close()

    assert recorded(service)[1] == {(431, "head_too_large"): 3}


def test_a_stranger_leaves_nothing_in_memory_and_a_tenants_record_can_be_read_again(tmp_path: Path) -> None:
    def held(log: AuditLog) -> set[object]:
        return set(log._places)

    path = tmp_path / "audit.jsonl"
    log = AuditLog(path)
    for number in range(20):
        log.append(Record(f"stranger-{number}", "answer", "unauthenticated", 401)).result()
    log.append(Record("mine", "answer", "answered", 200, tenant="acme")).result()
    first = held(log)
    log.close()
    log = AuditLog(path)
    again, mine = held(log), log.read("mine", "acme")
    log.close()

    assert first == again == {"mine"}
    assert isinstance(mine, dict)


def test_nobody_is_counted_while_records_cannot_be_kept(serve: Start, doubles: Any) -> None:
    audit = doubles.FailingAudit()
    service = serve(audit=audit, limits=FEW)

    failing = flood(service, *({} for _ in range(8)), at_once=False)
    audit.failing = False
    working = flood(service, *({} for _ in range(8)), at_once=False)
    service.app.state.close()

    counts = [one.requests for record in audit.records for one in record.counted or ()]
    assert [one.status_code for one in (*failing, *working)] == [503] * 8 + [401] * 8
    assert [record.outcome for record in audit.records].count("unauthenticated") + sum(counts) == 8


def test_counts_that_could_not_be_kept_are_counted_on(serve: Start, doubles: Any) -> None:
    audit, clock = doubles.FailingAudit(), Clock()
    audit.failing = False
    service = serve(audit=audit, limits=FEW, now=clock)
    flood(service, *({} for _ in range(9)))
    clock.now += MINUTE_S
    audit.failing = True
    flood(service, {})

    audit.failing = False
    flood(service, {})
    service.app.state.close()

    assert [one.requests for record in audit.records for one in record.counted or ()] == [4]


def test_counts_that_are_lost_at_the_end_are_told(serve: Start, doubles: Any) -> None:
    audit = doubles.FailingAudit()
    audit.failing = False
    service = serve(audit=audit, limits=FEW)
    flood(service, *({} for _ in range(9)))
    audit.failing = True

    with pytest.raises(AuditError):
        service.app.state.close()

    assert service.retrieval.closed == 1


@settings(max_examples=100)
@given(st.lists(st.tuples(st.integers(0, 90), st.sampled_from(["a", "b", None])), max_size=60), st.integers(0, 4))
def test_whenever_requests_come_all_are_recorded_or_counted_and_few_are_recorded(
    requests: list[tuple[int, str | None]], bound: int
) -> None:
    clock = Clock()
    strangers = Strangers(bound, clock)
    own, records = Counter[int](), []

    for later, reason in requests:
        clock.now += later
        records.append(strangers.due())
        if strangers.has_own(401, reason):
            own[int(strangers._began)] += 1
    records.append(strangers.rest())

    kept = [record for record in records if record is not None]
    counted = Counter(
        reason for record in kept for one in record.counted or () for reason in [one.reason] * one.requests
    )
    assert own.total() + counted.total() == len(requests)
    assert max(own.values(), default=0) <= bound
    assert len(kept) <= 1 + sum(later for later, _ in requests) // MINUTE_S
