"""Check 30: when checkpoints are signed, and what a log refuses to be continued with."""

import json
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from system_under_test.audit.audit_key import signing_key
from system_under_test.audit.log import AuditError, AuditLog
from system_under_test.audit.records import Record
from system_under_test.audit.signer import Rhythm
from system_under_test.audit.verification import verify

START = datetime(2026, 5, 1, tzinfo=UTC)


def append(log: AuditLog, *names: str) -> None:
    """Each record for itself, and whatever is signed after it."""
    for name in names:
        log.append(Record(name, "answer", "answered", 200, tenant="acme")).result()
        log._writer.submit(lambda: None).result()


def sizes(folder: Path) -> list[int]:
    """The sizes that were signed."""
    lines = (folder / "checkpoints.jsonl").read_text().splitlines()
    return [int(json.loads(line)["note"].split("\n")[1]) for line in lines]


def test_check_30_a_checkpoint_is_signed_at_the_start_after_enough_records_and_at_the_end(tmp_path: Path) -> None:
    log = AuditLog(tmp_path / "audit.jsonl", rhythm=Rhythm(every=3))
    before = sizes(tmp_path)
    append(log, *"abcdefg")
    during = sizes(tmp_path)
    log.close()

    assert (before, during, sizes(tmp_path)) == ([0], [0, 3, 6], [0, 3, 6, 7])


def test_check_30_a_checkpoint_is_signed_with_the_first_record_after_the_interval(tmp_path: Path) -> None:
    moments = [START]
    log = AuditLog(tmp_path / "audit.jsonl", rhythm=Rhythm(interval=timedelta(minutes=1)), now=lambda: moments[-1])

    append(log, "a")
    moments.append(START + timedelta(seconds=59))
    append(log, "b")
    early = sizes(tmp_path)
    moments.append(START + timedelta(seconds=60))
    append(log, "c")
    due = sizes(tmp_path)
    log.close()

    assert (early, due, sizes(tmp_path)) == ([0], [0, 3], [0, 3])


def test_check_30_nothing_new_is_not_signed_again(tmp_path: Path) -> None:
    for _ in range(3):
        AuditLog(tmp_path / "audit.jsonl").close()

    assert sizes(tmp_path) == [0]


def test_check_30_a_restart_goes_on_with_the_tree_and_signs_what_a_crash_left_unsigned(
    write_log: Any, tmp_path: Path
) -> None:
    crashed = write_log(tmp_path, 7, close=False)

    log = AuditLog(crashed.path, rhythm=Rhythm(every=4))
    after_start = sizes(crashed.folder)
    append(log, "a", "b", "c", "d")
    log.close()

    held = verify(crashed.path, crashed.key)
    assert (after_start, sizes(crashed.folder)) == ([0, 4, 7], [0, 4, 7, 11])
    assert (held.chain.size, held.unsigned) == (11, 0)


def test_check_30_an_unfinished_checkpoint_is_signed_anew(ten: Any) -> None:
    content = ten.checkpoints_path.read_bytes()
    ten.checkpoints_path.write_bytes(content[:-20])

    AuditLog(ten.path).close()

    assert sizes(ten.folder) == [0, 4, 8, 10]
    assert verify(ten.path, ten.key).unsigned == 0


def test_check_30_a_first_start_that_was_cut_off_begins_again(tmp_path: Path) -> None:
    AuditLog(tmp_path / "audit.jsonl").close()
    (tmp_path / "checkpoints.jsonl").write_bytes(b'{"note":"torn')

    log = AuditLog(tmp_path / "audit.jsonl")
    append(log, "a")
    log.close()

    assert sizes(tmp_path) == [0, 1]


def without_end(log: Any) -> None:
    log.put(log.lines()[:9])


def without_records(log: Any) -> None:
    log.put([])


def without_log(log: Any) -> None:
    log.path.unlink()


def without_checkpoints(log: Any) -> None:
    log.checkpoints_path.unlink()


def with_another_tenant(log: Any) -> None:
    log.path.write_bytes(log.path.read_bytes().replace(b'"tenant":"acme"', b'"tenant":"acne"'))


@pytest.mark.parametrize(
    "tamper",
    [without_end, without_records, without_log, without_checkpoints, with_another_tenant],
    ids=lambda function: function.__name__,
)
def test_check_30_a_log_that_does_not_hold_is_not_continued_and_the_command_to_run_is_named(
    ten: Any, tamper: Callable[[Any], None]
) -> None:
    tamper(ten)
    before = {path.name: path.read_bytes() for path in ten.folder.iterdir()}

    with pytest.raises(AuditError, match="the first bad sequence number is") as told:
        AuditLog(ten.path)

    assert f"`python -m system_under_test audit verify {ten.folder} --key audit-key.pub`" in str(told.value)
    after = {path.name: path.read_bytes() for path in ten.folder.iterdir()}
    assert {name: after[name] for name in before} == before
    assert b"".join(after[name] for name in after.keys() - before) == b""


def test_check_30_a_chain_that_was_written_anew_is_not_continued(
    ten: Any, chain_anew: Callable[[list[bytes]], list[bytes]]
) -> None:
    ten.put(chain_anew([line.replace(b"acme", b"acne") for line in ten.lines()]))

    with pytest.raises(AuditError, match="the first bad sequence number is 1;"):
        AuditLog(ten.path)


def test_check_30_a_log_is_not_continued_without_its_key_and_no_new_one_is_made(ten: Any) -> None:
    (ten.folder / "audit-key.pem").unlink()

    with pytest.raises(AuditError, match=r"cannot be read.*move its folder away"):
        AuditLog(ten.path)

    assert not (ten.folder / "audit-key.pem").exists()


def test_check_30_a_log_is_not_continued_with_another_key(ten: Any, write_log: Any, tmp_path: Path) -> None:
    other = write_log(tmp_path / "other", 1)
    shutil.copy(other.folder / "audit-key.pem", ten.folder / "audit-key.pem")

    with pytest.raises(AuditError, match="not signed with this key"):
        AuditLog(ten.path)


def test_check_30_the_key_may_be_kept_elsewhere(tmp_path: Path) -> None:
    (tmp_path / "keys").mkdir()
    key_path = tmp_path / "keys" / "signing.pem"

    for name in ("a", "b"):
        log = AuditLog(tmp_path / "log" / "audit.jsonl", key_path=key_path)
        append(log, name)
        log.close()

    assert verify(tmp_path / "log" / "audit.jsonl", signing_key(key_path).public_key()).chain.size == 2
    assert sorted(path.name for path in (tmp_path / "log").iterdir()) == ["audit.jsonl", "checkpoints.jsonl"]


def test_check_30_a_checkpoint_that_cannot_be_written_closes_the_log_to_more_records(tmp_path: Path) -> None:
    written: list[int] = []

    def sync(handle: int) -> None:
        written.append(handle)
        if len(written) == 4:  # the checkpoint at the start, two records, and then the checkpoint over them
            raise OSError("disk full")

    log = AuditLog(tmp_path / "audit.jsonl", rhythm=Rhythm(every=2), sync=sync)
    append(log, "a", "b")

    with pytest.raises(AuditError):
        append(log, "c")
    log.close()

    held = verify(tmp_path / "audit.jsonl", signing_key(tmp_path / "audit-key.pem").public_key())
    assert held.chain.size == 2


def test_check_30_an_end_that_cannot_be_signed_is_told_and_the_files_are_given_back(tmp_path: Path) -> None:
    faults: list[OSError] = []

    def sync(_: int) -> None:
        if faults:
            raise faults.pop()

    log = AuditLog(tmp_path / "audit.jsonl", sync=sync)
    append(log, "a")
    faults.append(OSError("disk full"))

    with pytest.raises(AuditError, match="last checkpoint"):
        log.close()
    log.close()
    AuditLog(tmp_path / "audit.jsonl").close()


def test_check_30_the_files_are_their_owners_alone(ten: Any) -> None:
    modes = {path.name: path.stat().st_mode & 0o777 for path in ten.folder.iterdir()}

    assert modes == {"audit.jsonl": 0o600, "checkpoints.jsonl": 0o600, "audit-key.pem": 0o600}


@pytest.mark.parametrize("kept", [0.0, 0.1, 0.4, 0.5, 0.9, 1.0])
def test_check_30_a_power_cut_in_the_unsigned_end_is_survived(write_log: Any, tmp_path: Path, kept: float) -> None:
    """Whatever part of the end reached the disk: each record of it that is whole is kept, the rest was never told."""
    crashed = write_log(tmp_path, 7, close=False)
    lines = crashed.path.read_bytes().splitlines(keepends=True)
    end = b"".join(lines[4:])
    content = b"".join(lines[:4]) + end[: int(len(end) * kept)]
    crashed.path.write_bytes(content)

    log = AuditLog(crashed.path)
    append(log, "after")
    log.close()

    whole = content.count(b"\n")
    assert sizes(crashed.folder)[-1] == whole + 1
    assert verify(crashed.path, crashed.key).chain.size == whole + 1
    assert [json.loads(line)["record_id"] for line in crashed.lines()][-1] == "after"


def test_check_30_a_power_cut_cannot_have_taken_what_was_signed(ten: Any) -> None:
    ten.path.write_bytes(ten.path.read_bytes()[:-1])

    with pytest.raises(AuditError, match="the first bad sequence number is 10;"):
        AuditLog(ten.path)


def test_check_30_a_log_that_cannot_be_begun_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")

    with pytest.raises(AuditError, match="Not a directory"):
        AuditLog(tmp_path / "file" / "below" / "audit.jsonl")


def test_check_30_records_of_before_the_checkpoints_are_not_taken_for_signed(ten: Any) -> None:
    ten.checkpoints_path.unlink()
    (ten.folder / "audit-key.pem").unlink()

    with pytest.raises(AuditError, match="move its folder away to begin anew"):
        AuditLog(ten.path)
