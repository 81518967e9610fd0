"""A small golden set, gates over it, and the small service declared as a target: all of it files in a fresh folder."""

import json
import os
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from harness.cli.main import run
from harness.load.datasets import read_dataset
from harness.load.manifests import MANIFEST, files_of, manifest_of, rendered

SMALL_SYSTEM = Path(__file__).resolve().parents[1] / "small_system"
TARGETS = ("honest", "leaky", "changing", "broken", "broken_for_the_forbidden", "credulous", "leaving", "unstartable")

DOCUMENTS = {
    "leave": ("internal", "staff", "Annual leave is {days} days a year. Unused leave days lapse in {month}."),
    "expenses": ("internal", "staff", "A meal on a journey is paid up to {days} pounds. Claims close in {month}."),
    "posts": ("restricted", "executive", "The closure plan cuts {days} posts in {month}. It is not announced yet."),
}
TENANTS = {"north": (27, "March"), "south": (31, "October")}

QUALITY = """
suite: quality
version: "1"
about: Does the small system answer what it can?
verb: answer
top_k: 3
cases:
  kinds: [answerable]
scorers: [answered, ndcg@10, facts, groundedness, passages_allowed]
rules:
  - id: answered
    metric: answered
    bound: floor
    threshold: {floor}
    why: a system that answers nothing helps nobody
"""
PERMISSION = """
suite: permission
version: "1"
about: Is a document withheld from whoever may not see it?
verb: answer
top_k: 3
cases:
  kinds: [forbidden]
scorers: [withheld, control]
rules:
  - id: withheld
    metric: withheld
    aggregate: count
    bound: zero_tolerance
    max_rate: 0.8
    why: one document shown to the wrong colleague is one too many
"""
ISOLATION = """
suite: isolation
version: "1"
about: Can one tenant get at what is the other's?
verb: answer
top_k: 3
probes:
  family: isolation
  documents: 2
  forms: 2
scorers: [leak, control]
rules:
  - id: leak
    metric: leak
    aggregate: count
    bound: zero_tolerance
    max_rate: 0.6
    by_cluster: true
    why: a leak between tenants ends the contract
"""
AUTHENTICATION = """
suite: authentication
version: "1"
about: Is every bad token refused, and its twin accepted?
verb: answer
top_k: 1
probes:
  family: authentication
scorers: [token_refused, token_accepted]
rules:
  - id: refused
    metric: token_refused
    aggregate: count
    bound: zero_tolerance
    max_rate: 0.1
    why: who asks decides what may be seen
"""
SUITES = {
    "quality": QUALITY.format(floor=0.5),
    "demanding": QUALITY.format(floor=0.99),
    "permission": PERMISSION,
    "isolation": ISOLATION,
    "authentication": AUTHENTICATION,
}


@dataclass(frozen=True)
class Workplace:
    """A folder with suites, a frozen golden set and reports, in which `harness` is called."""

    path: Path
    environment: Mapping[str, str] = field(default_factory=dict)

    @property
    def reports(self) -> Path:
        """Where the runs are."""
        return self.path / "reports"

    def suite(self, name: str, text: str) -> None:
        """Write a suite file."""
        (self.path / "suites").mkdir(exist_ok=True)
        (self.path / "suites" / f"{name}.yaml").write_text(text)

    def gate(self, *suites: str, name: str = "small", more: str = "") -> Path:
        """Write a gate over suites; the ones that are known are written too."""
        for each in suites:
            if each in SUITES and not (self.path / "suites" / f"{each}.yaml").exists():
                self.suite(each, SUITES[each])
        listed = "".join(f"  - suites/{each}.yaml\n" for each in suites)
        path = self.path / f"{name}.yaml"
        path.write_text(
            f'gate: {name}\nversion: "1"\nabout: A gate over the small system.\ntarget: small-honest\n'
            f"golden_set: golden/1.0.0\nsuites:\n{listed}{more}"
        )
        return path

    def arguments(self, verb: str, *arguments: str | Path) -> list[str]:
        """The command line of a verb, with this folder's reports."""
        own = ["--reports", str(self.reports)]
        if verb == "reproduce":
            own += ["--cache", str(self.path / "cache")]
        if verb in {"gate", "resume"}:
            own += ["--tracking", "none", "--quiet", "--cache", str(self.path / "cache")]
        return [verb, *(str(argument) for argument in arguments), *own]

    def harness(self, verb: str, *arguments: str | Path) -> int:
        """The exit code of a call in this process."""
        return run(self.arguments(verb, *arguments))

    def freeze(self) -> None:
        """Pin the golden set as it lies there now."""
        _freeze(self.path / "golden" / "1.0.0")

    def runs(self) -> list[Path]:
        """The folders of runs, oldest first."""
        return sorted((path.parent for path in self.reports.glob("*/run.json")), key=lambda path: path.stat().st_ctime)

    def verdict(self, folder: Path | None = None) -> dict[str, Any]:
        """verdict.json of a run, or of the last one."""
        found: dict[str, Any] = json.loads(((folder or self.runs()[-1]) / "verdict.json").read_text())
        return found


def _write_golden_set(folder: Path) -> None:
    for tenant, (days, month) in TENANTS.items():
        for name, (classification, group, text) in DOCUMENTS.items():
            page = folder / "documents" / tenant / f"{name}.md"
            page.parent.mkdir(parents=True, exist_ok=True)
            page.write_text(
                f"---\nid: {tenant}/{name}\ntitle: {name}\nuri: https://{tenant}.example/{name}\n"
                f'version: "1"\nvalid_from: 2026-01-01\nsupersedes: null\nowner: people\n'
                f"classification: {classification}\nallow_groups: [{group}]\ndeny_groups: []\n---\n\n"
                f"{text.format(days=days, month=month)}\n"
            )
    people = [("guest", ["everyone"], "public"), ("staff", ["everyone", "staff"], "internal"),
              ("executive", ["everyone", "staff", "executive"], "restricted")]  # fmt: skip
    _write_lines(folder / "principals.jsonl", [
        {"id": f"{tenant}-{name}", "tenant": tenant, "subject": f"user:{tenant}-{name}", "groups": groups,
         "clearance": clearance}
        for tenant in TENANTS for name, groups, clearance in people
    ])  # fmt: skip
    _write_lines(folder / "cases" / "all.jsonl", [case for tenant in TENANTS for case in _cases(tenant)])
    (folder / "README.md").write_text("# small\n")
    _freeze(folder)


def _freeze(folder: Path) -> None:
    found = read_dataset(folder, "golden", "1.0.0")
    manifest = manifest_of(
        name="golden", version="1.0.0", licence="CC0-1.0", corpus_digest=found.corpus.digest, counts={},
        files=files_of(folder),
    )  # fmt: skip
    (folder / MANIFEST).write_bytes(rendered(manifest))


def _cases(tenant: str) -> Iterator[dict[str, Any]]:
    days, month = TENANTS[tenant]
    shared = {"principal": f"{tenant}-staff", "owner": None, "judgments": [], "facts": [], "tags": [tenant]}
    answerable = [
        ("leave", f"How many days of annual leave a year, and when do unused days lapse, {month}?", f"{days} days"),
        ("leave", "On annual leave a year: how many days?", f"{days} days"),
        ("expenses", "Up to how many pounds is a meal on a journey paid?", f"{days} pounds"),
        ("expenses", "When do claims for a meal on a journey close?", month),
    ]  # fmt: skip
    for number, (document, question, fact) in enumerate(answerable):
        judgments = [{"document": f"{tenant}/{document}", "grade": 3}]
        yield {**shared, "id": f"{tenant}-a{number}", "kind": "answerable", "question": question, "cluster": document,
               "judgments": judgments, "facts": [[fact]]}  # fmt: skip
    yield {**shared, "id": f"{tenant}-u0", "kind": "unanswerable", "question": "Who won the cup?", "cluster": "cup"}
    yield {**shared, "id": f"{tenant}-f0", "kind": "forbidden", "principal": f"{tenant}-guest", "cluster": "posts",
           "owner": f"{tenant}-executive", "question": "The closure plan cuts how many posts?",
           "judgments": [{"document": f"{tenant}/posts", "grade": 3}], "facts": [[f"{days} posts"]]}  # fmt: skip


def _write_lines(path: Path, values: list[dict[str, Any]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(value) + "\n" for value in values))


@pytest.fixture(scope="session")
def declared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The small service, declared as `small-honest`, `small-leaky` and so on; gives the path that finds it."""
    folder = tmp_path_factory.mktemp("declared")
    info = folder / "small_system-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: small-system\nVersion: 1.0\n")
    points = "".join(f"small-{name.replace('_', '-')} = small_system:{name}\n" for name in TARGETS)
    (info / "entry_points.txt").write_text(f"[harness.targets]\n{points}")
    places = [str(folder), str(SMALL_SYSTEM)]
    sys.path[:0] = places
    yield os.pathsep.join(places)
    for place in places:
        sys.path.remove(place)


def _workplace(folder: Path, declared: str) -> Workplace:
    _write_golden_set(folder / "golden" / "1.0.0")
    return Workplace(folder, {**os.environ, "PYTHONPATH": declared})


@pytest.fixture
def workplace(tmp_path: Path, declared: str) -> Workplace:
    """A folder for one test."""
    return _workplace(tmp_path, declared)


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory, declared: str) -> Workplace:
    """A folder with one finished run that passed all four suites. Read only: a test that changes it takes a copy."""
    found = _workplace(tmp_path_factory.mktemp("finished"), declared)
    gate = found.gate("quality", "permission", "isolation", "authentication")
    if found.harness("gate", gate) != 0:
        raise RuntimeError("the honest service did not pass")
    return found


@pytest.fixture
def copied(finished: Workplace, tmp_path: Path) -> Callable[[], Path]:
    """Copies the finished run into a folder of reports of the test's own."""

    def copy() -> Path:
        (source,) = finished.runs()
        return Path(shutil.copytree(source, tmp_path / "reports" / source.name))

    return copy
