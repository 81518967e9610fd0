"""A database that MLflow is to use: whether it can be reached, where a SQLite file lies, and how a new one is made."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from sqlite3 import Connection
from urllib.parse import urlsplit

import sqlalchemy
from sqlalchemy import Engine, event

_KINDS = frozenset({"sqlite", "postgresql", "mysql", "mssql"})


def try_once(tracking_uri: str) -> None:
    """Opens the database and asks for its tables; nothing for a URI that is no database.

    MLflow itself tries ten times, which takes 100 seconds. Raises what SQLAlchemy and the driver raise.
    """
    if urlsplit(tracking_uri).scheme.split("+")[0] not in _KINDS:
        return
    if folder := folder_of(tracking_uri):
        folder.mkdir(parents=True, exist_ok=True)
    engine = sqlalchemy.create_engine(tracking_uri)
    try:
        sqlalchemy.inspect(engine).get_table_names()
    finally:
        engine.dispose()


def folder_of(tracking_uri: str) -> Path | None:
    """The folder of a SQLite file; None for every other store."""
    file = _file_of(tracking_uri)
    return file.parent if file else None


@contextmanager
def unsynced_if_new(tracking_uri: str) -> Iterator[None]:
    """Within the block a SQLite file that is not there yet is written without waiting for the disk; then it is synced.

    MLflow makes its tables in some sixty migrations, and each statement of them waits for the disk: most of the time
    that a new database takes. Until the end of the block a power failure may cost a file that held nothing before.
    """
    file = _file_of(tracking_uri)
    if file is None or file.exists():
        yield
        return
    event.listen(Engine, "connect", _do_not_sync)
    try:
        yield
    finally:
        event.remove(Engine, "connect", _do_not_sync)
        if file.exists():
            with file.open("rb+") as written:
                os.fsync(written.fileno())


def _do_not_sync(connection: object, _record: object) -> None:
    if isinstance(connection, Connection):
        connection.execute("PRAGMA synchronous=OFF")


def _file_of(tracking_uri: str) -> Path | None:
    if not tracking_uri.startswith("sqlite"):
        return None
    database = sqlalchemy.make_url(tracking_uri).database
    return Path(database).resolve() if database and database != ":memory:" else None
