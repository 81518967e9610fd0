"""Acceptance check 19: a document that arrives tells nobody, by its time, whether another tenant has the same text."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Never

import numpy as np
from numpy.typing import NDArray

from system_under_test.retrieval.edge import EdgeIndex
from system_under_test.retrieval.embed import Embedder
from system_under_test.retrieval.retriever import Retriever
from system_under_test.retrieval.store import Store


class CacheTouchedError(Exception):
    """The cache of vectors, which all tenants share, was asked or filled."""


class NoCache:
    """The word embedder, whose cached way in must not be taken."""

    def __init__(self, real: Embedder) -> None:
        self.real = real

    def passages(self, texts: Sequence[str]) -> Never:
        """Refuse."""
        raise CacheTouchedError(len(texts))

    def query(self, text: str) -> NDArray[np.float32]:
        """Embed."""
        return self.real.query(text)

    def forget(self, texts: Sequence[str]) -> None:
        """Nothing was kept."""

    def words(self) -> frozenset[str]:
        """Those of the real one."""
        return self.real.words()


def test_check_19_an_arriving_document_neither_asks_nor_fills_the_shared_cache(
    fakes: ModuleType, make_edge: Callable[[], EdgeIndex], tmp_path: Path
) -> None:
    documents = [fakes.make_document("acme/a"), fakes.make_document("other/a")]
    engine = fakes.make_engine(documents, make_edge())
    store = Store(tmp_path / "documents.sqlite", documents)
    served = replace(engine, embedder=NoCache(engine.embedder))
    retriever = Retriever(served, {}, store=store, clock=lambda: fakes.TODAY)
    principal = fakes.make_principal("other")
    found = retriever.search(principal, "annual leave", 5).passages

    retriever.put(principal, "other/copy", fakes.as_members(documents[0]))
    retriever.remove(principal, "other/a")
    cited = retriever.sentences([one.passage for one in found])

    assert found
    assert {one.passage_id for one in cited} == {one.passage.id for one in found}
    retriever.close()
