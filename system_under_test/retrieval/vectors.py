"""Vectors of corpus texts, kept by content hash: a shipped read-only Parquet file and a user's SQLite file.

A key covers the text and everything else that a vector depends on, so an entry never goes stale. An entry that fails
its check (digest, length, finite, unit length) is computed again and never served.
"""

import contextlib
import hashlib
import json
import os
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from system_under_test.errors import VectorCacheError

DIMENSIONS = 384
_BYTES = DIMENSIONS * 2
_UNIT_TOLERANCE = 2e-3
"""float16 rounding moves the length of a unit vector by less than this."""
_BUSY_SECONDS = 30.0
_CHUNK = 500
"""Keys in one SQL statement, below SQLite's limit on parameters."""

SHIPPED = Path(__file__).with_name("vectors") / "four-firms.parquet"
"""Written by `python -m system_under_test.retrieval.ship_vectors`."""

Vector = NDArray[np.float32]
Half = NDArray[np.float16]

_SCHEMA = pa.schema([("key", pa.binary(32)), ("vector", pa.binary(_BYTES))])


def vector_key(text: str, policy: str) -> bytes:
    """The 32-byte key of a text's vector under a policy (weights, tokenizer, length, pooling, batch, precision)."""
    return hashlib.sha256(json.dumps([text, policy]).encode()).digest()


class VectorCache:
    """Two layers, the shipped one first. Safe for several threads and processes: each call opens its own connection."""

    def __init__(self, cache_folder: Path, shipped: Path = SHIPPED) -> None:
        """Keep new vectors under `cache_folder/vectors`. Raises VectorCacheError if the shipped file is damaged."""
        self._path = cache_folder / "vectors" / "vectors.sqlite"
        self._shipped = read_shipped(shipped) if shipped.is_file() else {}

    def get(self, keys: Sequence[bytes]) -> dict[bytes, Half]:
        """The sound vectors among `keys`, float16 [384] each; a key that is absent or damaged is left out."""
        found = {key: self._shipped[key] for key in keys if key in self._shipped}
        wanted = sorted({key for key in keys if key not in found})
        if wanted and self._path.is_file():
            found |= self._stored(wanted)
        return found

    def put(self, vectors: Mapping[bytes, Half]) -> None:
        """Keep freshly computed vectors. A damaged entry of the same key is replaced."""
        if not vectors:
            return
        rows = [(key, vector.tobytes(), _check(key, vector.tobytes())) for key, vector in vectors.items()]
        try:
            self._write(rows)
        except OSError as error:
            raise VectorCacheError(f"{self._path.name} cannot be written: {error.strerror}") from error
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.OperationalError):
                raise VectorCacheError(f"{self._path.name} cannot be written: {error}") from error
            # Not a database any more. Nothing in it can be trusted, and everything in it can be computed again.
            self._path.unlink(missing_ok=True)
            self._write(rows)

    def forget(self, keys: Sequence[bytes]) -> None:
        """Delete the user's vectors of these keys, overwriting them. Raises VectorCacheError.

        Shipped vectors stay: they are of texts that are public. A key that is absent changes nothing.
        """
        if not self._path.is_file():
            return
        try:
            with self._connection() as connection, connection:
                connection.execute("PRAGMA secure_delete = ON")
                connection.executemany("DELETE FROM vectors WHERE key = ?", [(key,) for key in keys])
        except sqlite3.OperationalError as error:
            raise VectorCacheError(f"{self._path.name} cannot be written: {error}") from error
        except sqlite3.DatabaseError:
            self._path.unlink(missing_ok=True)

    def _write(self, rows: Sequence[tuple[bytes, bytes, bytes]]) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        # A vector tells what its text is about: nobody but the owner reads the file.
        os.close(os.open(self._path, os.O_CREAT | os.O_WRONLY | os.O_CLOEXEC, 0o600))
        with self._connection() as connection, connection:
            connection.execute(
                "CREATE TABLE IF NOT EXISTS vectors (key BLOB PRIMARY KEY, vector BLOB, digest BLOB) WITHOUT ROWID"
            )
            connection.executemany("INSERT OR REPLACE INTO vectors VALUES (?, ?, ?)", rows)

    def _stored(self, keys: Sequence[bytes]) -> dict[bytes, Half]:
        found = {}
        try:
            with self._connection() as connection:
                for start in range(0, len(keys), _CHUNK):
                    chunk = keys[start : start + _CHUNK]
                    marks = ",".join("?" * len(chunk))
                    # Only question marks are put into the statement; the keys travel as parameters.
                    statement = f"SELECT key, vector, digest FROM vectors WHERE key IN ({marks})"  # noqa: S608
                    for key, content, digest in connection.execute(statement, chunk):
                        if digest == _check(key, content) and (vector := _sound(content)) is not None:
                            found[key] = vector
        except sqlite3.DatabaseError:
            # A file that cannot be read holds nothing; `put` replaces it.
            return {}
        return found

    @contextlib.contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        connection = sqlite3.connect(self._path, timeout=_BUSY_SECONDS)
        try:
            yield connection
        finally:
            connection.close()


def read_shipped(path: Path) -> dict[bytes, Half]:
    """All vectors of a shipped Parquet file by key. Raises VectorCacheError if it or one of its rows is damaged."""
    try:
        table = pq.read_table(path, page_checksum_verification=True)
    except (OSError, pa.ArrowException) as error:
        raise VectorCacheError(f"{path.name} cannot be read: {error}") from error
    if not table.schema.equals(_SCHEMA):
        raise VectorCacheError(f"{path.name} has not the columns key and vector")
    vectors = {}
    for key, content in zip(table["key"].to_pylist(), table["vector"].to_pylist(), strict=True):
        vector = _sound(content)
        if vector is None:
            raise VectorCacheError(f"{path.name} holds a damaged vector")
        vectors[key] = vector
    return vectors


def write_shipped(path: Path, vectors: Mapping[bytes, Half]) -> None:
    """Write vectors as a Parquet file with page checksums, sorted by key so that equal content gives equal bytes."""
    keys = sorted(vectors)
    columns = [
        pa.array(keys, pa.binary(32)),
        pa.array([vectors[key].tobytes() for key in keys], pa.binary(_BYTES)),
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    table = pa.Table.from_arrays(columns, schema=_SCHEMA)
    pq.write_table(table, path, compression="zstd", use_dictionary=False, write_page_checksum=True)


def _check(key: bytes, content: bytes) -> bytes:
    return hashlib.sha256(key + content).digest()


def _sound(content: bytes) -> Half | None:
    """The vector in `content`, or None if it is not a finite vector of unit length."""
    if len(content) != _BYTES:
        return None
    vector = np.frombuffer(content, np.float16)
    length = float(np.linalg.norm(vector.astype(np.float64)))
    # A comparison with NaN is false, so a vector that is not finite is refused here as well.
    return vector if abs(length - 1) <= _UNIT_TOLERANCE else None
