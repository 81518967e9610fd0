"""`harness selftest` from the command line to the matrix, over the small service in a package that can be mutated."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

SERVICE = Path(__file__).resolve().parents[1] / "small_system" / "small_system.py"
LEAK = """\
  - mutant: tenants-mixed
    family: isolation
    about: The tenant of a document is not compared with the asker's.
    patches:
      - module: mutable_system.service
        from: 'item["tenant"] == who["tenant"] and '
        to: ""
    caught_by: [isolation.leak]
"""
ELSEWHERE = LEAK.replace("tenants-mixed", "laid-at-the-wrong-door").replace("isolation.leak", "quality.answered")
SURVIVOR = """\
  - mutant: another-reason
    family: routes
    about: The reason for the route is told in other words, which nobody looks at.
    patches:
      - module: mutable_system.service
        from: "there is one"
        to: "there are none"
    caught_by: [quality.answered]
"""
UNSTARTABLE = """\
  - mutant: no-start
    family: routes
    about: The service does not start, which is no merit of the gate's.
    patches:
      - module: mutable_system.service
        from: '    return application(Service(setup))'
        to: '    raise RuntimeError("no model is there")'
    caught_by: [quality.answered]
"""
HARMLESS = """\
harmless:
  - change: another-order
    about: The documents are kept in the opposite order.
    patches:
      - module: mutable_system.service
        from: "[json.loads(line) for line in lines]"
        to: "[json.loads(line) for line in reversed(lines)]"
"""


@dataclass(frozen=True)
class Bench:
    """A workplace whose gates judge the service of the package `mutable_system`."""

    workplace: Any
    environment: Mapping[str, str]
    service: Path
    """Its source."""

    def selftest(self, gate: Path, *mutants: str, more: tuple[str, ...] = ()) -> tuple[int, dict[str, Any], str]:
        """Exit code, what was printed as JSON, and what was said beside it."""
        file = self.workplace.path / "mutants.yaml"
        file.write_text("mutants:\n" + "".join(mutants) + HARMLESS)
        folders = ["--reports", str(self.workplace.reports), "--cache", str(self.workplace.path / "cache")]
        command = [sys.executable, "-m", "harness.cli.main", "selftest", "--gate", str(gate), "--mutants", str(file)]
        done = subprocess.run(
            [*command, *folders, "--json", *more],
            env=dict(self.environment),
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, json.loads(done.stdout or "{}"), done.stderr

    def gate(self, *suites: str) -> Path:
        """A gate over these suites for the service in the package."""
        path: Path = self.workplace.gate(*suites)
        path.write_text(path.read_text().replace("target: small-honest", "target: small-mutable"))
        return path


@pytest.fixture
def bench(workplace: Any, tmp_path: Path) -> Bench:
    """The small service as a package, declared as the target `small-mutable`."""
    place = tmp_path / "mutable"
    (place / "mutable_system").mkdir(parents=True)
    (place / "mutable_system" / "__init__.py").write_text("")
    (place / "mutable_system" / "service.py").write_text(SERVICE.read_text())
    info = place / "mutable_system-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: mutable-system\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[harness.targets]\nsmall-mutable = mutable_system.service:honest\n")
    path = os.pathsep.join([str(place), workplace.environment["PYTHONPATH"]])
    service = place / "mutable_system" / "service.py"
    return Bench(workplace, {**workplace.environment, "PYTHONPATH": path}, service)


@pytest.mark.slow
def test_a_gate_that_catches_its_one_fault_is_complete_and_the_second_call_tries_nothing(bench: Bench) -> None:
    gate = bench.gate("isolation")

    first, printed, _ = bench.selftest(gate, LEAK)
    second, again, said = bench.selftest(gate, LEAK)

    assert (first, second) == (0, 0)
    assert printed == again
    assert printed["rows"] == {"unmutated": "passed", "tenants-mixed": "killed", "another-order": "passed"}
    assert printed["silent"] == []
    assert "3 systems to judge, 3 judged before" in said
    assert bench.workplace.runs() == [], "what a mutant did is no run of the system"


@pytest.mark.slow
def test_after_a_cut_only_what_is_missing_is_tried_and_the_whole_gate_where_it_is_asked_for(bench: Bench) -> None:
    gate = bench.gate("quality", "isolation")
    _, printed, _ = bench.selftest(gate, LEAK)
    kept = Path(printed["matrix"]).parent
    (kept / "another-order.json").unlink()

    _, again, after_the_cut = bench.selftest(gate, LEAK)
    _, whole, of_the_whole = bench.selftest(gate, LEAK, more=("--whole",))

    assert again == printed == whole
    assert "3 systems to judge, 2 judged before" in after_the_cut
    assert "3 systems to judge, 2 judged before" in of_the_whole
    assert json.loads((kept / "tenants-mixed.json").read_text())["suites"] == []


@pytest.mark.slow
def test_another_source_is_another_matrix(bench: Bench) -> None:
    gate = bench.gate("isolation")
    _, before, _ = bench.selftest(gate, LEAK)
    source = bench.service
    source.write_text(source.read_text() + "\n# a remark\n")

    _, after, said = bench.selftest(gate, LEAK)

    assert before["rows"] == after["rows"]
    assert before["matrix"] != after["matrix"]
    assert "judged before" not in said


@pytest.mark.slow
def test_what_is_not_caught_as_it_should_be_is_told_apart(bench: Bench) -> None:
    code, printed, _ = bench.selftest(bench.gate("quality", "isolation"), LEAK, ELSEWHERE, SURVIVOR, UNSTARTABLE)

    assert code == 1
    assert printed["rows"] == {
        "unmutated": "passed",
        "tenants-mixed": "killed",
        "laid-at-the-wrong-door": "killed by another check",
        "another-reason": "survived",
        "no-start": "not judged",
        "another-order": "passed",
    }
    assert printed["silent"] == ["quality.answered"]
    matrix = json.loads(Path(printed["matrix"]).read_text())
    judged = {row["name"]: row["trial"]["suites"] for row in matrix["rows"]}
    assert judged["tenants-mixed"] == ["isolation"]
    assert judged["another-reason"] == [], "what its own suites let through is shown to the whole gate"


@pytest.mark.slow
def test_where_the_system_as_it_is_does_not_pass_nothing_else_is_tried(bench: Bench) -> None:
    code, printed, said = bench.selftest(bench.gate("demanding", "isolation"), LEAK)

    assert code == 1
    assert printed["rows"] == {"unmutated": "blocked"}
    assert "3 systems to judge" in said


@pytest.mark.slow
def test_one_mutant_alone_is_tried_again_and_keeps_its_run(bench: Bench) -> None:
    code, printed, _ = bench.selftest(bench.gate("isolation"), LEAK, more=("--only", "tenants-mixed"))

    assert (code, printed["standing"]) == (0, "killed")
    (run,) = Path(printed["runs"]).glob("*/report.html")
    assert "isolation" in run.read_text()


def test_a_mutant_that_does_not_fit_the_sources_is_refused_before_anything_is_tried(bench: Bench) -> None:
    stale = LEAK.replace('item["tenant"] == who["tenant"] and ', "no such text")

    code, printed, said = bench.selftest(bench.gate("isolation"), stale)

    assert (code, printed) == (4, {})
    assert "mutant tenants-mixed: the text to be replaced stands 0 times in" in said
    assert "next:" in said
