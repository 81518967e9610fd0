"""What the run before knew of each file, kept beside the output, so that an unchanged file is not converted again.

The texts themselves are read from the output. An entry counts only while the output still holds the text it names, so
a lost, old or altered output costs time and never gives a wrong text.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from system_under_test.errors import DocumentError
from system_under_test.ingestion.atomic import write_atomically
from system_under_test.ingestion.faults import IngestionError
from system_under_test.nouns import Document
from system_under_test.retrieval.documents import read_documents
from system_under_test.strict_json import StrictJsonError, canonical, parse

_FORMAT = 1


@dataclass(frozen=True, slots=True)
class Entry:
    """One document, at the last good conversion of its file."""

    path: str
    """The file it came from."""
    source: str
    """SHA-256 of the kind, the converters' versions and the bytes that were converted."""
    text: str
    """SHA-256 of the Markdown."""
    title: str | None
    """What the conversion found."""
    declared: str
    """The version that the metadata declared; empty without any."""
    revision: int
    """How many texts there have been under that version, from 1."""


@dataclass(frozen=True, slots=True)
class Previous:
    """What the run before left."""

    entries: Mapping[str, Entry]
    """By document id. A document that is gone keeps its entry, so that its versions go on counting if it returns."""
    documents: Mapping[str, Document]
    """By id."""


def state_path(output: Path) -> Path:
    """Where the state of an output lies."""
    return output.with_name(f"{output.name}.state.json")


def read_previous(output: Path, tenant: str) -> Previous:
    """What the run before left; nothing if there was none.

    Raises IngestionError if the output is of another hand or another tenant, or if it or the state cannot be read.
    """
    path = state_path(output)
    if not path.exists():
        if output.exists():
            raise IngestionError(f"{output.name} was not written by this command: name another --out, or remove it")
        return Previous({}, {})
    try:
        state = parse(path.read_bytes())
        entries = _entries(state, tenant)
    except (OSError, StrictJsonError, TypeError, ValueError) as error:
        raise IngestionError(
            f"{path.name} cannot be read ({type(error).__name__}): remove it and {output.name} to begin anew"
        ) from error
    return Previous(entries, _documents(output))


def write_state(output: Path, tenant: str, entries: Mapping[str, Entry]) -> None:
    """Keep what this run knows. Raises OSError if the folder cannot be written."""
    value = {
        "format": _FORMAT,
        "tenant": tenant,
        "documents": {name: asdict(entry) for name, entry in entries.items()},
    }
    write_atomically(state_path(output), canonical(value) + b"\n")


def _entries(state: object, tenant: str) -> dict[str, Entry]:
    if not isinstance(state, dict) or state.keys() != {"format", "tenant", "documents"} or state["format"] != _FORMAT:
        raise ValueError("another format")
    if state["tenant"] != tenant:
        raise IngestionError("the output belongs to another tenant: name another --out")
    documents = state["documents"]
    if not isinstance(documents, dict):
        raise TypeError("documents")
    return {name: _entry(value) for name, value in documents.items()}


def _entry(value: object) -> Entry:
    if not isinstance(value, dict) or value.keys() != {field.name for field in fields(Entry)}:
        raise ValueError("an entry")
    texts = (value["path"], value["source"], value["text"], value["declared"])
    if not all(isinstance(text, str) for text in texts) or not isinstance(value["title"], str | None):
        raise TypeError("a text")
    if type(value["revision"]) is not int or value["revision"] < 1:
        raise TypeError("a revision")
    return Entry(**value)


def _documents(output: Path) -> dict[str, Document]:
    try:
        return {document.id: document for document in read_documents(output)} if output.exists() else {}
    except DocumentError as refusal:
        if refusal.line < 1:
            raise IngestionError(f"{output.name} {refusal.reason}") from refusal
        # An output that its own reader refuses holds no text that could be used again: all files are converted.
        return {}
