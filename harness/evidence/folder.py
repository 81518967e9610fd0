"""The layout of a run's folder, and the strict reading and writing of its JSON files.

reports/<run>/
    run.json               what was run, on what, with what: every digest
    inputs/                gate and suite files, cases, plan, documents, canaries: as they were when the run began
    journal.jsonl          observations as they arrive; replaced by observations.parquet when the run is whole
    closing.json           when it ended, and what the target said of itself then
    observations.parquet   every reply, one row an ask
    judgements.jsonl       what the judge said of each reply, where a suite declares one; appended to as it arrives
    scores.parquet         every score, one row an ask and metric
    verdict.json           the decision
    report.html summary.md junit.xml     rendered from the decision
    manifest.json          sha256 of every other file
"""

import json
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from harness.domain.cases import Ask, Case
from harness.domain.checks import Outcome
from harness.domain.digest import digest_of, digest_of_bytes
from harness.domain.runs import Run
from harness.domain.stages import Stage
from harness.errors import EvidenceError, InvalidInput, MissingData
from harness.execute.plan import Plan

RUN_ID = re.compile(r"[a-z0-9][a-z0-9._-]{0,99}")
_NOT_A_FILE = "not a plain file"

Noun = TypeVar("Noun")


@dataclass(frozen=True, slots=True)
class Closing:
    """How a run ended."""

    finished_at: str
    release_digest: str
    """As the target named itself after the last ask; the empty string where it no longer answered."""


@dataclass(frozen=True, slots=True)
class RunFolder:
    """The paths of one run."""

    path: Path

    @property
    def inputs(self) -> Path:
        """What the run was given."""
        return self.path / "inputs"

    @property
    def journal(self) -> Path:
        """Observations of an unfinished run."""
        return self.path / "journal.jsonl"

    @property
    def observations(self) -> Path:
        """Observations of a finished run."""
        return self.path / "observations.parquet"

    @property
    def judgements(self) -> Path:
        """What the judge said; there only where a suite declares one."""
        return self.path / "judgements.jsonl"

    @property
    def scores(self) -> Path:
        """Scores of a finished run."""
        return self.path / "scores.parquet"

    @property
    def documents(self) -> Path:
        """The corpus that the target was given."""
        return self.inputs / "documents.jsonl"

    @property
    def verdict(self) -> Path:
        """The decision."""
        return self.path / "verdict.json"

    @property
    def manifest(self) -> Path:
        """Digests of all other files."""
        return self.path / "manifest.json"

    @property
    def gate(self) -> Path:
        """The gate file as it was."""
        return self.inputs / "suites" / "gate.yaml"

    @property
    def finished(self) -> bool:
        """Whether the run was decided and sealed."""
        return self.manifest.is_file()


def folder_of(reports: Path, run_id: str) -> RunFolder:
    """The folder of a run that exists. Raises InvalidInput for a name that is none, MissingData where nothing is."""
    name = run_id.removeprefix(f"{reports}/").strip("/")
    if not RUN_ID.fullmatch(name):
        raise InvalidInput(f"{run_id!r} is not the name of a run", next_step="run `harness list`")
    folder = RunFolder(reports / name)
    if not (folder.path / "run.json").is_file():
        raise MissingData(f"{folder.path}: no such run", next_step="run `harness list` to see the runs that are there")
    return folder


def run_folders(reports: Path) -> list[RunFolder]:
    """Every run under `reports`, oldest first; one whose run.json cannot be read stands before them all."""
    found = [RunFolder(path.parent) for path in reports.glob("*/run.json")]
    return sorted(found, key=lambda folder: (_started_at(folder), folder.path.name))


def _started_at(folder: RunFolder) -> str:
    try:
        return read_run(folder).started_at
    except EvidenceError:
        return ""


def json_text(value: object) -> str:
    """Plain values as JSON that people can read, the same bytes for the same values."""
    return json.dumps(value, indent=2, sort_keys=True, ensure_ascii=True, allow_nan=False) + "\n"


def write_json(path: Path, value: object) -> None:
    """Plain values as JSON, written whole or not at all."""
    write_text(path, json_text(value))


def write_text(path: Path, text: str) -> None:
    """A text file, written whole or not at all."""
    write_bytes(path, text.encode("utf-8"))


def write_bytes(path: Path, content: bytes) -> None:
    """A file, written whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(path.name + ".unfinished")
    unfinished.write_bytes(content)
    unfinished.replace(path)


def _adapter(kind: object) -> TypeAdapter[Any]:
    """The codec of a kind of noun, made once: making one costs milliseconds, and a plan has thousands of cases."""
    return _made(kind)


@cache
def _made(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def plain(noun: object, kind: type[Any]) -> Any:
    """A noun as plain JSON values."""
    return _adapter(kind).dump_python(noun, mode="json")


def read_noun(path: Path, kind: type[Noun]) -> Noun:
    """One noun from a JSON file. Raises EvidenceError for a file that is damaged, MissingData for none."""
    if not path.is_file():
        raise MissingData(f"{path}: missing from the run's folder", next_step="run the gate again")
    try:
        noun: Noun = _adapter(kind).validate_json(path.read_bytes())
    except ValidationError as fault:
        raise EvidenceError(f"{path}: not what a run writes there: {fault.errors()[0]['msg']}") from fault
    return noun


def write_lines(path: Path, nouns: Iterable[Noun], kind: type[Noun]) -> None:
    """One noun a line."""
    adapter = _adapter(kind)
    write_bytes(path, b"".join(adapter.dump_json(noun) + b"\n" for noun in nouns))


def read_lines(path: Path, kind: type[Noun]) -> Iterator[Noun]:
    """The nouns of a file with one a line."""
    if not path.is_file():
        raise MissingData(f"{path}: missing from the run's folder", next_step="run the gate again")
    adapter = _adapter(kind)
    for number, line in enumerate(path.read_bytes().splitlines(), 1):
        try:
            yield adapter.validate_json(line)
        except ValidationError as fault:
            raise EvidenceError(f"{path}:{number}: not what a run writes there: {fault.errors()[0]['msg']}") from fault


@dataclass(frozen=True, slots=True)
class PlanLine:
    """One ask, its case named by id."""

    suite: str
    route: str
    case_id: str
    attempt: int


def write_plan(folder: RunFolder, plan: Plan) -> None:
    """The plan: every case once, every ask by the id of its case, and what is changed between them."""
    planned = plan.asks
    cases = {ask.case.id: ask.case for ask in planned}
    write_lines(folder.inputs / "stages.jsonl", plan.stages, Stage)
    write_lines(folder.inputs / "cases.jsonl", [cases[name] for name in sorted(cases)], Case)
    write_lines(folder.inputs / "plan.jsonl", [PlanLine(*ask.key) for ask in planned], PlanLine)


def read_plan(folder: RunFolder) -> Plan:
    """The plan, as it was when the run began."""
    cases = {case.id: case for case in read_lines(folder.inputs / "cases.jsonl", Case)}
    lines = read_lines(folder.inputs / "plan.jsonl", PlanLine)
    try:
        asks = tuple(Ask(line.suite, line.route, cases[line.case_id], line.attempt) for line in lines)
    except KeyError as fault:
        raise EvidenceError(
            f"{folder.inputs}: the plan names the case {fault}, which is not among its cases"
        ) from fault
    return Plan(asks, tuple(read_lines(folder.inputs / "stages.jsonl", Stage)))


def plan_digest(plan: Plan) -> str:
    """sha256 over every ask and all of its case (what is asked, who asks, what would be right), and every change."""
    cases = {ask.case.id: plain(ask.case, Case) for ask in plan.asks}
    stages = [plain(stage, Stage) for stage in plan.stages]
    return digest_of([[list(ask.key) for ask in plan.asks], [cases[name] for name in sorted(cases)], stages])


def read_run(folder: RunFolder) -> Run:
    """What the folder is the evidence of."""
    return read_noun(folder.path / "run.json", Run)


@dataclass(frozen=True, slots=True)
class _Outcome:
    """The one member of verdict.json that a list of runs shows."""

    outcome: Outcome


def read_verdict_outcome(folder: RunFolder) -> str:
    """The outcome that the sealed verdict names."""
    return read_noun(folder.verdict, _Outcome).outcome


@dataclass(frozen=True, slots=True)
class _Manifest:
    """What manifest.json holds."""

    files: dict[str, str]
    """sha256 of each file, by its path with forward slashes."""


def seal(folder: RunFolder) -> None:
    """Write the manifest: from now on a changed byte is seen. Raises EvidenceError for what is not a plain file."""
    digests = _digests(folder)
    strange = [name for name, digest in digests.items() if digest == _NOT_A_FILE]
    if strange:
        raise EvidenceError(f"{folder.path}: {', '.join(strange)} cannot be sealed: not a plain file")
    write_json(folder.manifest, {"files": digests})


def broken_seals(folder: RunFolder) -> list[str]:
    """What differs from the manifest, one sentence each; empty where nothing does."""
    stored = read_noun(folder.manifest, _Manifest).files
    actual = _digests(folder)
    rewritten = folder.manifest.read_bytes() != json_text({"files": stored}).encode("utf-8")
    return (["manifest.json: not as it was written"] if rewritten else []) + [
        f"{name}: {_difference(stored.get(name), actual.get(name))}"
        for name in sorted(stored.keys() | actual.keys())
        if stored.get(name) != actual.get(name) or actual.get(name) == _NOT_A_FILE
    ]


def _difference(stored: str | None, actual: str | None) -> str:
    if actual is None or actual == _NOT_A_FILE:
        return actual or "missing"
    return "not in the manifest" if stored is None else "changed"


def _digests(folder: RunFolder) -> dict[str, str]:
    """sha256 of every file of the run but the manifest. A link is not followed: what it points to can change later."""
    found: dict[str, str] = {}
    for root, folders, names in os.walk(folder.path):
        for path in (Path(root) / name for name in (*folders, *names)):
            inside = path.relative_to(folder.path).as_posix()
            if path.is_symlink() or not (path.is_file() or path.is_dir()):
                found[inside] = _NOT_A_FILE
            elif path.is_file() and path != folder.manifest:
                found[inside] = digest_of_bytes(path.read_bytes())
    return found
