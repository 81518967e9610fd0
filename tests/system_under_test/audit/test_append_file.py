"""A file that only grows."""

from pathlib import Path

import pytest

from system_under_test.audit.append_file import AppendFile, InUseError


def test_what_was_appended_is_synced_before_append_returns(tmp_path: Path) -> None:
    path = tmp_path / "file"
    seen: list[bytes] = []
    file = AppendFile(path, lambda _: seen.append(path.read_bytes()))

    file.append(b"one ")
    file.append(b"two")

    assert seen == [b"one ", b"one two"]
    assert (file.size(), file.read(4, 3)) == (7, b"two")
    file.close()


def test_what_stands_there_is_never_written_over(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old ")
    file = AppendFile(path)

    file.read(0, 2)
    file.append(b"new")
    file.close()

    assert path.read_bytes() == b"old new"


def test_an_end_is_cut_and_nothing_is_added_by_cutting(tmp_path: Path) -> None:
    file = AppendFile(tmp_path / "file")
    file.append(b"finished torn")

    file.cut(9)
    file.cut(100)

    assert file.read(0, 100) == b"finished "
    file.close()


def test_a_second_writer_is_refused_until_the_first_has_closed(tmp_path: Path) -> None:
    first = AppendFile(tmp_path / "file")

    with pytest.raises(InUseError, match="another process"):
        AppendFile(tmp_path / "file")
    first.close()
    first.close()
    AppendFile(tmp_path / "file").close()


def test_a_closed_file_is_not_read_through_a_handle_that_is_somebody_elses_now(tmp_path: Path) -> None:
    file = AppendFile(tmp_path / "file")
    file.close()

    with pytest.raises(ValueError, match="closed"):
        file.read(0, 1)
