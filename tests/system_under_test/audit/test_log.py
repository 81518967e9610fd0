"""The audit log: chained, durable before it is acknowledged, and closed after a failure."""

import hashlib
import json
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from system_under_test.audit.log import GENESIS, AuditError, AuditLog
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
    log = AuditLog(path, sync=lambda _: seen.append((future_done(), len(path.read_bytes()))))
    futures: list[Future[None]] = []

    def future_done() -> bool:
        return any(future.done() for future in futures)

    futures.append(log.append(record("a")))
    futures[0].result()
    log.close()

    assert seen == [(False, len(path.read_bytes()))]


def test_after_a_failed_write_nothing_is_acknowledged_any_more(path: Path) -> None:
    faults = [OSError("disk full")]

    def sync(_: int) -> None:
        if faults:
            raise faults.pop()

    log = AuditLog(path, sync=sync)

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

    with pytest.raises(AuditError, match="does not continue"):
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
    times = [start, start - timedelta(hours=1), start + timedelta(seconds=1)]
    log = AuditLog(path, now=lambda: times.pop(0))

    for name in "abc":
        log.append(record(name)).result()
    log.close()

    stamps = [json.loads(line)["ts"] for line in path.read_text().splitlines()]
    assert stamps == sorted(stamps)
    assert stamps[0] == stamps[1]


def test_the_file_is_its_owners_alone(log: AuditLog, path: Path) -> None:
    assert path.stat().st_mode & 0o077 == 0
