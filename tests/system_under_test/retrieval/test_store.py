"""The store of documents: durable, faithful, and never back to what was withdrawn."""

import sqlite3
import stat
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest

from system_under_test.errors import StoreError
from system_under_test.nouns import Document
from system_under_test.retrieval.store import Store


@pytest.fixture
def seed(fakes: ModuleType) -> list[Document]:
    """Two tenants' documents, one id in both."""
    return [fakes.make_document("a", tenant="acme"), fakes.make_document("a", tenant="other", valid_until="2026-12-31")]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the store is."""
    return tmp_path / "work" / "documents.sqlite"


def test_it_begins_with_the_documents_of_the_file_and_a_name_of_its_own(
    seed: list[Document], path: Path, tmp_path: Path
) -> None:
    store = Store(path, seed)

    assert store.documents() == tuple(seed)
    assert Store(path, seed).identity == store.identity
    assert Store(tmp_path / "another.sqlite", seed).identity != store.identity
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_changes_survive_a_restart(fakes: ModuleType, seed: list[Document], path: Path) -> None:
    store = Store(path, seed)
    new = fakes.make_document("new", tenant="acme", supersedes="a", deny_groups=frozenset({"guests"}))
    moved = replace(seed[1], id="moved")

    store.put(new)
    store.put(replace(seed[0], allow_groups=frozenset()))
    store.move(moved, "a")
    store.remove("acme", "new")
    store.remove("acme", "absent")

    assert Store(path, seed).documents() == (replace(seed[0], allow_groups=frozenset()), moved)


def test_an_unchanged_store_follows_the_file_and_a_changed_one_refuses_another(
    fakes: ModuleType, seed: list[Document], path: Path
) -> None:
    Store(path, seed)
    other_seed = [*seed, fakes.make_document("b", tenant="acme")]
    followed = Store(path, other_seed)
    identity = followed.identity

    followed.remove("acme", "a")

    assert Store(path, other_seed).identity == identity
    with pytest.raises(StoreError, match="changes to another documents file"):
        Store(path, seed)
    assert [document.id for document in Store(path, other_seed).documents()] == ["b", "a"]


def test_words_that_look_like_sql_are_only_words(fakes: ModuleType, path: Path) -> None:
    odd = fakes.make_document("a'); DROP TABLE documents; --", tenant="acme", title='"; --')
    store = Store(path, [odd])

    store.remove("acme", "' OR '1'='1")

    assert store.documents() == (odd,)


def test_deleted_words_are_gone_from_the_file(fakes: ModuleType, path: Path) -> None:
    store = Store(path, [fakes.make_document("a", text="The canary is Zephyrine."), fakes.make_document("b")])
    assert b"Zephyrine" in path.read_bytes()

    store.remove("a", "a")

    assert b"Zephyrine" not in path.read_bytes()


DAMAGE: dict[str, Callable[[sqlite3.Connection], object]] = {
    "content": lambda c: c.execute("UPDATE documents SET content = replace(content, 'everyone', 'nobody12')"),
    "tenant": lambda c: c.execute("UPDATE documents SET tenant = 'third' WHERE tenant = 'acme'"),
    "digest": lambda c: c.execute("UPDATE documents SET digest = 'x'"),
    "table": lambda c: c.execute("ALTER TABLE documents DROP COLUMN digest"),
    "format": lambda c: c.execute("UPDATE about SET value = '2' WHERE name = 'format'"),
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE.keys())
def test_damage_is_refused(seed: list[Document], path: Path, damage: Callable[[sqlite3.Connection], object]) -> None:
    Store(path, seed)
    connection = sqlite3.connect(path)
    with connection:
        damage(connection)
    connection.close()

    with pytest.raises(StoreError):
        Store(path, seed).documents()


def test_a_file_that_is_no_database_is_refused(seed: list[Document], tmp_path: Path) -> None:
    path = tmp_path / "documents.sqlite"
    path.write_bytes(b"these are not the tables you are looking for" * 100)

    with pytest.raises(StoreError, match="cannot be used"):
        Store(path, seed)
