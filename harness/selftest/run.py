"""The whole matrix: every trial in a process of its own, a few at a time, and only those that are not kept yet."""

import multiprocessing
import os
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from multiprocessing.connection import wait
from multiprocessing.context import BaseContext
from multiprocessing.process import BaseProcess
from pathlib import Path

from harness.domain.digest import digest_of, digest_of_bytes
from harness.domain.matrix import UNMUTATED, Matrix, Row, Trial
from harness.domain.suites import Gate
from harness.errors import EvidenceError, InvalidInput
from harness.evidence.folder import plain, write_json, write_text
from harness.evidence.matrices import read_trial, write_matrix
from harness.load.strict import nearest
from harness.load.suites import load_gate
from harness.provenance import code_digest
from harness.scorers.catalogue import metric_facts
from harness.selftest.matrix import row_of, rows_of, silent_checks
from harness.selftest.mutants import Mutant, Mutants, load_mutants, unmutated
from harness.selftest.patching import check_patches, package_folder
from harness.selftest.preloading import VARIABLE
from harness.selftest.words import render_markdown
from harness.selftest.worker import MODULES, Job, work

LONGEST_S = 900.0
"""A trial that takes longer is ended and not judged: some faults make a system hang."""

Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What `harness selftest` was asked to do."""

    gate: Path
    mutants: Path
    reports: Path
    cache: Path
    data: Path
    jobs: int
    """Trials at a time."""
    whole: bool = False
    """Judge every mutant by the whole gate at once, not by the suites first that should catch it."""


@dataclass(frozen=True, slots=True)
class Watch:
    """What a caller may watch."""

    planned: Callable[[int, int], None]
    """Trials of the matrix, and how many of them are kept from before."""
    judged: Callable[[Row], None]
    """Each row as it comes."""


@dataclass(frozen=True, slots=True)
class Selftest:
    """What is put to the test, by digest: another digest of any of them is another matrix."""

    gate: Gate
    mutants: Mutants
    harness_code: str
    system_code: str

    @property
    def checks(self) -> frozenset[str]:
        """The blocking checks of the gate, as `suite.rule`."""
        return blocking(self.gate)

    @property
    def digest(self) -> str:
        """Names the folder of the matrix."""
        golden_set = digest_of_bytes((Path(self.gate.golden_set) / "manifest.json").read_bytes())
        return digest_of([self.harness_code, self.system_code, self.mutants.digest, self.gate.digest, golden_set])

    @property
    def all(self) -> tuple[Mutant, ...]:
        """Every row of the matrix in its order: the system as it is, what must be caught, what must pass."""
        return (unmutated(), *self.mutants.listed)


def blocking(gate: Gate) -> frozenset[str]:
    """The blocking checks of a gate, as `suite.rule`."""
    rules = ((suite.name, rule) for suite in gate.suites for rule in suite.rules)
    return frozenset(f"{suite}.{rule.id}" for suite, rule in rules if rule.severity == "blocker")


def open_selftest(wanted: Wanted) -> Selftest:
    """Read gate and mutants, and hold every patch to the sources. Raises InvalidInput where something does not fit."""
    gate = load_gate(wanted.gate, metric_facts)
    mutants = load_mutants(wanted.mutants, blocking(gate))
    check_patches(mutants.listed)
    return Selftest(gate, mutants, code_digest(), _sources_digest(mutants))


def run_selftest(wanted: Wanted, watch: Watch, clock: Clock) -> tuple[Matrix, Path]:
    """Make every trial that is not kept yet; the matrix and its folder.

    Raises InvalidInput where gate, mutants and sources do not fit together, and EvidenceError where the sources were
    changed while they were tried. Where the system as it is does not pass, nothing else is tried.
    """
    test = open_selftest(wanted)
    folder = wanted.reports / f"selftest-{test.digest[:12]}"
    folder.mkdir(parents=True, exist_ok=True)
    rows = {one.name: row for one in test.all if (row := _kept(wanted, folder, one)) is not None}
    watch.planned(len(test.all), len(rows))
    base, *others = (_job(wanted, test, folder, one) for one in test.all)
    if UNMUTATED not in rows:
        _keep(rows, watch, _tried([base], 1, multiprocessing.get_context("spawn")))
    if rows[UNMUTATED].standing == "passed":
        missing = [job for job in others if job.mutant.name not in rows]
        _keep(rows, watch, _tried(missing, wanted.jobs, _prepared(folder)))
    if open_selftest(wanted).digest != test.digest:
        raise EvidenceError("the sources were changed while they were tried", next_step="run `harness selftest` again")
    return _finished(test, rows, folder, clock), folder


def run_one(wanted: Wanted, name: str) -> tuple[Row, Path]:
    """Try one mutant, whether it is kept or not, and keep its run; the row, and the folder of such runs."""
    test = open_selftest(wanted)
    chosen = next((one for one in test.all if one.name == name), None)
    if chosen is None:
        raise InvalidInput(f"no mutant is named {name!r}; {nearest(name, [one.name for one in test.all])}")
    folder = wanted.reports / f"selftest-{test.digest[:12]}"
    folder.mkdir(parents=True, exist_ok=True)
    job = _job(wanted, test, folder, chosen, runs=folder / "runs")
    (trial,) = (trial for _, trial in _tried([job], 1, multiprocessing.get_context("spawn")))
    return row_of(chosen, trial), folder / "runs"


def _finished(test: Selftest, rows: dict[str, Row], folder: Path, clock: Clock) -> Matrix:
    tried = [one for one in test.all if one.name in rows]
    made = rows_of(tried, {name: row.trial for name, row in rows.items()})
    matrix = Matrix(
        gate=f"{test.gate.name} {test.gate.version}",
        gate_digest=test.gate.digest,
        mutants_digest=test.mutants.digest,
        harness_code=test.harness_code,
        system_code=test.system_code,
        finished_at=clock().strftime("%Y-%m-%dT%H:%M:%SZ"),
        rows=made,
        silent=silent_checks(test.checks, made) if len(made) == len(test.all) else (),
    )
    write_matrix(folder, matrix)
    write_text(folder / "matrix.md", render_markdown(matrix))
    return matrix


def _kept(wanted: Wanted, folder: Path, mutant: Mutant) -> Row | None:
    """The row of a trial that is kept and final: it came to a verdict, and a pass is one of the whole gate."""
    trial = read_trial(folder / f"{mutant.name}.json")
    if trial is None or trial.outcome is None:
        return None
    partial = bool(trial.suites) and (wanted.whole or trial.outcome == "PASSED")
    return None if partial else row_of(mutant, trial)


def _job(wanted: Wanted, test: Selftest, folder: Path, mutant: Mutant, runs: Path | None = None) -> Job:
    suites = () if wanted.whole else mutant.suites
    return Job(mutant, wanted.gate, wanted.cache, wanted.data, folder, test.mutants.packages, suites, runs)


def _keep(rows: dict[str, Row], watch: Watch, trials: Iterator[tuple[Job, Trial]]) -> None:
    for job, trial in trials:
        rows[job.mutant.name] = row_of(job.mutant, trial)
        watch.judged(rows[job.mutant.name])


def _prepared(folder: Path) -> BaseContext:
    """Processes are forked off one that has imported what every mutant needs and no mutant changes: it takes seconds.

    Which modules those are was seen when the system was tried as it is.
    """
    context = multiprocessing.get_context("forkserver")
    os.environ[VARIABLE] = str((folder / MODULES).resolve())
    context.set_forkserver_preload(["harness.selftest.preloading"])
    return context


def _tried(jobs: Sequence[Job], at_a_time: int, context: BaseContext) -> Iterator[tuple[Job, Trial]]:
    """Every job with its trial, as they are done."""
    waiting, running = deque(jobs), dict[BaseProcess, tuple[Job, float]]()
    try:
        while waiting or running:
            while waiting and len(running) < at_a_time:
                job = waiting.popleft()
                job.result.unlink(missing_ok=True)
                process = context.Process(target=work, args=(job,), daemon=True)  # type: ignore[attr-defined]
                process.start()
                running[process] = (job, time.monotonic())
            wait([process.sentinel for process in running], timeout=1.0)
            for process in [one for one, (_, since) in running.items() if _over(one, since)]:
                job, since = running.pop(process)
                trial = _trial_of(job, process, since)
                if (
                    trial.outcome == "PASSED" and job.suites
                ):  # none of those that should: perhaps another suite catches it
                    waiting.append(replace(job, suites=()))
                else:
                    yield job, trial
    finally:
        for process in running:
            process.kill()


def _over(process: BaseProcess, since: float) -> bool:
    """Whether the process has ended, or is ended now because it took too long."""
    if process.is_alive() and time.monotonic() - since > LONGEST_S:
        process.kill()
    process.join(timeout=0)
    return not process.is_alive()


def _trial_of(job: Job, process: BaseProcess, since: float) -> Trial:
    """What the process wrote; where it wrote nothing, a trial without a verdict."""
    trial = read_trial(job.result)
    if trial is None:
        spent = round(time.monotonic() - since, 1)
        fault = f"the process ended with code {process.exitcode} and no result"
        trial = Trial(job.mutant.name, None, (), (), spent, job.suites, fault)
        write_json(job.result, plain(trial, Trial))
    return trial


def _sources_digest(mutants: Mutants) -> str:
    """sha256 over every file of the mutated packages."""
    files = []
    for package in mutants.packages:
        folder = package_folder(package)
        for path in sorted(folder.rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                name = f"{package}/{path.relative_to(folder).as_posix()}"
                files.append([name, digest_of_bytes(path.read_bytes())])
    return digest_of(files)
