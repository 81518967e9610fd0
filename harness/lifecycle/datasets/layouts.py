"""The layouts that a collection may come in: the five enterprises, BEIR, TREC. Read strictly, by line.

enterprise5   corpus.jsonl (_id, tenant, title, text, sha256, source_path), queries.jsonl (_id, tenant, text,
              types, facts), qrels.tsv
beir          corpus.jsonl (_id, title, text), queries.jsonl (_id, text), qrels/test.tsv or qrels.tsv
trec          corpus.jsonl as BEIR's, topics.tsv (id, text), qrels.txt (topic, 0, document, grade)
"""

import hashlib
from pathlib import Path
from typing import Literal
from urllib.parse import quote

from pydantic import Field

from harness.errors import DeclarationError, MissingData
from harness.lifecycle.datasets.foreign import Collection, ForeignDocument, ForeignQuestion
from harness.lifecycle.datasets.tables import beir_qrels, topics, trec_qrels
from harness.load.strict import Declared, read_json_lines

Layout = Literal["enterprise5", "beir", "trec"]
TENANT = r"^[a-z0-9][a-z0-9-]{1,62}$"
_FACTS_NOTE = (
    "The supporting facts of the source are paraphrased, so that they cannot be looked for in an answer: `facts` is "
    "empty, and cases are scored by document."
)


class _Fact(Declared):
    doc: str
    text: str


class _EnterpriseDocument(Declared):
    id: str = Field(alias="_id", min_length=1)
    tenant: str = Field(pattern=TENANT)
    title: str
    source_path: str = Field(min_length=1, max_length=600)
    sha256: str
    text: str


class _EnterpriseQuestion(Declared):
    id: str = Field(alias="_id", min_length=1)
    tenant: str = Field(pattern=TENANT)
    text: str = Field(min_length=1, max_length=4000)
    types: list[str]
    facts: list[_Fact]


class _BeirDocument(Declared):
    id: str = Field(alias="_id", min_length=1)
    title: str = ""
    text: str
    metadata: dict[str, object] = Field(default_factory=dict)


class _BeirQuestion(Declared):
    id: str = Field(alias="_id", min_length=1)
    text: str = Field(min_length=1, max_length=4000)
    metadata: dict[str, object] = Field(default_factory=dict)


def layout_of(source: Path) -> Layout:
    """The layout by the files that are there. Raises MissingData where none fits."""
    if (source / "topics.tsv").is_file():
        return "trec"
    if not (source / "queries.jsonl").is_file() or not (source / "corpus.jsonl").is_file():
        raise MissingData(
            f"{source}: neither corpus.jsonl with queries.jsonl (enterprise5, BEIR) nor topics.tsv (TREC) is there",
            next_step="check the path, or bring the collection into one of these layouts",
        )
    with (source / "corpus.jsonl").open("rb") as corpus:
        return "enterprise5" if b'"tenant"' in corpus.readline() else "beir"


def read_collection(source: Path, layout: Layout, tenant: str) -> Collection:
    """The collection in `source`; `tenant` owns the documents of a layout that knows none.

    Raises MissingData or DeclarationError.
    """
    if layout == "enterprise5":
        return _enterprise5(source)
    documents, notes = _beir_documents(source / "corpus.jsonl", tenant)
    return _beir(source, tenant, documents, notes) if layout == "beir" else _trec(source, tenant, documents, notes)


def _beir(source: Path, tenant: str, documents: tuple[ForeignDocument, ...], notes: tuple[str, ...]) -> Collection:
    judged = "qrels/test.tsv" if (source / "qrels" / "test.tsv").is_file() else "qrels.tsv"
    questions = tuple(
        ForeignQuestion(place, line.id, tenant, line.text, ())
        for place, line in read_json_lines(source / "queries.jsonl", _BeirQuestion)
    )
    files = ("corpus.jsonl", "queries.jsonl", judged)
    return Collection("beir", files, documents, questions, tuple(beir_qrels(source / judged)), notes)


def _trec(source: Path, tenant: str, documents: tuple[ForeignDocument, ...], notes: tuple[str, ...]) -> Collection:
    questions = tuple(
        ForeignQuestion(place, name, tenant, text, ()) for place, name, text in topics(source / "topics.tsv")
    )
    files = ("corpus.jsonl", "topics.tsv", "qrels.txt")
    return Collection("trec", files, documents, questions, tuple(trec_qrels(source / "qrels.txt")), notes)


def _enterprise5(source: Path) -> Collection:
    documents = []
    for place, line in read_json_lines(source / "corpus.jsonl", _EnterpriseDocument):
        tenant, _, name = line.id.partition("/")
        if tenant != line.tenant or not name:
            raise DeclarationError(place, f"the document {line.id!r} does not belong to {line.tenant!r}")
        if hashlib.sha256(line.text.encode("utf-8")).hexdigest() != line.sha256:
            raise DeclarationError(place, f"the text of {line.id!r} has not the sha256 that is declared for it")
        uri = quote(line.source_path)
        documents.append(ForeignDocument(place, line.id, tenant, name, line.title, line.text, uri))
    questions = tuple(
        ForeignQuestion(place, line.id, line.tenant, line.text, tuple(dict.fromkeys(map(_tag, line.types))))
        for place, line in read_json_lines(source / "queries.jsonl", _EnterpriseQuestion)
    )
    files = ("corpus.jsonl", "queries.jsonl", "qrels.tsv")
    grades = tuple(beir_qrels(source / "qrels.tsv"))
    return Collection("enterprise5", files, tuple(documents), questions, grades, (_FACTS_NOTE,))


def _beir_documents(path: Path, tenant: str) -> tuple[tuple[ForeignDocument, ...], tuple[str, ...]]:
    documents, metadata = [], 0
    for place, line in read_json_lines(path, _BeirDocument):
        uri = f"urn:{tenant}:{quote(line.id, safe='')}"
        documents.append(ForeignDocument(place, line.id, tenant, line.id, line.title, line.text, uri))
        metadata += bool(line.metadata)
    note = f"Documents whose `metadata` is left out, because no field of a document holds it: {metadata:,}."
    return tuple(documents), (note,) if metadata else ()


def _tag(kind: str) -> str:
    return "-".join(kind.lower().split())
