"""The key behind the pseudonyms."""

from pathlib import Path

import pytest

from system_under_test.audit.pseudonym_key import PseudonymKeyError, pseudonym_key


def test_the_key_is_made_once_and_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "audit" / "key"

    first, second = pseudonym_key(path), pseudonym_key(path)

    assert first == second
    assert len(first) == 32
    assert path.stat().st_mode & 0o077 == 0


def test_a_damaged_key_is_refused_and_not_replaced(tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_bytes(b"short")

    with pytest.raises(PseudonymKeyError):
        pseudonym_key(path)

    assert path.read_bytes() == b"short"
