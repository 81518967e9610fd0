"""The command that holds the index to the store of documents, and what it is made of."""

import os
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest
from click.testing import CliRunner

from system_under_test.reconcile import reconcile
from system_under_test.retrieval.documents import read_documents
from system_under_test.retrieval.examine import examine
from system_under_test.retrieval.ingest import collection_name, parameters_digest
from system_under_test.retrieval.retriever import build_retriever, server_index
from system_under_test.retrieval.store import FILE, Store


@pytest.fixture(scope="session")
def fakes(load_doubles: Callable[[Path], ModuleType], repository: Path) -> ModuleType:
    """The doubles of the retrieval tests."""
    return load_doubles(repository / "tests" / "system_under_test" / "retrieval" / "fakes_retrieval.py")


@pytest.fixture
def folders(fakes: ModuleType, tmp_path: Path, repository: Path) -> dict[str, Path]:
    """A corpus of two documents, a work folder, and a cache folder with the model."""
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache" / "models").symlink_to(repository / ".cache" / "models")
    documents = fakes.write_documents(
        tmp_path / "documents.jsonl", [fakes.make_document("acme/a"), fakes.make_document("other/a")]
    )
    return {"documents": documents, "work": tmp_path / "work", "cache": tmp_path / "cache"}


Run = Callable[..., tuple[int, str]]


@pytest.fixture
def run(folders: dict[str, Path], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs the command without a server."""
    monkeypatch.delenv("QDRANT_URL", raising=False)

    def start(*more: str) -> tuple[int, str]:
        arguments = [f"--documents={folders['documents']}", f"--work-folder={folders['work']}"]
        result = CliRunner().invoke(reconcile, [*arguments, f"--cache-folder={folders['cache']}", *more])
        return result.exit_code, result.output

    return start


def test_an_index_that_agrees_with_a_changed_store_exits_with_zero(
    fakes: ModuleType, folders: dict[str, Path], run: Run
) -> None:
    retriever = build_retriever(folders["documents"], folders["work"], folders["cache"])
    retriever.put(fakes.make_principal("acme"), "acme/new", fakes.as_members(fakes.make_document(text="New words.")))
    retriever.remove(fakes.make_principal("acme"), "acme/a")
    retriever.close()

    code, output = run("--ids")

    assert (code, output.split()) == (0, ["missing", "0", "stale", "0", "extra", "0"])


def test_a_store_that_cannot_be_used_exits_with_four_and_the_reason(folders: dict[str, Path], run: Run) -> None:
    folders["work"].mkdir()
    (folders["work"] / "documents.sqlite").write_bytes(b"no database" * 1_000)

    code, output = run()

    assert code == 4
    assert "documents.sqlite cannot be used" in output


def test_a_difference_in_a_servers_collection_is_found_and_left_as_it_is(
    fakes: ModuleType, folders: dict[str, Path]
) -> None:
    if (url := os.environ.get("QDRANT_URL")) is None:
        pytest.skip("no Qdrant server: QDRANT_URL is not set")
    where = folders["documents"], folders["work"], folders["cache"]
    build_retriever(*where, qdrant_url=url).close()
    store = Store(folders["work"] / FILE, read_documents(folders["documents"]))
    index = server_index(url, collection_name(store.identity, parameters_digest()))
    (gone,) = (name for name, held in index.held().items() if held.tenant == "acme")

    before = examine(*where, qdrant_url=url)
    index.delete("acme", [gone])
    after = [examine(*where, qdrant_url=url) for _ in range(2)]
    index.close()

    assert not before
    assert [one.missing for one in after] == [{"acme": {gone}}] * 2
