"""The files of an imported dataset, written in one way so that the same source gives the same bytes."""

import shutil
from collections.abc import Iterable
from pathlib import Path

from harness.domain.cases import Principal
from harness.domain.digest import canonical_json
from harness.lifecycle.datasets.adapted import Adapted, AdaptedCase
from harness.load.documents import write_documents


def write_adapted(adapted: Adapted, folder: Path) -> None:
    """documents.jsonl, principals.jsonl and one file of cases for each tenant that has any."""
    write_documents(adapted.documents, folder / "documents.jsonl")
    write_lines(folder / "principals.jsonl", map(_principal_line, adapted.principals))
    (folder / "cases").mkdir()
    for who in adapted.principals:
        own = [case for case in adapted.cases if case.tenant == who.tenant]
        if own:
            write_lines(folder / "cases" / f"{who.tenant}.jsonl", (_case_line(case, who.id) for case in own))


def copy_terms(source: Path, folder: Path) -> tuple[str, ...]:
    """Copies SOURCE.txt and the licence files of the source; gives the names of the latter."""
    licences = tuple(sorted(path.name for path in source.glob("LICEN[CS]E*") if path.is_file()))
    origin = ("SOURCE.txt",) if (source / "SOURCE.txt").is_file() else ()
    for name in (*licences, *origin):
        shutil.copyfile(source / name, folder / name)
    return licences


def write_lines(path: Path, lines: Iterable[object]) -> None:
    """Each value as one line of canonical JSON."""
    path.write_text("".join(canonical_json(line) + "\n" for line in lines), encoding="ascii")


def _principal_line(who: Principal) -> dict[str, object]:
    return {
        "id": who.id,
        "tenant": who.tenant,
        "subject": who.subject,
        "groups": list(who.groups),
        "clearance": who.clearance,
    }


def _case_line(case: AdaptedCase, principal: str) -> dict[str, object]:
    return {
        "id": case.id,
        "kind": "answerable",
        "principal": principal,
        "owner": None,
        "question": case.question,
        "judgments": [{"document": item.document, "grade": item.grade} for item in case.judgments],
        "facts": [],
        "tags": list(case.tags),
        "cluster": case.cluster,
    }
