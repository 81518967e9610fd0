"""The audit log: chained, durable before it is acknowledged, and closed after a failure."""

import hashlib
import json
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from system_under_test.audit.chain import GENESIS
from system_under_test.audit.log import AuditError, AuditLog
from system_under_test.audit.records import Record


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "audit" / "audit.jsonl"


@pytest.fixture
def log(path: Path) -> Iterator[AuditLog]:
    log = AuditLog(path)
    yield log
    log.close()


def record(name: str, tenant: str | None = "acme") -> Record:
    return Record(name, "answer", "answered", 200, tenant=tenant)


def chain_holds(path: Path) -> bool:
    previous = GENESIS
    for number, line in enumerate(path.read_bytes().splitlines(), 1):
        fields = json.loads(line)
        if (fields["prev_hash"], fields["seq"]) != (previous, number):
            return False
        previous = hashlib.sha256(line).hexdigest()
    return True


def test_records_are_chained_in_their_order(log: AuditLog, path: Path) -> None:
    for number in range(5):
        log.append(record(str(number))).result()

    assert [json.loads(line)["record_id"] for line in path.read_text().splitlines()] == list("01234")
    assert chain_holds(path)


def test_records_of_many_threads_are_all_kept_and_chained(log: AuditLog, path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        for future in list(pool.map(lambda number: log.append(record(str(number))), range(200))):
            future.result()

    assert {json.loads(line)["record_id"] for line in path.read_text().splitlines()} == {str(n) for n in range(200)}
    assert chain_holds(path)


def test_a_record_is_on_the_disk_before_it_is_acknowledged(path: Path) -> None:
    seen: list[tuple[bool, int]] = []
    futures: list[Future[None]] = []

    def future_done() -> bool:
        return any(future.done() for future in futures)

    log = AuditLog(path, sync=lambda _: seen.append((future_done(), len(path.read_bytes()))))
    seen.clear()
    futures.append(log.append(record("a")))
    futures[0].result()
    acknowledged = list(seen)
    log.close()

    assert acknowledged == [(False, len(path.read_bytes()))]


def test_after_a_failed_write_nothing_is_acknowledged_any_more(path: Path) -> None:
    faults: list[Exception] = []

    def sync(_: int) -> None:
        if faults:
            raise faults.pop()

    log = AuditLog(path, sync=sync)
    faults.append(OSError("disk full"))

    for name in ("first", "second"):
        with pytest.raises(AuditError):
            log.append(record(name)).result()
    log.close()


def test_a_record_that_is_no_json_fails(log: AuditLog) -> None:
    with pytest.raises(AuditError):
        log.append(Record("a", "answer", "answered", 200, cost_usd=float("nan"))).result()


def test_a_closed_log_takes_nothing(log: AuditLog) -> None:
    log.close()

    with pytest.raises(AuditError):
        log.append(record("late")).result()


def test_a_log_is_continued_after_a_restart(path: Path) -> None:
    for name in ("a", "b"):
        log = AuditLog(path)
        log.append(record(name)).result()
        log.close()

    assert [json.loads(line)["seq"] for line in path.read_text().splitlines()] == [1, 2]
    assert chain_holds(path)


def test_a_last_line_that_was_never_acknowledged_is_cut_off(path: Path) -> None:
    log = AuditLog(path)
    log.append(record("a")).result()
    log.close()
    with path.open("ab") as file:
        file.write(b'{"record_id": "torn')

    log = AuditLog(path)
    log.append(record("b")).result()
    log.close()

    assert [json.loads(line)["record_id"] for line in path.read_text().splitlines()] == ["a", "b"]
    assert chain_holds(path)


@pytest.mark.parametrize("fault", ["edited", "deleted", "reordered", "no JSON"])
def test_a_log_whose_chain_is_broken_is_not_continued(path: Path, fault: str) -> None:
    log = AuditLog(path)
    for name in ("a", "b", "c"):
        log.append(record(name)).result()
    log.close()
    first, second, third = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(
        {
            "edited": first.replace(b"200", b"500") + second + third,
            "deleted": first + third,
            "reordered": second + first + third,
            "no JSON": first + b"x\n" + third,
        }[fault]
    )

    with pytest.raises(AuditError, match="is not continued"):
        AuditLog(path)


def test_a_second_writer_is_refused(log: AuditLog, path: Path) -> None:
    with pytest.raises(AuditError, match="another process"):
        AuditLog(path)


def test_a_tenant_reads_its_own_records_only(path: Path) -> None:
    log = AuditLog(path)
    log.append(record("mine")).result()
    log.append(record("nobody", None)).result()
    log.close()

    log = AuditLog(path)
    own, foreign, missing, unowned = (
        log.read("mine", "acme"),
        log.read("mine", "globex"),
        log.read("other", "acme"),
        log.read("nobody", "acme"),
    )
    log.close()

    assert isinstance(own, dict)
    assert own["record_id"] == "mine"
    assert foreign is missing is unowned is None


def test_the_time_of_a_record_never_goes_backwards(path: Path) -> None:
    start = datetime(2026, 5, 1, tzinfo=UTC)
    moments = [start]
    log = AuditLog(path, now=lambda: moments[-1])

    for name, hours in (("a", 0), ("b", -1), ("c", 1)):
        moments.append(start + timedelta(hours=hours))
        log.append(record(name)).result()
    log.close()

    stamps = [json.loads(line)["ts"] for line in path.read_text().splitlines()]
    assert stamps == sorted(stamps)
    assert stamps[0] == stamps[1]


def test_the_file_is_its_owners_alone(log: AuditLog, path: Path) -> None:
    assert path.stat().st_mode & 0o077 == 0


def test_one_record_that_is_no_line_does_not_take_the_others_with_it(log: AuditLog, path: Path) -> None:
    """A model's name is a provider's word. A half of a surrogate pair in it cannot be written as UTF-8."""
    with pytest.raises(AuditError, match="no JSON"):
        log.append(Record("bad", "answer", "answered", 200, model="\ud800")).result()
    with pytest.raises(AuditError, match="too long"):
        log.append(Record("long", "answer", "answered", 200, model="m" * (1 << 20))).result()

    log.append(record("good")).result()

    assert [json.loads(line)["record_id"] for line in path.read_text().splitlines()] == ["good"]
    assert chain_holds(path)


def test_nobody_is_left_waiting_where_the_clock_fails(path: Path) -> None:
    moments = [datetime(2026, 5, 1, tzinfo=UTC)]
    log = AuditLog(path, now=lambda: moments[0])
    moments.clear()

    with pytest.raises(AuditError):
        log.append(record("a")).result(timeout=30)
    log.close()
