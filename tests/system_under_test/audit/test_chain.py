"""The chain: what one line says of those before it."""

import io
import json

import pytest

from system_under_test.audit.chain import (
    GENESIS,
    LINE_LIMIT,
    BrokenChainError,
    Chain,
    RecordRefusedError,
    line_hash,
    lines_of,
)
from system_under_test.audit.merkle import EMPTY_ROOT, leaf_hash

NOW = "2026-05-01T00:00:00.000000+00:00"
EARLIER = "2026-04-01T00:00:00.000000+00:00"


def test_what_was_written_is_read_and_both_end_in_the_same_state() -> None:
    writer, reader = Chain(), Chain()

    for number in range(5):
        line = writer.write({"record_id": str(number)}, NOW, None)
        assert reader.read(line, None)["record_id"] == str(number)

    assert (writer.size, writer.last_hash, writer.tree.root()) == (reader.size, reader.last_hash, reader.tree.root())


def test_a_line_names_its_place_the_line_before_and_the_checkpoint() -> None:
    chain = Chain()

    first, second = chain.write({}, NOW, "c" * 64), chain.write({}, EARLIER, None)

    assert json.loads(first) == {"checkpoint": "c" * 64, "prev_hash": GENESIS, "seq": 1, "ts": NOW}
    assert json.loads(second) == {"checkpoint": None, "prev_hash": line_hash(first), "seq": 2, "ts": NOW}


def test_what_a_caller_puts_in_the_place_of_the_chains_own_members_does_not_count() -> None:
    line = Chain().write({"seq": 99, "prev_hash": "x", "ts": "x", "checkpoint": "x"}, NOW, None)

    assert json.loads(line)["seq"] == 1


@pytest.mark.parametrize(
    "fields",
    [{"a": float("nan")}, {"a": "\ud800"}, {"a": object()}, {"a": "x" * LINE_LIMIT}],
    ids=["NaN", "half a surrogate pair", "no JSON", "too long"],
)
def test_a_record_that_is_no_line_leaves_the_chain_as_it_was(fields: dict[str, object]) -> None:
    chain = Chain()

    with pytest.raises(RecordRefusedError):
        chain.write(fields, NOW, None)

    assert (chain.size, chain.last_hash, chain.tree.root()) == (0, GENESIS, EMPTY_ROOT)


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({"seq": 3}, "place"),
        ({"seq": True}, "unreadable"),
        ({"seq": None}, "unreadable"),
        ({"ts": 1}, "unreadable"),
        ({"prev_hash": "f" * 64}, "link"),
        ({"ts": EARLIER}, "time"),
        ({"checkpoint": "f" * 64}, "checkpoint"),
    ],
    ids=str,
)
def test_a_line_that_does_not_continue_is_refused_with_its_kind(changes: dict[str, object], kind: str) -> None:
    writer, reader = Chain(), Chain()
    reader.read(writer.write({}, NOW, None), None)
    line = json.dumps({**json.loads(writer.write({}, NOW, None)), **changes}).encode()

    with pytest.raises(BrokenChainError) as told:
        reader.read(line, None)

    assert told.value.kind == kind
    assert reader.size == 1


def test_the_tree_is_over_the_lines_without_their_newlines() -> None:
    chain = Chain()

    line = chain.write({}, NOW, None)

    assert chain.tree.root() == leaf_hash(line)


def test_a_line_of_the_largest_length_is_whole_and_a_longer_one_is_cut() -> None:
    whole, longer = b"x" * LINE_LIMIT, b"y" * (LINE_LIMIT + 100)

    found = list(lines_of(io.BytesIO(whole + b"\n" + longer + b"\n" + b"next\n")))

    assert found[0] == whole
    assert [len(line) for line in found] == [LINE_LIMIT, LINE_LIMIT + 1]


def test_an_unfinished_line_is_no_line() -> None:
    assert list(lines_of(io.BytesIO(b"one\ntwo\nthr"))) == [b"one", b"two"]
