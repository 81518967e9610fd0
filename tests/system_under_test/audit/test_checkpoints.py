"""Checkpoints and the file they are read from."""

import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from system_under_test.audit.chain import Chain
from system_under_test.audit.checkpoints import (
    CheckpointReader,
    new_origin,
    opened_checkpoint,
    read_line,
    signed_checkpoint,
)
from system_under_test.audit.notes import NoteError, signed_note

NOW = "2026-05-01T00:00:00.000000+00:00"
KEY = Ed25519PrivateKey.generate()


@pytest.fixture
def chain() -> Chain:
    chain = Chain()
    chain.write({}, NOW, None)
    return chain


def test_a_checkpoint_is_read_as_it_was_signed(chain: Chain) -> None:
    made = signed_checkpoint(new_origin(), chain, NOW, KEY)

    assert opened_checkpoint(made.note, KEY.public_key()) == made
    assert read_line(made.line(), KEY.public_key()) == made
    assert (made.size, made.root, made.last_hash, made.time) == (1, chain.tree.root(), chain.last_hash, NOW)


def test_its_text_begins_as_every_transparency_log_has_it(chain: Chain) -> None:
    origin, size, root, *more = signed_checkpoint("a/log", chain, NOW, KEY).note.split("\n")

    assert (origin, size, len(root)) == ("a/log", "1", 44)
    assert more[:3] == [f"last {chain.last_hash}", f"time {NOW}", ""]


def test_two_logs_have_two_names() -> None:
    assert new_origin() != new_origin()


@pytest.mark.parametrize(
    "text",
    ["a/log\n", "a/log\n01\n", "other\n1\n", "a/log\n-1\n", "a/log\n1\n"],
    ids=["short", "size with a zero", "another name", "size below zero", "no root"],
)
def test_a_signed_text_that_is_no_checkpoint_is_refused(text: str) -> None:
    with pytest.raises(NoteError, match="no checkpoint"):
        opened_checkpoint(signed_note(text, "a/log", KEY), KEY.public_key())


def test_a_checkpoint_that_names_another_log_than_its_signature_is_refused(chain: Chain) -> None:
    text = signed_checkpoint("a/log", chain, NOW, KEY).note.rpartition("\n\n")[0] + "\n"

    with pytest.raises(NoteError, match="no checkpoint"):
        opened_checkpoint(signed_note(text, "b/log", KEY), KEY.public_key())


@pytest.mark.parametrize("line", [b"", b"{}", b"[]", b'{"note":1}', b'{"note":"x"}'])
def test_a_line_without_a_note_is_refused(line: bytes) -> None:
    with pytest.raises(NoteError):
        read_line(line, KEY.public_key())


def test_a_line_has_one_spelling(chain: Chain) -> None:
    made = signed_checkpoint("a/log", chain, NOW, KEY)

    for line in (b" " + made.line(), json.dumps({"note": made.note, "more": 1}).encode()):
        with pytest.raises(NoteError, match="more than a note"):
            read_line(line, KEY.public_key())


def test_a_reader_gives_each_checkpoint_at_its_size_and_sees_the_file_grow(ten: Any, tmp_path: Path) -> None:
    lines = ten.checkpoints_path.read_bytes().splitlines(keepends=True)
    path = tmp_path / "growing.jsonl"
    path.write_bytes(lines[0] + lines[1][:-5])

    with CheckpointReader(path, ten.key) as reader:
        found = [reader.at(size) for size in range(4)]
        path.write_bytes(b"".join(lines))
        grown = [reader.at(size) for size in range(4, 9)]
        left = list(reader.left())

    assert [one.size for one in (*found, *grown) if one] == [0, 4, 8]
    assert left == [], "what was not there when the file was opened says nothing about an end that is missing"
    assert reader.count == 3


def test_a_file_that_is_not_there_holds_no_checkpoint(tmp_path: Path) -> None:
    with CheckpointReader(tmp_path / "missing.jsonl", KEY.public_key()) as reader:
        assert reader.at(0) is None
        assert list(reader.left()) == []


def test_checkpoints_of_two_logs_in_one_file_are_refused(tmp_path: Path, chain: Chain) -> None:
    first = signed_checkpoint("a/log", Chain(), NOW, KEY)
    second = signed_checkpoint("b/log", chain, NOW, KEY)
    path = tmp_path / "mixed.jsonl"
    path.write_bytes(first.line() + b"\n" + second.line() + b"\n")

    with CheckpointReader(path, KEY.public_key()) as reader:
        assert reader.at(0) == first
        with pytest.raises(NoteError, match=r"line 2 of checkpoints\.jsonl does not follow"):
            reader.at(1)
