"""One trial, in a process of its own: change the system, let the gate judge it, and write down what it said."""

import os
import sys
import time
import traceback
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from harness.domain.checks import Check, Verdict
from harness.domain.matrix import Objection, Trial
from harness.errors import HarnessError, InvalidInput
from harness.evidence.folder import plain, write_json
from harness.load.suites import load_gate
from harness.pipeline import Order, Steps, decide_gate, run_gate
from harness.scorers.catalogue import metric_facts
from harness.selftest.focus import focused
from harness.selftest.mutants import Mutant
from harness.selftest.patching import Patched
from harness.targets.opening import Wish

MODULES = "modules.json"
"""Beside the trial of the unmutated system: the modules that it needs from outside the mutated packages."""


@dataclass(frozen=True, slots=True)
class Job:
    """One trial to be made."""

    mutant: Mutant
    gate: Path
    cache: Path
    data: Path
    folder: Path
    """Where the trial goes, as `<name>.json`, and what the process printed, as `<name>.log`."""
    packages: tuple[str, ...]
    """The mutated packages: what else the system imports can be imported once for all trials."""
    suites: tuple[str, ...] = ()
    """The suites of the gate that judge it; empty: all of them."""
    runs: Path | None = None
    """Where the run is kept with its report; None keeps nothing of it."""

    @property
    def result(self) -> Path:
        """The file of the trial."""
        return self.folder / f"{self.mutant.name}.json"

    @property
    def log(self) -> Path:
        """The file of what the process printed."""
        return self.folder / f"{self.mutant.name}.log"


def work(job: Job) -> None:
    """What the process does. It ends without the clean-up of what was imported, which takes seconds."""
    with job.log.open("wb") as log:
        os.dup2(log.fileno(), 1)
        os.dup2(log.fileno(), 2)
    trial = tried(job)
    write_json(job.result, plain(trial, Trial))
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)


def tried(job: Job) -> Trial:
    """The trial. Whatever goes wrong on the way to a verdict is its `fault`, and no kill."""
    started = time.perf_counter()
    verdict, fault = None, ""
    try:
        verdict = _verdict(job)
    except HarnessError as refusal:
        fault = f"{type(refusal).__name__}: {refusal}"
    except BaseException as broken:  # noqa: BLE001  the mutated system runs here, and may do anything but count as caught
        traceback.print_exc(file=sys.stderr)
        fault = type(broken).__name__
    seconds = round(time.perf_counter() - started, 1)
    if verdict is None:
        return Trial(job.mutant.name, None, (), (), seconds, job.suites, fault)
    objections = tuple(map(_objection, filter(_objects, verdict.checks)))
    faults = tuple(item.message for item in verdict.faults)
    return Trial(job.mutant.name, verdict.outcome, objections, faults, seconds, job.suites)


def _verdict(job: Job) -> Verdict:
    patched = Patched(job.mutant)
    patched.install()
    try:
        verdict = _judged(job)
    finally:
        patched.remove()
    if patched.idle:
        raise InvalidInput(f"never imported, so the fault was not there: {', '.join(patched.idle)}")
    if not job.mutant.patches:
        others = [name for name in sys.modules if name.partition(".")[0] not in {*job.packages, "__main__"}]
        write_json(job.folder / MODULES, others)
    return verdict


def _judged(job: Job) -> Verdict:
    steps = Steps(planned=lambda *_: None, asked=lambda _: None, stage=lambda _: None)
    with TemporaryDirectory(prefix="harness-selftest-") as scratch:
        path = job.gate
        if job.suites:
            path = focused(path, load_gate(path, metric_facts), job.suites, Path(scratch) / "gate")
        reports = job.runs or Path(scratch) / "reports"
        order = Order(path, Wish(""), reports, job.cache, job.data, environment=os.environ)
        record = run_gate(order, steps, _now)[0] if job.runs else decide_gate(order, steps, _now)
        return record.verdict


def _objects(check: Check) -> bool:
    return check.rule.severity == "blocker" and check.status != "PASSED"


def _objection(check: Check) -> Objection:
    return Objection(f"{check.suite}.{check.rule.id}", check.route, check.status, check.reason, check.message)


def _now() -> datetime:
    return datetime.now(UTC)
