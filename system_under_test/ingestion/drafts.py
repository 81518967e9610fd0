"""A document in the making: the text of a file, what the file declares, and what the run declares for all."""

import hashlib
from dataclasses import dataclass
from pathlib import PurePosixPath
from urllib.parse import quote

from system_under_test.ingestion.faults import FileFault
from system_under_test.ingestion.metadata import Metadata
from system_under_test.ingestion.state import Entry
from system_under_test.nouns import Document
from system_under_test.retrieval.documents import Key


@dataclass(frozen=True, slots=True)
class Defaults:
    """What counts for a document that does not declare it."""

    owner: str | None = None
    classification: str | None = None
    allow_groups: frozenset[str] = frozenset()
    """Empty: a document has to name its groups itself."""
    deny_groups: frozenset[str] = frozenset()
    uri_prefix: str = ""
    """Stands before the path of a file to make its uri."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A document with the file it came from and what to remember of it."""

    document: Document
    entry: Entry


@dataclass(frozen=True, slots=True)
class Body:
    """The converted part of a file."""

    source: str
    text: str
    title: str | None


@dataclass(frozen=True, slots=True)
class Settled:
    """What file and run together declare: who answers for a document, who may see it, where it is found."""

    owner: str
    classification: str
    allow_groups: frozenset[str]
    deny_groups: frozenset[str]
    uri: str


def document_id(tenant: str, path: str, metadata: Metadata) -> str:
    """The declared id, or tenant and path, so that the files of two tenants never share one."""
    return metadata.id if metadata.id is not None else f"{tenant}/{path}"


def settle(path: str, metadata: Metadata, defaults: Defaults) -> Settled:
    """What the file declares, and the defaults where it declares nothing.

    Raises FileFault: `access` if no group may see it, `metadata` if owner or classification are nowhere declared.
    """
    allow = metadata.allow_groups if metadata.allow_groups is not None else defaults.allow_groups
    if not allow:
        raise FileFault("access", "allow_groups is empty" if metadata.allow_groups is not None else "")
    return Settled(
        owner=_declared("owner", metadata.owner or defaults.owner),
        classification=_declared("classification", metadata.classification or defaults.classification),
        allow_groups=allow,
        deny_groups=metadata.deny_groups if metadata.deny_groups is not None else defaults.deny_groups,
        uri=metadata.uri or f"{defaults.uri_prefix}{quote(path)}",
    )


def draft(key: Key, path: str, body: Body, metadata: Metadata, settled: Settled, before: Entry | None) -> Draft:
    """The document that all of it makes."""
    tenant, name = key
    digest = hashlib.sha256(body.text.encode("utf-8")).hexdigest()
    declared = metadata.version or ""
    entry = Entry(path, body.source, digest, body.title, declared, _revision(declared, digest, before))
    document = Document(
        id=name,
        tenant=tenant,
        title=metadata.title or body.title or PurePosixPath(path).stem,
        text=body.text,
        uri=settled.uri,
        version=_version(entry),
        valid_from=metadata.valid_from or "",
        supersedes=metadata.supersedes,
        owner=settled.owner,
        classification=settled.classification,
        allow_groups=settled.allow_groups,
        deny_groups=settled.deny_groups,
        sha256=digest,
        valid_until=metadata.valid_until or "",
    )
    return Draft(document, entry)


def _declared(key: str, value: str | None) -> str:
    if value is None:
        raise FileFault("metadata", f"{key} is declared neither by the file nor by an option")
    return value


def _revision(declared: str, digest: str, before: Entry | None) -> int:
    if before is None or before.declared != declared:
        return 1
    return before.revision if before.text == digest else before.revision + 1


def _version(entry: Entry) -> str:
    """1, 2, 3 without a declared version; with one, the declared, then 3.1+2, 3.1+3 if the text changed under it."""
    if not entry.declared:
        return str(entry.revision)
    return entry.declared if entry.revision == 1 else f"{entry.declared}+{entry.revision}"
