"""Filling an index: everything at first, afterwards only what differs."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from types import ModuleType

import pytest

from system_under_test.errors import IndexFault
from system_under_test.nouns import Document
from system_under_test.retrieval.index import Index
from system_under_test.retrieval.ingest import collection_name, fill
from system_under_test.retrieval.lexicon import Lexicon
from system_under_test.retrieval.library import Library, build_library
from system_under_test.retrieval.sparse import SparseEncoder

pytestmark = pytest.mark.filterwarnings("ignore:Local mode performs exact:UserWarning")


def library_of(fakes: ModuleType, documents: Sequence[Document]) -> Library:
    """The library of documents."""
    encoder = SparseEncoder()
    return build_library(documents, fakes.WordEmbedder(), encoder, Lexicon(encoder))


def test_an_index_that_was_filled_before_is_brought_to_the_documents_of_now(
    fakes: ModuleType, make_index: Callable[[], Index]
) -> None:
    """As many points as before, but one of another document and one of a withdrawn permission."""
    index = make_index()
    kept, closed, gone = (fakes.make_document(f"acme/{name}") for name in ("kept", "closed", "gone"))
    fill(index, library_of(fakes, [kept, closed, gone]))
    now = [kept, replace(closed, allow_groups=frozenset({"board"})), fakes.make_document("acme/new")]

    fill(index, library_of(fakes, now))

    found, _ = fakes.ask_both(index, fakes.make_scope(), "annual leave", 9)
    names = {entry.passage.id: entry.passage.document.id for entry in fakes.entries_of(now)}
    assert {names[hit.id] for hit in found} == {"acme/kept", "acme/new"}
    assert index.held().keys() == names.keys()


def test_an_index_that_holds_something_else_after_filling_is_refused(fakes: ModuleType) -> None:
    with pytest.raises(IndexFault, match="holds 2 passages, the corpus 1"):
        fill(fakes.FixedIndex(["one", "two"]), library_of(fakes, [fakes.make_document()]))


def test_each_store_and_each_change_of_a_parameter_has_a_collection_of_its_own() -> None:
    names = {collection_name(store, parameters) for store in ("a", "b") for parameters in ("1", "2")}

    assert len(names) == 4
