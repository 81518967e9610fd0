"""Documents of a corpus: Markdown with front matter where people write, JSON lines where a machine imports."""

import re
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field, ValidationInfo, field_validator

from harness.domain.cases import Clearance
from harness.domain.corpus import Corpus, Document
from harness.domain.digest import canonical_json, digest_of
from harness.errors import DeclarationError, MissingData, Place
from harness.load.strict import Declared, parse_yaml, read_json_lines, read_text

DOCUMENT_ID = r"^[a-z0-9][a-z0-9-]{0,62}/[A-Za-z0-9][A-Za-z0-9._-]{0,198}$"
"""`tenant/name`; ASCII, so that no two ids can look alike."""

_FRONT_MATTER = re.compile(r"---\n(.*?\n)---\n\n?", re.DOTALL)


def _a_day_or_nothing(value: str) -> str:
    # fromisoformat also reads other forms (20260101); only the one that it writes itself is taken.
    if value:
        try:
            exact = date.fromisoformat(value).isoformat() == value
        except ValueError:
            exact = False
        if not exact:
            raise ValueError("must be a date like 2026-01-31, or empty")
    return value


_Day = Annotated[str, AfterValidator(_a_day_or_nothing)]


class _Head(Declared):
    id: str = Field(pattern=DOCUMENT_ID)
    title: str = Field(min_length=1, max_length=500)
    uri: str = Field(min_length=1, max_length=2000)
    version: str = Field(min_length=1, max_length=100)
    valid_from: _Day = ""
    valid_until: _Day = ""
    supersedes: str | None = None
    owner: str = ""
    classification: Clearance
    allow_groups: list[str]
    deny_groups: list[str] = []

    @field_validator("valid_until")
    @classmethod
    def _not_before_its_beginning(cls, value: str, info: ValidationInfo) -> str:
        # ISO dates compare as texts. A valid_from that is at fault is not there, and is told by itself.
        if value and value < info.data.get("valid_from", ""):
            raise ValueError("is before valid_from")
        return value


class _Line(_Head):
    tenant: str
    text: str = Field(min_length=1)


def load_corpus(folder: Path) -> Corpus:
    """The corpus under `folder`. Raises MissingData or DeclarationError."""
    return corpus_of(read_documents(folder), Place(str(folder)))


def read_documents(folder: Path) -> list[tuple[Place, Document]]:
    """The documents under `folder`, each with its place: `documents.jsonl`, or else every `documents/**/*.md`."""
    lines, pages = folder / "documents.jsonl", folder / "documents"
    if lines.is_file() and pages.is_dir():
        raise DeclarationError(Place(str(folder)), "has both documents.jsonl and documents/; keep one of them")
    if lines.is_file():
        found = [(place, _line(place, line)) for place, line in read_json_lines(lines, _Line)]
    elif pages.is_dir():
        found = [_page(path) for path in sorted(pages.rglob("*.md"))]
    else:
        raise MissingData(
            f"{folder}: neither documents.jsonl nor documents/ is there",
            next_step=f"make the dataset with `harness dataset import`, or check the path {folder}",
        )
    return found


def corpus_of(found: Iterable[tuple[Place, Document]], folder: Place) -> Corpus:
    """The corpus of documents whose ids are unique and whose `supersedes` point at documents of the same tenant."""
    documents: dict[str, Document] = {}
    places: dict[str, Place] = {}
    for place, document in found:
        twin = next((other for other in (document.id, document.id.casefold()) if other in places), None)
        if twin:
            raise DeclarationError(place, f"the document id {document.id!r} is taken by {places[twin]}")
        documents[document.id] = document
        places[document.id] = places[document.id.casefold()] = place
    if not documents:
        raise DeclarationError(folder, "the corpus holds no document")
    for document in documents.values():
        older = document.supersedes
        if older is not None and (older not in documents or documents[older].tenant != document.tenant):
            raise DeclarationError(places[document.id], f"supersedes {older!r}, which is no document of its tenant")
    _refuse_circles(documents, places)
    ordered = tuple(documents[name] for name in sorted(documents))
    return Corpus(ordered, digest_of([as_mapping(document) for document in ordered]))


def _refuse_circles(documents: dict[str, Document], places: dict[str, Place]) -> None:
    """A document that supersedes itself, at once or through others, has no current version."""
    for document in documents.values():
        seen, older = {document.id}, document.supersedes
        while older is not None and older not in seen:
            seen.add(older)
            older = documents[older].supersedes
        if older is not None:
            raise DeclarationError(
                places[document.id], f"supersedes {document.supersedes!r}, and so, in a circle, itself"
            )


def as_mapping(document: Document) -> dict[str, object]:
    """The document as plain JSON values: what a target takes in, and what the corpus digest is made of."""
    members: dict[str, object] = {
        "id": document.id,
        "tenant": document.tenant,
        "title": document.title,
        "text": document.text,
        "uri": document.uri,
        "version": document.version,
        "valid_from": document.valid_from,
        "supersedes": document.supersedes,
        "owner": document.owner,
        "classification": document.classification,
        "allow_groups": list(document.allow_groups),
        "deny_groups": list(document.deny_groups),
    }
    # Left out where it says nothing, so that a corpus without such dates keeps its digest.
    return members | ({"valid_until": document.valid_until} if document.valid_until else {})


def write_documents(documents: Iterable[Document], path: Path) -> None:
    """The documents as JSON lines, the form that every target takes in."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = "".join(canonical_json(as_mapping(document)) + "\n" for document in documents)
    path.write_text(lines, encoding="ascii")


def _line(place: Place, line: _Line) -> Document:
    if line.id.partition("/")[0] != line.tenant:
        raise DeclarationError(place, f"the document {line.id!r} does not belong to {line.tenant!r}")
    return _document(line, line.text)


def _page(path: Path) -> tuple[Place, Document]:
    text = read_text(path)
    head = _FRONT_MATTER.match(text)
    if not head:
        raise DeclarationError(
            Place(str(path), 1), "no front matter; the first line is `---`, and a second `---` ends it"
        )
    declared, marks = parse_yaml(head.group(1), path, 2, _Head)
    if declared.id != f"{path.parent.name}/{path.stem}":
        expected = f"{path.parent.name}/{path.stem}"
        raise DeclarationError(marks[("id",)], f"the id is {declared.id!r}; by its path it must be {expected!r}")
    body = text[head.end() :]
    if not body.strip():
        raise DeclarationError(Place(str(path), 1), "the document has no text")
    return Place(str(path), 1), _document(declared, body)


def _document(head: _Head, text: str) -> Document:
    return Document(
        id=head.id,
        tenant=head.id.partition("/")[0],
        title=head.title,
        text=text,
        uri=head.uri,
        version=head.version,
        valid_from=head.valid_from,
        supersedes=head.supersedes,
        owner=head.owner,
        classification=head.classification,
        allow_groups=tuple(head.allow_groups),
        deny_groups=tuple(head.deny_groups),
        valid_until=head.valid_until,
    )
