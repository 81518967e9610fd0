"""Strict reader of documents.jsonl: one JSON object a line, exactly the keys of `nouns.Document`."""

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import NoReturn

from system_under_test.errors import DocumentError
from system_under_test.nouns import Document

TENANT = re.compile(r"[a-z0-9][a-z0-9-]{1,62}")
"""The tenants that a token can name (the gateway's rule). Any other tenant could never be asked for."""

_STRINGS = ("id", "tenant", "title", "text", "uri", "version", "valid_from", "owner", "classification")
_MAY_BE_EMPTY = {"valid_from"}
_LISTS = ("allow_groups", "deny_groups")
_REQUIRED = frozenset((*_STRINGS, *_LISTS, "supersedes"))
_KNOWN = _REQUIRED | {"sha256"}


def read_documents(path: Path) -> tuple[Document, ...]:
    """Every document of the file, in its order.

    Raises DocumentError, with file and line, for anything but the exact shape: duplicate or unknown or missing keys,
    a wrong type, NaN, a digest that does not fit the text, a duplicate id, a `supersedes` that names the document
    itself, another tenant's document or a circle; and for a file without documents.
    """
    documents: list[Document] = []
    line_of: dict[str, int] = {}
    for number, line in _lines(path):
        document = _document(path, number, line)
        if document.id in line_of:
            raise DocumentError(path, number, f"id {document.id!r} is already on line {line_of[document.id]}")
        line_of[document.id] = number
        documents.append(document)
    if not documents:
        raise DocumentError(path, 1, "the file holds no document")
    _refuse_bad_succession(path, documents, line_of)
    return tuple(documents)


def superseded_ids(documents: Iterable[Document]) -> frozenset[str]:
    """The ids of the documents that a newer version of the same tenant replaces."""
    tenants = {}
    claims = []
    for document in documents:
        tenants[document.id] = document.tenant
        claims.append((document.supersedes, document.tenant))
    return frozenset(older for older, tenant in claims if older is not None and tenants.get(older) == tenant)


def corpus_digests(documents: Sequence[Document]) -> dict[str, str]:
    """`corpus`: SHA-256 over the sorted text digests; `corpus_metadata`: over everything else, access rules included.

    Neither depends on the order of the file.
    """
    texts = "\n".join(sorted(document.sha256 for document in documents))
    metadata = sorted(json.dumps(_metadata(document), sort_keys=True) for document in documents)
    return {
        "corpus": hashlib.sha256(texts.encode()).hexdigest(),
        "corpus_metadata": hashlib.sha256("\n".join(metadata).encode()).hexdigest(),
    }


def _metadata(document: Document) -> dict[str, object]:
    return {
        "id": document.id,
        "tenant": document.tenant,
        "title": document.title,
        "uri": document.uri,
        "version": document.version,
        "valid_from": document.valid_from,
        "supersedes": document.supersedes,
        "owner": document.owner,
        "classification": document.classification,
        "allow_groups": sorted(document.allow_groups),
        "deny_groups": sorted(document.deny_groups),
        "sha256": document.sha256,
    }


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise DocumentError(path, 0, f"cannot be read: {error.strerror}") from error
    for number, raw in enumerate(content.removesuffix(b"\n").split(b"\n"), start=1):
        try:
            yield number, raw.decode("utf-8")
        except UnicodeDecodeError as error:
            raise DocumentError(path, number, f"is not UTF-8 at byte {error.start}") from error


def _document(path: Path, number: int, line: str) -> Document:
    def refuse(reason: str) -> NoReturn:
        raise DocumentError(path, number, reason)

    try:
        parsed: object = json.loads(line, object_pairs_hook=_without_duplicates, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise DocumentError(path, number, f"is not strict JSON: {error}") from error
    if not isinstance(parsed, dict):
        refuse("is not a JSON object")
    fault = _fault(parsed)
    if fault is not None:
        refuse(fault)
    text = str(parsed["text"])
    digest = hashlib.sha256(text.encode("utf-8")).hexdigest()
    if parsed.get("sha256", digest) != digest:
        refuse("sha256 is not the digest of text")
    return Document(
        **{name: parsed[name] for name in (*_STRINGS, "supersedes")},
        allow_groups=frozenset(parsed["allow_groups"]),
        deny_groups=frozenset(parsed["deny_groups"]),
        sha256=digest,
    )


def _without_duplicates(pairs: list[tuple[str, object]]) -> dict[str, object]:
    result: dict[str, object] = {}
    for key, value in pairs:
        if key in result:
            raise ValueError(f"duplicate key {key!r}")
        result[key] = value
    return result


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON value")


def _fault(parsed: Mapping[str, object]) -> str | None:
    """What is wrong with the shape of one parsed line, or None."""
    if unknown := parsed.keys() - _KNOWN:
        return f"unknown key {min(unknown)!r}"
    if missing := _REQUIRED - parsed.keys():
        return f"key {min(missing)!r} is missing"
    faults = (
        *(_string_fault(name, parsed[name]) for name in _STRINGS),
        *(_list_fault(name, parsed[name]) for name in _LISTS),
        None if parsed["supersedes"] is None else _string_fault("supersedes", parsed["supersedes"]),
        _tenant_fault(parsed["tenant"]),
        _date_fault(parsed["valid_from"]),
    )
    return next((fault for fault in faults if fault is not None), None)


def _string_fault(name: str, value: object) -> str | None:
    if not isinstance(value, str):
        return f"{name} must be a string, not {type(value).__name__}"
    if not value.strip() and name not in _MAY_BE_EMPTY:
        return f"{name} is empty"
    # A lone surrogate passes json.loads but has no UTF-8 form, so it could be neither digested nor served.
    if any("\ud800" <= character <= "\udfff" for character in value):
        return f"{name} holds a lone surrogate"
    return None


def _list_fault(name: str, value: object) -> str | None:
    if not isinstance(value, list):
        return f"{name} must be a list of strings, not {type(value).__name__}"
    return next((fault for item in value if (fault := _string_fault(f"an entry of {name}", item))), None)


def _tenant_fault(value: object) -> str | None:
    if isinstance(value, str) and TENANT.fullmatch(value):
        return None
    return f"tenant {value!r} does not match {TENANT.pattern}"


def _date_fault(value: object) -> str | None:
    if value == "":
        return None
    try:
        # fromisoformat also reads other forms (20260101); only the one that it writes itself is taken.
        exact = date.fromisoformat(str(value)).isoformat() == value
    except ValueError:
        exact = False
    return None if exact else f"valid_from {value!r} is neither empty nor a date like 2026-01-31"


def _refuse_bad_succession(path: Path, documents: Sequence[Document], line_of: Mapping[str, int]) -> None:
    by_id = {document.id: document for document in documents}
    for document in documents:
        older = by_id.get(document.supersedes) if document.supersedes is not None else None
        if older is not None and older.tenant != document.tenant:
            raise DocumentError(path, line_of[document.id], "supersedes names a document of another tenant")
        seen = {document.id}
        while older is not None:
            if older.id in seen:
                raise DocumentError(path, line_of[document.id], "supersedes leads back to the document itself")
            seen.add(older.id)
            older = by_id.get(older.supersedes) if older.supersedes is not None else None
