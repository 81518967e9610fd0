"""Vectors: a function of the text alone, kept in one precision, questions never kept."""

from pathlib import Path

import numpy as np

from system_under_test.retrieval.embed import POLICY, MiniLm
from system_under_test.retrieval.vectors import DIMENSIONS, VectorCache, vector_key

TEXTS = ["Annual leave is 27 days.", "Pay day is the 26th.", "word " * 200, "", "\U0001f4a1 caf\u00e9"]


def test_a_vector_does_not_depend_on_its_neighbours(model_cache: Path, tmp_path: Path) -> None:
    together = MiniLm(model_cache, VectorCache(tmp_path / "a", Path("absent"))).passages(TEXTS)
    alone = MiniLm(model_cache, VectorCache(tmp_path / "b", Path("absent")))

    rows = [alone.passages([text])[0] for text in reversed(TEXTS)]

    assert np.array_equal(together, np.stack(rows[::-1]))


def test_corpus_vectors_have_one_precision_whether_computed_or_kept(model_cache: Path, tmp_path: Path) -> None:
    embedder = MiniLm(model_cache, VectorCache(tmp_path, Path("absent")))

    computed, kept = embedder.passages(TEXTS), embedder.passages(TEXTS)

    assert computed.shape == (len(TEXTS), DIMENSIONS)
    assert computed.dtype == np.float32
    assert np.array_equal(computed, kept)
    assert np.array_equal(computed, computed.astype(np.float16).astype(np.float32))
    assert np.allclose(np.linalg.norm(computed, axis=1), 1, atol=1e-3)


def test_a_kept_vector_is_used_and_the_shipped_one_comes_first(model_cache: Path, tmp_path: Path) -> None:
    other = np.eye(DIMENSIONS, dtype=np.float16)[0]
    cache = VectorCache(tmp_path, Path("absent"))
    cache.put({vector_key("text", POLICY): other})

    row = MiniLm(model_cache, cache).passages(["text"])[0]

    assert np.array_equal(row, other)


def test_a_question_is_never_kept(model_cache: Path, tmp_path: Path) -> None:
    embedder = MiniLm(model_cache, VectorCache(tmp_path, Path("absent")))

    vector = embedder.query("How many days?")

    assert vector.shape == (DIMENSIONS,)
    assert vector.dtype == np.float32
    assert list(tmp_path.iterdir()) == []


def test_text_beyond_256_tokens_has_no_influence_and_text_before_it_has(embedder: MiniLm) -> None:
    kept = "leave " * 254

    assert np.array_equal(embedder.query(kept + "pension"), embedder.query(kept))
    assert not np.array_equal(embedder.query("leave " * 200 + "pension"), embedder.query("leave " * 201))


def test_a_meaning_is_nearer_than_another(embedder: MiniLm) -> None:
    question = embedder.query("How many vacation days do I get each year?")
    leave, pay = embedder.passages(["Annual leave is 27 days a year.", "Wages are paid on the 26th."])

    assert question @ leave > question @ pay + 0.1
