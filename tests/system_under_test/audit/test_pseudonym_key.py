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
    path.chmod(0o600)

    with pytest.raises(PseudonymKeyError):
        pseudonym_key(path)

    assert path.read_bytes() == b"short"


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o602])
def test_a_key_that_others_can_reach_is_refused(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "key"
    pseudonym_key(path)
    path.chmod(mode)

    with pytest.raises(PseudonymKeyError, match="chmod 600"):
        pseudonym_key(path)
