"""A dataset folder -> `GoldenSet`. The manifest pins every file; a changed byte is refused before anything is asked.

<name>/<version>/
    manifest.json          name, version, digests of every other file: written by `harness dataset freeze`
    README.md              the data sheet
    principals.jsonl       who asks
    cases/*.jsonl          what is asked, with judgments
    documents/**/*.md      the corpus, or documents.jsonl
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Literal

from pydantic import Field

from harness.domain.cases import Case, Clearance, Judgment, Principal
from harness.domain.corpus import Corpus, GoldenSet
from harness.domain.digest import digest_of
from harness.errors import DeclarationError, EvidenceError, Place
from harness.load.documents import load_corpus
from harness.load.manifests import FREEZE_NEXT, read_manifest, refuse_changes
from harness.load.strict import Declared, nearest, read_json_lines

ANSWERS_IN_PART = 2
"""The least grade of a document that holds part of the answer."""
TWIN_SUFFIX = ".twin"
CASE_ID = r"^[a-z0-9][a-z0-9._-]{0,98}$"


class _PrincipalLine(Declared):
    id: str = Field(pattern=CASE_ID)
    tenant: str
    subject: str = Field(min_length=1)
    groups: list[str]
    clearance: Clearance


class _JudgmentItem(Declared):
    document: str
    grade: int = Field(ge=0, le=3)


class _CaseLine(Declared):
    id: str = Field(pattern=CASE_ID)
    kind: Literal["answerable", "unanswerable", "forbidden"]
    principal: str
    owner: str | None
    question: str = Field(min_length=1, max_length=4000)
    judgments: list[_JudgmentItem]
    facts: list[list[str]]
    tags: list[str]
    cluster: str


def load_golden_set(folder: Path) -> GoldenSet:
    """The frozen dataset in `folder`. Raises MissingData, DeclarationError, or EvidenceError for a changed file."""
    manifest = read_manifest(folder)
    found = read_dataset(folder, manifest.name, manifest.version)
    refuse_changes(folder, manifest)
    if found.corpus.digest != manifest.corpus_digest:
        raise EvidenceError(
            f"{folder}: the corpus is not the one that its judgments are bound to", next_step=FREEZE_NEXT
        )
    return found


def read_dataset(folder: Path, name: str, version: str) -> GoldenSet:
    """The dataset as it lies in `folder`, frozen or not, every reference checked."""
    corpus = load_corpus(folder)
    principals = _principals(folder / "principals.jsonl", corpus)
    cases = tuple(_cases(folder / "cases", principals, corpus))
    if not cases:
        raise DeclarationError(Place(str(folder / "cases")), "the golden set holds no case")
    return GoldenSet(
        name=name,
        version=version,
        digest=digest_of(
            [corpus.digest, [_plain_principal(who) for who in principals.values()], [_plain(case) for case in cases]]
        ),
        corpus=corpus,
        principals=tuple(principals.values()),
        cases=cases,
    )


def case_places(folder: Path) -> dict[str, Place]:
    """Where each case of a readable dataset is declared; a twin stands where its case does."""
    found: dict[str, Place] = {}
    for path in sorted((folder / "cases").glob("*.jsonl")):
        for place, line in read_json_lines(path, _CaseLine):
            found[line.id] = found[line.id + TWIN_SUFFIX] = place
    return found


def _principals(path: Path, corpus: Corpus) -> dict[str, Principal]:
    found: dict[str, Principal] = {}
    places: dict[str, Place] = {}
    for place, line in read_json_lines(path, _PrincipalLine):
        if line.id in places:
            raise DeclarationError(place, f"the principal id {line.id!r} stands twice; first at {places[line.id]}")
        places[line.id] = place
        if line.tenant not in corpus.tenants:
            raise DeclarationError(
                place, f"the tenant {line.tenant!r} owns no document; {nearest(line.tenant, corpus.tenants)}"
            )
        found[line.id] = Principal(line.id, line.tenant, line.subject, tuple(line.groups), line.clearance)
    return found


def _cases(folder: Path, principals: dict[str, Principal], corpus: Corpus) -> Iterator[Case]:
    known = {document.id: document for document in corpus.documents}
    seen: dict[str, Place] = {}
    for path in sorted(folder.glob("*.jsonl")):
        for place, line in read_json_lines(path, _CaseLine):
            if line.id in seen:
                raise DeclarationError(place, f"the case id {line.id!r} stands twice; first at {seen[line.id]}")
            if line.id.endswith(TWIN_SUFFIX):
                raise DeclarationError(place, f"the case id {line.id!r} is kept for a positive control")
            seen[line.id] = place
            for name in (line.principal, line.owner):
                if name is not None and name not in principals:
                    raise DeclarationError(place, f"unknown principal {name!r}; {nearest(name, list(principals))}")
            for judgment in line.judgments:
                if judgment.document not in known:
                    hint = nearest(judgment.document, list(known)) if len(known) < 5000 else ""
                    raise DeclarationError(place, f"unknown document {judgment.document!r}; {hint[:200]}")
            _refuse_nonsense(line, place)
            yield from _case_and_twin(line, principals)


def _refuse_nonsense(line: _CaseLine, place: Place) -> None:
    """A case whose kind and judgments contradict each other would be scored as something that it is not."""
    graded = [judgment for judgment in line.judgments if judgment.grade > 0]
    if line.kind == "answerable" and not graded:
        raise DeclarationError(place, f"{line.id!r} is answerable but no document has a grade above 0")
    if line.kind == "unanswerable" and graded:
        raise DeclarationError(place, f"{line.id!r} is unanswerable but {graded[0].document!r} has a grade above 0")
    if line.kind == "forbidden" and (not graded or line.owner is None):
        raise DeclarationError(
            place, f"{line.id!r} is forbidden and needs an owner and a document that the owner may see"
        )
    documents = [judgment.document for judgment in line.judgments]
    if len(set(documents)) != len(documents):
        raise DeclarationError(place, f"{line.id!r} judges a document twice")


def _case_and_twin(line: _CaseLine, principals: dict[str, Principal]) -> Iterator[Case]:
    """The case; a forbidden one is followed by its positive control, the same question asked by the owner."""
    case = Case(
        id=line.id,
        kind=line.kind,
        principal=principals[line.principal],
        question=line.question,
        cluster=_cluster(line.cluster, principals[line.principal].tenant),
        judgments=tuple(Judgment(item.document, item.grade) for item in line.judgments),
        facts=tuple(tuple(spellings) for spellings in line.facts),
        tags=tuple(line.tags),
    )
    if line.kind != "forbidden" or line.owner is None:
        yield case
        return
    wanted = tuple(item.document for item in line.judgments if item.grade >= ANSWERS_IN_PART)
    yield replace(case, forbidden=wanted, twin=line.id + TWIN_SUFFIX, family="permission")
    yield replace(
        case,
        id=line.id + TWIN_SUFFIX,
        kind="twin",
        principal=principals[line.owner],
        forbidden=wanted,
        family="permission",
    )


def _cluster(name: str, tenant: str) -> str:
    """Clusters end at the tenant: two tenants' documents about one subject are different texts."""
    return name if name.startswith(f"{tenant}/") else f"{tenant}/{name}"


def _plain(case: Case) -> list[object]:
    """Everything of a case that can move a number."""
    return [
        case.id, case.kind, _plain_principal(case.principal), case.question,
        case.cluster, [[item.document, item.grade] for item in case.judgments],
        [list(spellings) for spellings in case.facts], list(case.tags), case.twin,
    ]  # fmt: skip


def _plain_principal(who: Principal) -> list[object]:
    """Everything of a principal that can move a number; probes use principals that no case names."""
    return [who.id, who.tenant, who.subject, list(who.groups), who.clearance]
