"""The documents as they stand now, in a SQLite file of the work folder: what a restart serves and an index is held to.

The file is begun from a documents.jsonl. Until something is changed it follows that file; afterwards it is the only
truth, and a different file is refused: starting from it would bring deleted documents and withdrawn permissions back.
"""

import contextlib
import hashlib
import json
import sqlite3
import uuid
from collections.abc import Iterator, Sequence
from pathlib import Path

from system_under_test.errors import DocumentRefused, StoreError
from system_under_test.nouns import Document
from system_under_test.retrieval.document_form import document_of, members_of
from system_under_test.retrieval.documents import corpus_digests

FILE = "documents.sqlite"
_BUSY_SECONDS = 30.0
_FORMAT = "1"
_TABLES = """
    CREATE TABLE IF NOT EXISTS about (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS documents (
        tenant TEXT, id TEXT, content TEXT NOT NULL, digest TEXT NOT NULL, PRIMARY KEY (tenant, id)
    ) WITHOUT ROWID;
"""


class Store:
    """Documents by tenant and id. Every change is on the disk when its call returns. Callable from several threads."""

    def __init__(self, path: Path, seed: Sequence[Document]) -> None:
        """Open the file, or begin it from `seed`.

        Raises StoreError if it cannot be used, or if it holds changes that were made to another seed.
        """
        self._path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600, exist_ok=True)
        with self._connection() as connection:
            connection.executescript(_TABLES)
            about = dict(connection.execute("SELECT name, value FROM about"))
            if about.get("format", _FORMAT) != _FORMAT:
                raise StoreError(f"{path.name} has another format")
            digest = _seed_digest(seed)
            if about.get("seed") != digest:
                if int(about.get("changes", 0)):
                    raise StoreError(
                        f"{path.name} holds changes to another documents file; serve that one, or move the store away"
                    )
                _begin(connection, seed, digest, about.get("identity", uuid.uuid4().hex))
            self.identity = str(dict(connection.execute("SELECT name, value FROM about"))["identity"])
            """32 hexadecimal digits that no other store has."""

    def documents(self) -> tuple[Document, ...]:
        """Every document, in the order of tenant and id. Raises StoreError if one is damaged."""
        documents = []
        with self._connection() as connection:
            rows = connection.execute("SELECT tenant, id, content, digest FROM documents ORDER BY tenant, id")
            for tenant, name, content, digest in rows:
                try:
                    document = document_of(json.loads(content))
                except (ValueError, DocumentRefused) as fault:
                    raise StoreError(f"{self._path.name} holds a document that cannot be read") from fault
                if (tenant, name, content, digest) != _row(document):
                    raise StoreError(f"{self._path.name} holds a damaged document")
                documents.append(document)
        return tuple(documents)

    def put(self, document: Document) -> None:
        """Add the document, or replace its tenant's document of the same id. Raises StoreError."""
        with self._connection() as connection, connection:
            connection.execute("INSERT OR REPLACE INTO documents VALUES (?, ?, ?, ?)", _row(document))
            _count_change(connection)

    def remove(self, tenant: str, document_id: str) -> None:
        """Forget the tenant's document, if there is one. Raises StoreError."""
        with self._connection() as connection, connection:
            connection.execute("DELETE FROM documents WHERE tenant = ? AND id = ?", (tenant, document_id))
            _count_change(connection)

    def move(self, document: Document, old_id: str) -> None:
        """Keep the document in place of its tenant's document `old_id`, both or neither. Raises StoreError."""
        with self._connection() as connection, connection:
            connection.execute("DELETE FROM documents WHERE tenant = ? AND id = ?", (document.tenant, old_id))
            connection.execute("INSERT OR REPLACE INTO documents VALUES (?, ?, ?, ?)", _row(document))
            _count_change(connection)

    @contextlib.contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        """A connection of this call's own. Every fault of SQLite becomes a StoreError."""
        try:
            connection = sqlite3.connect(self._path, timeout=_BUSY_SECONDS)
            try:
                # What is deleted is overwritten, not only forgotten.
                connection.execute("PRAGMA secure_delete = ON")
                connection.execute("PRAGMA synchronous = FULL")
                yield connection
            finally:
                connection.close()
        except sqlite3.Error as fault:
            raise StoreError(f"{self._path.name} cannot be used: {type(fault).__name__}") from fault


def _begin(connection: sqlite3.Connection, seed: Sequence[Document], digest: str, identity: str) -> None:
    about = {"format": _FORMAT, "seed": digest, "identity": identity, "changes": "0"}
    with connection:
        connection.execute("DELETE FROM documents")
        connection.executemany("INSERT INTO documents VALUES (?, ?, ?, ?)", map(_row, seed))
        connection.executemany("INSERT OR REPLACE INTO about VALUES (?, ?)", about.items())


def _count_change(connection: sqlite3.Connection) -> None:
    connection.execute("UPDATE about SET value = CAST(value AS INTEGER) + 1 WHERE name = 'changes'")


def _row(document: Document) -> tuple[str, str, str, str]:
    content = json.dumps(members_of(document), sort_keys=True)
    return document.tenant, document.id, content, hashlib.sha256(content.encode()).hexdigest()


def _seed_digest(seed: Sequence[Document]) -> str:
    return hashlib.sha256(json.dumps(corpus_digests(seed), sort_keys=True).encode()).hexdigest()
