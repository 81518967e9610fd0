"""A collection as a foreign layout holds it: every line with its place, before any of it is renamed."""

from collections.abc import Collection as Sized
from collections.abc import Iterable
from dataclasses import dataclass

from harness.errors import DeclarationError, Place
from harness.load.strict import nearest

HIGHEST_GRADE = 3
MANY_NAMES = 5000
"""With more names than this a misspelt one is not compared with all of them."""


@dataclass(frozen=True, slots=True)
class ForeignDocument:
    """One document of the collection; `id` is the collection's own."""

    place: Place
    id: str
    tenant: str
    name: str
    """What becomes the part of the document id after the tenant."""
    title: str
    text: str
    uri: str


@dataclass(frozen=True, slots=True)
class ForeignQuestion:
    """One question of the collection."""

    place: Place
    id: str
    tenant: str
    text: str
    tags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ForeignGrade:
    """One judgment of the collection, with the grade that the collection gave."""

    place: Place
    question: str
    document: str
    grade: int


@dataclass(frozen=True, slots=True)
class Collection:
    """Everything that was read, and what was left out in reading, in words."""

    layout: str
    files: tuple[str, ...]
    """Paths of what was read, within the source folder."""
    documents: tuple[ForeignDocument, ...]
    questions: tuple[ForeignQuestion, ...]
    grades: tuple[ForeignGrade, ...]
    notes: tuple[str, ...]


def refuse_faults(found: Collection) -> None:
    """Raises DeclarationError at the first id that stands twice or is not declared, or judgment that stands twice."""
    documents = _unique("document", ((item.place, item.id, item.tenant) for item in found.documents))
    questions = _unique("question", ((item.place, item.id, item.tenant) for item in found.questions))
    judged: dict[tuple[str, str], Place] = {}
    for item in found.grades:
        _refuse_unknown("question", item.question, questions, item.place)
        _refuse_unknown("document", item.document, documents, item.place)
        if questions[item.question] != documents[item.document]:
            raise DeclarationError(
                item.place,
                f"the document {item.document!r} belongs to {documents[item.document]!r}, "
                f"the question {item.question!r} to {questions[item.question]!r}",
            )
        pair = (item.question, item.document)
        if pair in judged:
            raise DeclarationError(item.place, f"{item.document!r} is judged twice; first at {judged[pair]}")
        judged[pair] = item.place


def bounded(grade: int) -> int:
    """The grade on the scale of the golden sets, 0 to 3."""
    return max(0, min(HIGHEST_GRADE, grade))


def _unique(noun: str, items: Iterable[tuple[Place, str, str]]) -> dict[str, str]:
    """The tenant of each id."""
    places: dict[str, Place] = {}
    tenants: dict[str, str] = {}
    for place, name, tenant in items:
        if name in places:
            raise DeclarationError(place, f"the {noun} id {name!r} stands twice; first at {places[name]}")
        places[name], tenants[name] = place, tenant
    return tenants


def _refuse_unknown(noun: str, name: str, known: Sized[str], place: Place) -> None:
    if name not in known:
        hint = f"; {nearest(name, list(known))[:200]}" if len(known) <= MANY_NAMES else ""
        raise DeclarationError(place, f"unknown {noun} {name!r}{hint}")
