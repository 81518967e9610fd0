"""A database before MLflow uses it."""

from pathlib import Path

import pytest
import sqlalchemy

from harness.tracking.database import folder_of, try_once, unsynced_if_new

SYNC_OFF, SYNC_FULL = 0, 2


def synchronous(uri: str) -> int:
    """How SQLite waits for the disk on a new connection to `uri`."""
    engine = sqlalchemy.create_engine(uri)
    try:
        with engine.connect() as connection:
            return int(connection.exec_driver_sql("PRAGMA synchronous").scalar_one())
    finally:
        engine.dispose()


def test_a_new_file_is_written_without_waiting_and_only_within_the_block(tmp_path: Path) -> None:
    uri = f"sqlite:///{tmp_path}/new.db"

    with unsynced_if_new(uri):
        within = synchronous(uri)

    assert within == SYNC_OFF
    assert synchronous(uri) == SYNC_FULL


def test_a_file_that_is_there_is_written_as_ever(tmp_path: Path) -> None:
    uri = f"sqlite:///{tmp_path}/old.db"
    (tmp_path / "old.db").touch()

    with unsynced_if_new(uri):
        within = synchronous(uri)

    assert within == SYNC_FULL


def test_an_error_in_the_block_ends_it(tmp_path: Path) -> None:
    uri = f"sqlite:///{tmp_path}/new.db"

    with pytest.raises(OSError, match="full"), unsynced_if_new(uri):
        raise OSError("the disk is full")

    assert synchronous(uri) == SYNC_FULL


@pytest.mark.parametrize("uri", ["http://127.0.0.1:1", "sqlite://", "postgresql://host/name"])
def test_only_a_sqlite_file_has_a_folder(uri: str) -> None:
    assert folder_of(uri) is None


def test_the_folder_of_a_new_database_is_made(tmp_path: Path) -> None:
    uri = f"sqlite:///{tmp_path}/a/b/mlflow.db"

    try_once(uri)

    assert folder_of(uri) == tmp_path / "a" / "b"
    assert (tmp_path / "a" / "b").is_dir()


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "mlflow.db").write_text("this is prose, and long enough to be read as a header of a database file")

    with pytest.raises(sqlalchemy.exc.DatabaseError, match="not a database"):
        try_once(f"sqlite:///{tmp_path}/mlflow.db")
