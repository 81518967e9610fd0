"""Strict reader of documents.jsonl: one JSON object a line, exactly the members of `nouns.Document`."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NoReturn

from system_under_test.errors import DocumentError, DocumentRefused
from system_under_test.nouns import Document
from system_under_test.retrieval.document_form import document_of, metadata_of

Key = tuple[str, str]
"""Tenant and id. An id alone names nothing: two tenants may use the same one and never learn of it."""


def key_of(document: Document) -> Key:
    """What a document is known by."""
    return document.tenant, document.id


def read_documents(path: Path) -> tuple[Document, ...]:
    """Every document of the file, in its order.

    Raises DocumentError, with file and line, for anything but the exact shape: duplicate or unknown or missing keys,
    a wrong type, NaN, a digest that does not fit the text, an id that its tenant has already used, a `supersedes` that
    names the document itself, only another tenant's document, or a circle; and for a file without documents.
    """
    documents: list[Document] = []
    line_of: dict[Key, int] = {}
    for number, line in _lines(path):
        document = _document(path, number, line)
        key = key_of(document)
        if key in line_of:
            raise DocumentError(path, number, f"id {document.id!r} is already on line {line_of[key]}")
        line_of[key] = number
        documents.append(document)
    if not documents:
        raise DocumentError(path, 1, "the file holds no document")
    _refuse_bad_succession(path, documents, line_of)
    return tuple(documents)


def corpus_digests(documents: Sequence[Document]) -> dict[str, str]:
    """`corpus`: SHA-256 over the sorted text digests; `corpus_metadata`: over everything else, access rules included.

    Neither depends on the order of the file.
    """
    texts = "\n".join(sorted(document.sha256 for document in documents))
    metadata = sorted(json.dumps(metadata_of(document), sort_keys=True) for document in documents)
    return {
        "corpus": hashlib.sha256(texts.encode()).hexdigest(),
        "corpus_metadata": hashlib.sha256("\n".join(metadata).encode()).hexdigest(),
    }


def leads_back(document: Document, by_id: Mapping[str, Document]) -> bool:
    """Whether `supersedes`, followed through the tenant's own documents, comes back to the document."""
    seen = {document.id}
    older = document.supersedes
    while older is not None:
        if older in seen:
            return True
        seen.add(older)
        older = by_id[older].supersedes if older in by_id else None
    return False


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise DocumentError(path, 0, f"cannot be read: {error.strerror}") from error
    if not content:
        return
    for number, raw in enumerate(content.removesuffix(b"\n").split(b"\n"), start=1):
        try:
            yield number, raw.decode("utf-8")
        except UnicodeDecodeError as error:
            raise DocumentError(path, number, f"is not UTF-8 at byte {error.start}") from error


def _document(path: Path, number: int, line: str) -> Document:
    try:
        parsed: object = json.loads(line, object_pairs_hook=_without_duplicates, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise DocumentError(path, number, f"is not strict JSON: {error}") from error
    if not isinstance(parsed, dict):
        raise DocumentError(path, number, "is not a JSON object")
    try:
        return document_of(parsed)
    except DocumentRefused as refusal:
        raise DocumentError(path, number, str(refusal)) from refusal


def _without_duplicates(pairs: list[tuple[str, object]]) -> dict[str, object]:
    result: dict[str, object] = {}
    for key, value in pairs:
        if key in result:
            raise ValueError(f"duplicate key {key!r}")
        result[key] = value
    return result


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON value")


def _refuse_bad_succession(path: Path, documents: Sequence[Document], line_of: Mapping[Key, int]) -> None:
    by_tenant: dict[str, dict[str, Document]] = {}
    for document in documents:
        by_tenant.setdefault(document.tenant, {})[document.id] = document
    ids = {document.id for document in documents}
    for document in documents:
        own, older = by_tenant[document.tenant], document.supersedes
        # Only whoever writes the file is told; a document that is handed in by its tenant is never compared like this.
        if older in ids and older not in own:
            raise DocumentError(path, line_of[key_of(document)], "supersedes names a document of another tenant")
        if leads_back(document, own):
            raise DocumentError(path, line_of[key_of(document)], "supersedes leads back to the document itself")
