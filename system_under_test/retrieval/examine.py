"""Reconciliation from outside the service: whether the index holds what the store of documents says."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

from system_under_test.retrieval.documents import read_documents
from system_under_test.retrieval.ingest import collection_name, parameters_digest
from system_under_test.retrieval.reconcile import Difference, difference, entries_of
from system_under_test.retrieval.retriever import build_retriever, server_index
from system_under_test.retrieval.store import FILE, Store
from system_under_test.retrieval.validity import utc_today


def examine(
    documents_path: Path,
    work_folder: Path,
    cache_folder: Path,
    *,
    qdrant_url: str | None = None,
    clock: Callable[[], date] = utc_today,
) -> Difference:
    """What the index holds against the store. The arguments are those of `build_retriever`, and so are the errors.

    A server's collection is looked at as it is and not changed. An embedded index lives only as long as its service;
    here one is built as a start would build it, and looked at.
    """
    if qdrant_url is None:
        retriever = build_retriever(documents_path, work_folder, cache_folder, clock=clock)
        try:
            return retriever.corpus.difference()
        finally:
            retriever.close()
    store = Store(work_folder / FILE, read_documents(documents_path))
    index = server_index(qdrant_url, collection_name(store.identity, parameters_digest()))
    try:
        return difference(entries_of(store.documents(), clock()), index)
    finally:
        index.close()
