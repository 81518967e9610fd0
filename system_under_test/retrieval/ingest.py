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
from system_under_test.retrieval.library import Library
from system_under_test.retrieval.model import TOKENIZER_SHA256, WEIGHTS_SHA256
from system_under_test.retrieval.reconcile import difference, repair, write


def fill(index: Index, library: Library) -> None:
    """Make an index hold a library, writing only what it does not hold. Raises IndexFault if the counts then differ."""
    records = library.records
    if index.count():
        repair(index, records, difference(library.entries(), index))
    else:
        write(index, records.values())
    if (held := index.count()) != len(records):
        raise IndexFault(f"the index holds {held} passages, the corpus {len(records)}")


def digests_of(documents: Sequence[Document]) -> dict[str, str]:
    """What a release names: corpus, model, and every parameter that can move a rank."""
    return {
        **corpus_digests(documents),
        "model_weights": WEIGHTS_SHA256,
        "tokenizer": TOKENIZER_SHA256,
        "index_parameters": parameters_digest(),
    }


def parameters_digest() -> str:
    """SHA-256 of every parameter that can move a rank or changes what a point is."""
    return _digest(_PARAMETERS)


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


def collection_name(store: str, parameters: str) -> str:
    """The name of a server's collection: one for each store, and another one if a parameter changes."""
    return f"passages-{_digest({'store': store, 'parameters': parameters})[:32]}"
