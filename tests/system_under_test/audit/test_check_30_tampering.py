"""Check 30: whatever is done to a signed log is found, and the first bad sequence number is named."""

import json
import tracemalloc
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import takewhile
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from system_under_test.audit.audit_key import signing_key
from system_under_test.audit.chain import Chain
from system_under_test.audit.checkpoints import new_origin, signed_checkpoint
from system_under_test.audit.log import AuditLog
from system_under_test.audit.records import Record
from system_under_test.audit.signer import Rhythm
from system_under_test.audit.verification import Expected, NoLogError, TamperedError, Verified, verify
from system_under_test.strict_json import canonical

Anew = Callable[[list[bytes]], list[bytes]]
TEN = range(1, 11)


def first_bad(log: Any, **expected: Any) -> int:
    """The sequence number that verification names."""
    with pytest.raises(TamperedError) as told:
        verify(log.path, log.key, expected=Expected(**expected))
    assert f"the first bad sequence number is {told.value.first_bad}" in str(told.value)
    return told.value.first_bad


def named(edited: int) -> int:
    """The number that is named for a record that was edited alone.

    That of the record, but for the very last one: nothing follows that would tell whether it was changed alone or the
    chain before it was written anew, so that the first number after the last checkpoint that agrees is named.
    """
    return 9 if edited == 10 else edited


def changed(line: bytes, **fields: object) -> bytes:
    return canonical({**json.loads(line), **fields})


def test_check_30_an_untouched_log_holds(ten: Any) -> None:
    held = verify(ten.path, ten.key)

    assert (held.chain.size, held.checkpoints, held.unsigned, held.unfinished) == (10, 4, 0, 0)
    assert [one.size for one in ten.checkpoints()] == [0, 4, 8, 10]


@pytest.mark.parametrize("place", TEN)
@pytest.mark.parametrize("field", [{"outcome": "refused"}, {"tenant": "globex"}, {"added": 1}], ids=str)
def test_check_30_an_edited_record_is_named(ten: Any, place: int, field: dict[str, object]) -> None:
    lines = ten.lines()
    lines[place - 1] = changed(lines[place - 1], **field)
    ten.put(lines)

    assert first_bad(ten) == named(place)


@pytest.mark.parametrize("place", TEN)
def test_check_30_an_edited_link_is_named_and_not_the_record_it_points_to(ten: Any, place: int) -> None:
    lines = ten.lines()
    lines[place - 1] = changed(lines[place - 1], prev_hash="f" * 64)
    ten.put(lines)

    assert first_bad(ten) == place


@pytest.mark.parametrize("place", TEN)
def test_check_30_a_deleted_record_is_named(ten: Any, place: int) -> None:
    lines = ten.lines()
    del lines[place - 1]
    ten.put(lines)

    assert first_bad(ten) == place


@pytest.mark.parametrize("place", range(1, 10))
def test_check_30_reordered_records_are_named(ten: Any, place: int) -> None:
    lines = ten.lines()
    lines[place - 1], lines[place] = lines[place], lines[place - 1]
    ten.put(lines)

    assert first_bad(ten) == place


@pytest.mark.parametrize("place", TEN)
def test_check_30_a_record_that_stands_twice_is_named(ten: Any, place: int) -> None:
    lines = ten.lines()
    lines.insert(place, lines[place - 1])
    ten.put(lines)

    assert first_bad(ten) == place + 1


@pytest.mark.parametrize("kept", range(10))
def test_check_30_a_cut_off_end_is_named_down_to_an_empty_log(ten: Any, kept: int) -> None:
    ten.put(ten.lines()[:kept])

    assert first_bad(ten) == kept + 1


def test_check_30_a_log_without_its_file_is_an_empty_one(ten: Any) -> None:
    ten.path.unlink()

    assert first_bad(ten) == 1


@pytest.mark.parametrize(("place", "named"), [(1, 1), (3, 1), (4, 1), (5, 5), (8, 5), (9, 9), (10, 9)])
def test_check_30_a_chain_that_was_written_anew_is_named_by_the_first_checkpoint_that_disagrees(
    ten: Any, chain_anew: Anew, place: int, named: int
) -> None:
    lines = ten.lines()
    lines[place - 1] = changed(lines[place - 1], tenant="globex")
    ten.put(chain_anew(lines))

    assert first_bad(ten) == named


def test_check_30_deleting_a_record_and_chaining_anew_is_found(ten: Any, chain_anew: Anew) -> None:
    lines = ten.lines()
    ten.put(chain_anew(lines[:6] + lines[7:]))

    assert first_bad(ten) == 8, "the record that names a checkpoint stands in another place now"


def test_check_30_deleting_a_record_and_mending_every_other_is_found(ten: Any, chain_anew: Anew) -> None:
    lines = [changed(line, checkpoint=None) for line in ten.lines()]
    lines = lines[:6] + lines[7:]
    for checkpoint in ten.checkpoints()[:-1]:
        lines[checkpoint.size] = changed(lines[checkpoint.size], checkpoint=checkpoint.digest())
    ten.put([*ten.lines()[:4], *chain_anew([*ten.lines()[:4], *lines[4:]])[4:]])

    assert first_bad(ten) == 5


def test_check_30_a_removed_file_of_checkpoints_is_found(ten: Any) -> None:
    ten.checkpoints_path.unlink()

    assert first_bad(ten) == 1


@pytest.mark.parametrize(("removed", "named"), [(0, 1), (1, 5), (2, 9)])
def test_check_30_a_removed_checkpoint_is_named_by_the_record_that_names_it(ten: Any, removed: int, named: int) -> None:
    checkpoints = ten.checkpoints()
    del checkpoints[removed]
    ten.put_checkpoints(checkpoints)

    assert first_bad(ten) == named


def test_check_30_checkpoints_in_another_order_are_found(ten: Any) -> None:
    first, second, third, fourth = ten.checkpoints()
    ten.put_checkpoints([first, second, fourth, third])

    assert first_bad(ten) == 9


def test_check_30_another_key_is_found(ten: Any) -> None:
    with pytest.raises(TamperedError, match="not signed with this key") as told:
        verify(ten.path, Ed25519PrivateKey.generate().public_key())

    assert told.value.first_bad == 1


def test_check_30_a_log_that_was_signed_anew_with_another_key_is_found(ten: Any, chain_anew: Anew) -> None:
    forger, chain, forged = Ed25519PrivateKey.generate(), Chain(), []
    begin = signed_checkpoint(new_origin(), chain, "2026-05-01T00:00:00.000000+00:00", forger)
    lines = [changed(line, checkpoint=None, tenant="globex") for line in ten.lines()]
    lines[0] = changed(lines[0], checkpoint=begin.digest())
    for line in (lines := chain_anew(lines)):
        chain.read(line, json.loads(line)["checkpoint"])
    forged = [begin, signed_checkpoint(begin.origin, chain, "2026-05-01T00:00:00.000000+00:00", forger)]
    ten.put(lines)
    ten.put_checkpoints(forged)

    assert verify(ten.path, forger.public_key()).chain.size == 10
    assert first_bad(ten) == 1


def test_check_30_a_time_that_goes_backwards_is_found(
    ten: Any, chain_anew: Anew, write_log: Any, tmp_path: Path
) -> None:
    crashed = write_log(tmp_path / "crash", 7, close=False)
    lines = crashed.lines()
    lines[5] = changed(lines[5], ts="2020-01-01T00:00:00.000000+00:00")
    crashed.put(chain_anew(lines))

    assert first_bad(crashed) == 6


@pytest.mark.parametrize("garbage", [b"x", b"[]", b'{"seq": 11}', b"\xff\xfe", b'{"a":1,"a":1}', b"", b"x" * (1 << 20)])
def test_check_30_a_line_that_is_no_record_is_named(ten: Any, garbage: bytes) -> None:
    ten.put([*ten.lines(), garbage])

    assert first_bad(ten) == 11


def test_check_30_a_line_without_end_does_not_fill_the_memory(ten: Any) -> None:
    with ten.path.open("ab") as file:
        file.truncate(file.tell() + (1 << 28))  # sparse: 256 MiB of zeros and no newline

    tracemalloc.start()
    found = first_bad(ten)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert found == 11
    assert peak < 1 << 24


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_check_30_any_changed_byte_is_found_in_the_record_it_is_in(ten: Any, ten_records: Any, data: Any) -> None:
    content = bytearray(ten_records.path.read_bytes())
    place, mask = data.draw(st.integers(0, len(content) - 1)), data.draw(st.integers(1, 255))
    record = content[:place].count(b"\n") + 1
    content[place] ^= mask
    ten.path.write_bytes(content)

    assert first_bad(ten) in {record, named(record)}


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_check_30_any_changed_byte_of_the_checkpoints_is_found(ten: Any, ten_records: Any, data: Any) -> None:
    content = bytearray(ten_records.checkpoints_path.read_bytes())
    place, mask = data.draw(st.integers(0, len(content) - 2)), data.draw(st.integers(1, 255))
    line = content[:place].count(b"\n")
    content[place] ^= mask
    ten.checkpoints_path.write_bytes(content)

    assert first_bad(ten) == [1, 1, 5, 9][line]


def test_check_30_records_after_the_last_checkpoint_are_chained_and_counted(write_log: Any, tmp_path: Path) -> None:
    crashed = write_log(tmp_path, 7, close=False)

    held = verify(crashed.path, crashed.key)

    assert (held.chain.size, held.unsigned, held.checkpoints) == (7, 3, 2)


@pytest.mark.parametrize("place", [5, 6])
def test_check_30_an_edited_record_after_the_last_checkpoint_is_named(
    write_log: Any, tmp_path: Path, place: int
) -> None:
    crashed = write_log(tmp_path, 7, close=False)
    lines = crashed.lines()
    lines[place - 1] = changed(lines[place - 1], tenant="globex")
    crashed.put(lines)

    assert first_bad(crashed) == place


def test_check_30_an_unfinished_last_line_is_counted_and_is_no_record(ten: Any) -> None:
    with ten.path.open("ab") as file:
        file.write(b'{"torn')
    with ten.checkpoints_path.open("ab") as file:
        file.write(b'{"note":"torn')

    held = verify(ten.path, ten.key)

    assert (held.chain.size, held.unfinished, held.checkpoints) == (10, 6, 4)


def shortened(log: Any) -> None:
    """Cut off together with every checkpoint over it: nothing in the files is wrong."""
    log.put(log.lines()[:6])
    log.put_checkpoints(log.checkpoints()[:2])


def test_check_30_what_the_files_cannot_show_is_shown_by_what_was_kept_elsewhere(ten: Any) -> None:
    kept = ten.checkpoints()
    shortened(ten)

    assert verify(ten.path, ten.key).chain.size == 6
    assert first_bad(ten, checkpoints=(kept[-1],)) == 7
    assert first_bad(ten, size=10) == 7


def test_check_30_what_was_kept_elsewhere_agrees_with_an_untouched_log(ten: Any) -> None:
    expected = Expected(tuple(ten.checkpoints()), 10)

    assert verify(ten.path, ten.key, expected=expected).chain.size == 10


def test_check_30_another_log_of_the_same_key_is_not_taken_for_this_one(ten: Any, tmp_path: Path) -> None:
    kept = ten.checkpoints()
    (tmp_path / "new").mkdir()
    AuditLog(tmp_path / "new" / "audit.jsonl", key_path=ten.folder / "audit-key.pem").close()

    for checkpoint in kept:
        with pytest.raises(TamperedError, match="another one"):
            verify(tmp_path / "new" / "audit.jsonl", ten.key, expected=Expected((checkpoint,)))


def test_check_30_two_statements_of_the_same_size_are_found(ten: Any) -> None:
    """A log that shows one history to one and another to somebody else has signed both."""
    genuine = ten.checkpoints()[1]
    other = Chain()
    for _ in range(4):
        other.write({}, genuine.time, None)
    second = signed_checkpoint(genuine.origin, other, genuine.time, signing_key(ten.folder / "audit-key.pem"))

    for outside in ((genuine, second), (second, genuine)):
        with pytest.raises(TamperedError, match="signed two different logs of 4 records"):
            verify(ten.path, ten.key, expected=Expected(outside))


def test_check_30_a_folder_without_a_log_is_told_apart_from_an_empty_log(tmp_path: Path) -> None:
    with pytest.raises(NoLogError):
        verify(tmp_path / "audit.jsonl", Ed25519PrivateKey.generate().public_key())


def test_check_30_a_log_is_verified_while_it_is_written(tmp_path: Path) -> None:
    path = tmp_path / "audit.jsonl"
    log = AuditLog(path, rhythm=Rhythm(every=1), sync=lambda _: None)
    key = log._signer._key.public_key()

    def verified() -> list[Verified]:
        return [verify(path, key) for _ in range(6)]

    with ThreadPoolExecutor(1) as pool:
        readings = pool.submit(verified)
        for number in range(150):
            log.append(Record(str(number), "answer", "answered", 200)).result()
    log.close()

    sizes = [held.chain.size for held in readings.result()]
    assert sizes == sorted(sizes)
    assert verify(path, key).chain.size == 150


def test_check_30_memory_does_not_grow_with_the_log(tmp_path: Path) -> None:
    peaks = []
    for records in (200, 2_000):
        path = tmp_path / str(records) / "audit.jsonl"
        log = AuditLog(path, rhythm=Rhythm(every=8), sync=lambda _: None)
        for future in [log.append(Record(str(n), "answer", "answered", 200)) for n in range(records)]:
            future.result()
        key = log._signer._key.public_key()
        log.close()
        tracemalloc.start()
        assert verify(path, key).chain.size == records
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()

    assert path.stat().st_size > 1_000_000
    assert max(peaks) < 100_000


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_check_30_no_other_arrangement_of_the_lines_holds(ten: Any, ten_records: Any, data: Any) -> None:
    lines = ten_records.lines()
    kept = data.draw(st.integers(0, 10))
    arranged = lines[:kept] + data.draw(st.lists(st.sampled_from(lines), max_size=11 - kept))
    assume(arranged != lines)
    ten.put(arranged)

    agree = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(arranged, lines, strict=False)))
    assert first_bad(ten) == agree + 1
