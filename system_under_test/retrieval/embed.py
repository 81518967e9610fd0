"""Dense vectors: tokenizer and ONNX Runtime, one text at a time, and a cache for the texts of the corpus.

**Batch policy: one.** A text in a padded batch differs from the same text alone by up to 1.5e-7, so with batches a
vector would depend on its neighbours, other tenants' texts included. One text at a time makes a vector a function of
the text alone; on the CPU it is also no slower, since nothing is padded (measured: 70 ms against 96 ms CPU for 256
tokens in batches of 32). Ingestion uses two threads, each with texts of its own.

**Precision.** Vectors of the corpus are kept as float16 and used as float32 of that, whether they were shipped, cached
or just computed. Vectors of questions stay float32 and are never cached.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from onnxruntime import InferenceSession, SessionOptions
from tokenizers import Tokenizer

from system_under_test.retrieval.model import TOKENIZER_SHA256, WEIGHTS_SHA256, model_file, tokenizer_file
from system_under_test.retrieval.vectors import DIMENSIONS, Vector, VectorCache, vector_key

MAX_TOKENS = 256
"""The model's `max_seq_length`. The tokenizer's own file says 128, and padding to a fixed 128; both are overridden."""
POLICY = f"{WEIGHTS_SHA256} {TOKENIZER_SHA256} max={MAX_TOKENS} pooling=mean-l2 batch=one store=float16"
"""Everything that a stored vector depends on besides its text."""

Matrix = NDArray[np.float32]


class Embedder(Protocol):
    """Turns texts into unit vectors of 384 dimensions. Callable from several threads at once."""

    def passages(self, texts: Sequence[str]) -> Matrix:
        """Vectors of corpus texts, float32 [n, 384], each exactly representable in float16."""
        ...

    def query(self, text: str) -> Vector:
        """The vector of a question, float32 [384]."""
        ...

    def forget(self, texts: Sequence[str]) -> None:
        """Drop whatever is kept of corpus texts; whoever still has one of them computes it again."""
        ...

    def words(self) -> frozenset[str]:
        """Common words of the language, lower case: those are never taken for misspelt."""
        ...


class Uncached:
    """An embedder whose vectors of corpus texts are computed each time and never kept.

    For documents that arrive while others are served: a cache answers quicker for a text that any tenant has, and a
    vector that is kept after its document went would outlive it.
    """

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder

    def passages(self, texts: Sequence[str]) -> Matrix:
        """Vectors of corpus texts, float32 [n, 384], each exactly representable in float16."""
        rows = [self._embedder.query(text).astype(np.float16) for text in texts]
        return np.array(rows, np.float32).reshape(len(rows), DIMENSIONS)

    def query(self, text: str) -> Vector:
        """The vector of a question, float32 [384]."""
        return self._embedder.query(text)

    def forget(self, texts: Sequence[str]) -> None:
        """Drop what was kept of corpus texts, by the cache of a start."""
        self._embedder.forget(texts)

    def words(self) -> frozenset[str]:
        """Common words of the language, lower case."""
        return self._embedder.words()


class MiniLm:
    """all-MiniLM-L6-v2 on ONNX Runtime's CPU provider."""

    def __init__(self, cache_folder: Path, cache: VectorCache, *, ingest_threads: int = 2) -> None:
        """Load the model, building its ONNX file under `cache_folder` if need be. Raises ModelError."""
        self._cache = cache
        self._ingest_threads = ingest_threads
        self._tokenizer = Tokenizer.from_file(str(tokenizer_file()))
        self._tokenizer.enable_truncation(MAX_TOKENS)
        self._tokenizer.enable_padding(direction="right", pad_id=0, pad_token="[PAD]")  # noqa: S106 - a padding token
        options = SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        self._session = InferenceSession(model_file(cache_folder), options, providers=["CPUExecutionProvider"])

    def passages(self, texts: Sequence[str]) -> Matrix:
        """Vectors of corpus texts, float32 [n, 384]: from the cache where it holds them, else computed and kept."""
        keys = [vector_key(text, POLICY) for text in texts]
        found = self._cache.get(keys)
        text_of = {key: text for key, text in zip(keys, texts, strict=True) if key not in found}
        with ThreadPoolExecutor(self._ingest_threads) as pool:
            # The longest first, so that no thread is left alone with a long text at the end.
            missing = sorted(text_of, key=lambda key: (-len(text_of[key]), key))
            fresh = dict(zip(missing, pool.map(lambda key: self._stored(text_of[key]), missing), strict=True))
        self._cache.put(fresh)
        found |= fresh
        result = np.empty((len(keys), DIMENSIONS), np.float32)
        for row, key in enumerate(keys):
            result[row] = found[key]
        return result

    def query(self, text: str) -> Vector:
        """The vector of a question, float32 [384]; computed each time, never kept."""
        encoded = self._tokenizer.encode(text)
        inputs = {
            "ids": np.array([encoded.ids], np.int64),
            "mask": np.array([encoded.attention_mask], np.float32),
        }
        vectors: Matrix = np.asarray(self._session.run(["emb"], inputs)[0], np.float32)
        return np.ascontiguousarray(vectors[0])

    def forget(self, texts: Sequence[str]) -> None:
        """Drop the kept vectors of corpus texts, but for those that were shipped. Raises VectorCacheError."""
        self._cache.forget([vector_key(text, POLICY) for text in texts])

    def words(self) -> frozenset[str]:
        """The tokenizer's whole words; a rare or misspelt word is made of several pieces."""
        return frozenset(token for token in self._tokenizer.get_vocab() if not token.startswith("##"))

    def _stored(self, text: str) -> NDArray[np.float16]:
        return self.query(text).astype(np.float16)
