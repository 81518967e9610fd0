"""`harness dataset diff`: which cases, documents and principals two versions of a dataset do not share."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from harness.domain.cases import Case
from harness.domain.corpus import GoldenSet
from harness.load.datasets import read_dataset
from harness.load.documents import as_mapping

_Fields = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Changed:
    """One thing that both versions have, with the fields that differ."""

    id: str
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Changes:
    """The differences between the two versions of one kind of thing, in order of id."""

    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed: tuple[Changed, ...]
    same: int


@dataclass(frozen=True, slots=True)
class DatasetDiff:
    """What changed from the old dataset to the new one."""

    old: str
    """`name version`."""
    new: str
    cases: Changes
    documents: Changes
    principals: Changes
    corpus_changed: bool
    """True where judgments of the old version were bound to another corpus."""


def diff(old: Path, new: Path) -> DatasetDiff:
    """The difference between two dataset folders, frozen or not. Raises MissingData or DeclarationError."""
    before, after = (read_dataset(path, path.resolve().parent.name, path.resolve().name) for path in (old, new))
    return DatasetDiff(
        old=f"{before.name} {before.version}",
        new=f"{after.name} {after.version}",
        cases=_changes(_cases(before), _cases(after)),
        documents=_changes(_documents(before), _documents(after)),
        principals=_changes(_principals(before), _principals(after)),
        corpus_changed=before.corpus.digest != after.corpus.digest,
    )


def rendered_diff(found: DatasetDiff) -> str:
    """The difference as text: a line of counts for each kind of thing, then one line for each difference."""
    lines = [f"{found.old} -> {found.new}"]
    for what, changes in (("cases", found.cases), ("documents", found.documents), ("principals", found.principals)):
        lines.append(
            f"{what}: {len(changes.added)} added, {len(changes.removed)} removed, {len(changes.changed)} changed, "
            f"{changes.same} the same"
        )
        lines += [f"  + {name}" for name in changes.added]
        lines += [f"  - {name}" for name in changes.removed]
        lines += [f"  ~ {item.id}: {', '.join(item.fields)}" for item in changes.changed]
    same = "another corpus" if found.corpus_changed else "the same corpus"
    lines.append(f"the judgments are bound to {same}")
    return "\n".join(lines) + "\n"


def _changes(before: Mapping[str, _Fields], after: Mapping[str, _Fields]) -> Changes:
    both = sorted(before.keys() & after.keys())
    changed = tuple(
        Changed(name, tuple(field for field in {**before[name], **after[name]} if _differs(before, after, name, field)))
        for name in both
        if before[name] != after[name]
    )
    return Changes(
        added=tuple(sorted(after.keys() - before.keys())),
        removed=tuple(sorted(before.keys() - after.keys())),
        changed=changed,
        same=len(both) - len(changed),
    )


def _differs(before: Mapping[str, _Fields], after: Mapping[str, _Fields], name: str, field: str) -> bool:
    return before[name].get(field) != after[name].get(field)


def _cases(golden: GoldenSet) -> dict[str, _Fields]:
    """The cases as they are written; of a positive control only its principal is, as the owner."""
    owners = {case.id: case.principal.id for case in golden.cases if case.kind == "twin"}
    return {case.id: _case(case, owners.get(case.twin)) for case in golden.cases if case.kind != "twin"}


def _case(case: Case, owner: str | None) -> _Fields:
    return {
        "kind": case.kind,
        "principal": case.principal.id,
        "owner": owner,
        "question": case.question,
        "judgments": {judgment.document: judgment.grade for judgment in case.judgments},
        "facts": case.facts,
        "tags": frozenset(case.tags),
        "cluster": case.cluster,
    }


def _documents(golden: GoldenSet) -> dict[str, _Fields]:
    return {document.id: as_mapping(document) for document in golden.corpus.documents}


def _principals(golden: GoldenSet) -> dict[str, _Fields]:
    return {
        who.id: {
            "tenant": who.tenant,
            "subject": who.subject,
            "groups": frozenset(who.groups),
            "clearance": who.clearance,
        }
        for who in golden.principals
    }
