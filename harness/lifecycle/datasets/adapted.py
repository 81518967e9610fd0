"""A foreign collection -> documents, principals and cases of a golden set, and in words what was changed."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from harness.domain.cases import Judgment, Principal
from harness.domain.corpus import Document
from harness.errors import DeclarationError
from harness.lifecycle.datasets.foreign import Collection, ForeignDocument, ForeignGrade, ForeignQuestion, bounded
from harness.lifecycle.datasets.naming import plain_names

LONGEST_DOCUMENT_NAME = 199
LONGEST_CASE_ID = 99
LONGEST_TITLE = 500
_REWRITTEN = (
    "rewritten, because they held characters that an id may not hold or differed from another only in case (each keeps "
    "its plain characters and gains 8 digits of its sha256)"
)


@dataclass(frozen=True, slots=True)
class AdaptedCase:
    """One question that has a relevant document, asked by the reader of its tenant."""

    id: str
    tenant: str
    question: str
    judgments: tuple[Judgment, ...]
    tags: tuple[str, ...]
    cluster: str


@dataclass(frozen=True, slots=True)
class Adapted:
    """What is written, and the notes for the data sheet."""

    documents: tuple[Document, ...]
    principals: tuple[Principal, ...]
    cases: tuple[AdaptedCase, ...]
    notes: tuple[str, ...]


def adapt(found: Collection) -> Adapted:
    """The collection on the terms of a golden set. Its ids are already known to be unique and declared.

    Everything is public: a foreign collection declares no access rule within a tenant. Raises DeclarationError where
    no question has a relevant document.
    """
    names = _document_names(found.documents)
    documents = tuple(_document(item, names[item.id]) for item in found.documents)
    readers = tuple(_reader(tenant) for tenant in sorted({item.tenant for item in found.documents}))
    grades: dict[str, list[ForeignGrade]] = defaultdict(list)
    for grade in found.grades:
        grades[grade.question].append(grade)
    kept = [item for item in found.questions if any(bounded(grade.grade) for grade in grades[item.id])]
    if not kept:
        raise DeclarationError(found.documents[0].place, "no question of this collection has a relevant document")
    ids = plain_names((item.id for item in kept), LONGEST_CASE_ID, lower=True)
    cases = tuple(_case(item, ids[item.id], grades[item.id], names) for item in kept)
    notes = (*found.notes, *_notes(found, names, ids, len(found.questions) - len(kept)))
    return Adapted(documents, readers, cases, notes)


def _document_names(documents: Sequence[ForeignDocument]) -> dict[str, str]:
    """`tenant/name` for each foreign id."""
    by_tenant: dict[str, list[ForeignDocument]] = defaultdict(list)
    for item in documents:
        by_tenant[item.tenant].append(item)
    found: dict[str, str] = {}
    for tenant, own in by_tenant.items():
        plain = plain_names((item.name for item in own), LONGEST_DOCUMENT_NAME)
        found.update({item.id: f"{tenant}/{plain[item.name]}" for item in own})
    return found


def _document(item: ForeignDocument, name: str) -> Document:
    title = item.title.strip() or item.id
    return Document(
        id=name,
        tenant=item.tenant,
        title=title[:LONGEST_TITLE],
        text=item.text if item.text.strip() else title,
        uri=item.uri,
        version="1",
        valid_from="",
        supersedes=None,
        owner="imported",
        classification="public",
        allow_groups=("everyone",),
        deny_groups=(),
    )


def _reader(tenant: str) -> Principal:
    return Principal(f"{tenant}-reader", tenant, f"user:{tenant}-reader", ("everyone",), "public")


def _case(item: ForeignQuestion, name: str, grades: Sequence[ForeignGrade], documents: dict[str, str]) -> AdaptedCase:
    judgments = tuple(Judgment(documents[grade.document], bounded(grade.grade)) for grade in grades)
    cluster = next(judgment.document for judgment in judgments if judgment.grade)
    return AdaptedCase(name, item.tenant, item.text, judgments, item.tags, cluster)


def _notes(found: Collection, names: dict[str, str], ids: dict[str, str], unjudged: int) -> list[str]:
    renamed = sum(names[item.id] != f"{item.tenant}/{item.name}" for item in found.documents)
    counted = (
        (unjudged, "Questions left out, because no document is judged relevant to them"),
        (sum(grade.grade > bounded(grade.grade) for grade in found.grades), "Grades above 3, written as 3"),
        (sum(grade.grade < 0 for grade in found.grades), "Negative grades, written as 0"),
        (renamed, f"Document ids {_REWRITTEN}"),
        (sum(old.lower() != new for old, new in ids.items()), f"Question ids {_REWRITTEN}"),
        (sum(not item.text.strip() for item in found.documents), "Documents without a text, whose title stands for it"),
        (sum(len(item.title) > LONGEST_TITLE for item in found.documents), f"Titles cut to {LONGEST_TITLE} characters"),
    )
    return [f"{what}: {count:,}." for count, what in counted if count]
