"""Shipping the vectors of a corpus with the package."""

from pathlib import Path
from types import ModuleType

import pytest
from click.testing import CliRunner

from system_under_test.errors import ReferenceSystemError
from system_under_test.retrieval import ship_vectors
from system_under_test.retrieval.documents import read_documents
from system_under_test.retrieval.embed import POLICY, MiniLm
from system_under_test.retrieval.library import corpus_texts
from system_under_test.retrieval.vectors import SHIPPED, VectorCache, read_shipped, vector_key


@pytest.fixture
def cache(tmp_path: Path, model_cache: Path, embedder: MiniLm) -> Path:
    """A cache folder with the built model and no vectors."""
    folder = tmp_path / "cache"
    folder.mkdir()
    (folder / "models").symlink_to(model_cache / "models")
    return folder


def test_every_passage_and_sentence_of_the_corpus_is_shipped(fakes: ModuleType, tmp_path: Path, cache: Path) -> None:
    path = fakes.write_documents(tmp_path / "documents.jsonl", [fakes.make_document()])
    target = tmp_path / "vectors.parquet"

    count = ship_vectors.ship(path, cache, target)
    again = ship_vectors.ship(path, tmp_path / "cache", target)

    _, passages, sentences = corpus_texts(read_documents(path))
    assert count == again == len({*passages, *sentences})
    assert set(read_shipped(target)) == {vector_key(text, POLICY) for text in (*passages, *sentences)}
    assert len(VectorCache(tmp_path / "empty", target).get(list(read_shipped(target)))) == count


def test_a_corpus_that_is_too_large_is_refused_and_the_old_file_stays(
    fakes: ModuleType, tmp_path: Path, cache: Path
) -> None:
    path = fakes.write_documents(tmp_path / "documents.jsonl", [fakes.make_document()])
    target = tmp_path / "vectors.parquet"
    ship_vectors.ship(path, cache, target)
    before = target.read_bytes()

    with pytest.raises(ReferenceSystemError, match="more than 10"):
        ship_vectors.ship(path, cache, target, maximum_bytes=10)

    assert target.read_bytes() == before
    assert sorted(tmp_path.glob("vectors*")) == [target]


def test_a_bad_documents_file_is_reported_without_a_traceback(tmp_path: Path) -> None:
    path = tmp_path / "documents.jsonl"
    path.write_text("{}\n")

    result = CliRunner().invoke(ship_vectors.main, [str(path), "--cache", str(tmp_path)])

    assert result.exit_code == 1
    assert "documents.jsonl:1:" in result.output


def test_the_vectors_in_the_package_are_sound_and_within_the_limit() -> None:
    if not SHIPPED.is_file():
        pytest.skip("no vectors are shipped yet")

    assert read_shipped(SHIPPED)
    assert SHIPPED.stat().st_size <= ship_vectors.MAXIMUM_BYTES
