"""Filling an index from a library, and the digests of everything that can move a rank."""

import hashlib
import json
from collections.abc import Mapping, Sequence

from system_under_test.errors import IndexFault
from system_under_test.nouns import Document
from system_under_test.retrieval import chunk, fuse, index, rerank, sparse, spelling
from system_under_test.retrieval.documents import corpus_digests
from system_under_test.retrieval.embed import POLICY
from system_under_test.retrieval.index import Index
from system_under_test.retrieval.library import Library, dense_vectors, sparse_vectors
from system_under_test.retrieval.model import TOKENIZER_SHA256, WEIGHTS_SHA256


def fill(index: Index, library: Library) -> None:
    """Put a library into an index, unless the index holds all of it already. Raises IndexFault if they then differ."""
    expected = len(library.records)
    if index.count() != expected:
        index.upsert(library.entries(), dense_vectors(library), sparse_vectors(library))
    if (held := index.count()) != expected:
        raise IndexFault(f"the index holds {held} passages, the corpus {expected}")


def digests_of(documents: Sequence[Document]) -> dict[str, str]:
    """What a release names: corpus, model, and every parameter that can move a rank."""
    return {
        **corpus_digests(documents),
        "model_weights": WEIGHTS_SHA256,
        "tokenizer": TOKENIZER_SHA256,
        "index_parameters": _digest(_PARAMETERS),
    }


_PARAMETERS: Mapping[str, object] = {
    "vectors": POLICY,
    "sparse": [sparse.K1, sparse.B, sparse.AVERAGE_LENGTH, sparse.LANGUAGE],
    "chunk": [chunk.WORDS, chunk.SECTION_WORDS],
    "legs": index.LEG_LIMIT,
    "spelling": [spelling.SHORTEST, spelling.LONG, spelling.MOST_CORRECTIONS],
    "decimals": index.DECIMALS,
    "fuse": fuse.DENSE_SHARE,
    "rerank": rerank.WEIGHTS,
}


def _digest(value: Mapping[str, object]) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()


def collection_name(digests: Mapping[str, str]) -> str:
    """A name for a server's collection that changes with anything that it would hold or be asked."""
    return f"passages-{_digest(digests)[:32]}"
