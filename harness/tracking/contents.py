"""What the mirror holds, as values: a finished run in, the contents of MLflow's runs out. Nothing is written here."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from harness.domain.checks import Check
from harness.domain.runs import Record
from harness.domain.scores import Metric, Score
from harness.domain.suites import Suite
from harness.errors import TrackingError
from harness.tracking.names import LONGEST_NAME, LONGEST_PARAMETER, metric_name, plain_name, text
from harness.tracking.tables import CHECKS_FILE, SCORES_FILE, checks_table, scores_table

_STATUSES = ("PASSED", "FAILED", "INCONCLUSIVE", "INVALID")
_TABLES_SHOWN = json.dumps([{"path": CHECKS_FILE, "type": "table"}])
"""Value of the tag by which MLflow's page knows a file for a table; `log_table` writes the same."""


@dataclass(frozen=True, slots=True)
class Contents:
    """One run of MLflow before it is written. Pairs, not mappings: two figures of one name must not become one."""

    name: str
    metrics: tuple[tuple[str, float], ...]
    params: tuple[tuple[str, str], ...]
    tags: tuple[tuple[str, str], ...]
    files: Mapping[str, bytes]
    passed: bool
    """MLflow shows a green mark beside a run that finished; only what PASSED may have one."""


def gate_contents(record: Record, files: Mapping[str, bytes]) -> Contents:
    """The parent: the verdict, how many checks have which status, every digest, and the given files."""
    run, verdict = record.run, record.verdict
    counts = [(f"checks.{status}", _count(verdict.checks, status)) for status in _STATUSES]
    faults = [(f"fault.{i}", f"{fault.reason}: {fault.message}") for i, fault in enumerate(verdict.faults, start=1)]
    tags = [("verdict", verdict.outcome), *faults, *_provenance(record), ("mlflow.note.content", _note(record))]
    return Contents(
        name=text(run.id, LONGEST_NAME),
        metrics=(("exit_code", float(verdict.exit_code)), *counts),
        params=_params({"gate": f"{run.gate} {run.gate_version}", "target": run.target}),
        tags=_tags(tags),
        files=files,
        passed=verdict.outcome == "PASSED",
    )


def suite_contents(record: Record) -> tuple[Contents, ...]:
    """The children, one for each suite and route, in the gate's order. Raises TrackingError for a figure of none."""
    planned = [(suite, route) for suite in record.gate.suites for route in suite.routes]
    verdict = record.verdict
    figures: Sequence[Metric | Check | Score] = [*verdict.metrics, *verdict.checks, *record.scores]
    strangers = {(f.suite, f.route) for f in figures} - {(suite.name, route) for suite, route in planned}
    if strangers:
        raise TrackingError(
            f"the record has figures of suites and routes that its gate does not declare: {sorted(strangers)}",
            next_step="verify the evidence folder: its figures and its gate do not belong together",
        )
    return tuple(_suite_contents(record, suite, route) for suite, route in planned)


def _suite_contents(record: Record, suite: Suite, route: str) -> Contents:
    verdict, key = record.verdict, (suite.name, route)
    checks = [check for check in verdict.checks if (check.suite, check.route) == key]
    metrics = [metric for metric in verdict.metrics if (metric.suite, metric.route) == key]
    scores = [score for score in record.scores if (score.suite, score.route) == key]
    missing = [(f"missing.{metric_name(m)}", m.reason or "no value") for m in metrics if m.value is None]
    shown = [("mlflow.loggedArtifacts", _TABLES_SHOWN)]
    return Contents(
        name=text(f"{suite.name}/{route}" if route else suite.name, LONGEST_NAME),
        metrics=(*_ledger(record, key), *(pair for metric in metrics for pair in _figures(metric))),
        params=_params(_asked(record, suite, route)),
        tags=_tags([*_check_tags(checks), *missing, *_provenance(record), *shown]),
        files={SCORES_FILE: scores_table(scores), CHECKS_FILE: checks_table(checks)},
        passed=all(check.status == "PASSED" for check in checks if check.rule.severity == "blocker"),
    )


def _figures(metric: Metric) -> Iterator[tuple[str, float]]:
    """The numbers of one metric; a number that is not there is left out, never written as 0."""
    name = metric_name(metric)
    interval = metric.interval
    numbers = {
        name: metric.value,
        f"{name}.low": interval.low if interval else None,
        f"{name}.high": interval.high if interval else None,
        f"{name}.n": metric.n,
        f"{name}.errored": metric.errored,
        f"{name}.missing": metric.missing,
    }
    return ((key, float(value)) for key, value in numbers.items() if value is not None)


def _ledger(record: Record, key: tuple[str, str]) -> Iterator[tuple[str, float]]:
    for ledger in record.verdict.ledgers:
        if (ledger.suite, ledger.route) == key:
            yield from (
                (f"asks.{word}", float(getattr(ledger, word))) for word in ("planned", "answered", "errored", "unasked")
            )


def _asked(record: Record, suite: Suite, route: str) -> dict[str, object]:
    return {
        "suite": f"{suite.name} {suite.version}",
        "route": route or "chosen by the target",
        "target": record.run.target,
        "verb": suite.verb,
        "top_k": suite.top_k,
        "repeats": suite.repeats,
        "concurrency": suite.concurrency,
        "warm_up": suite.warm_up,
        "timeout_s": suite.timeout_s,
    }


def _provenance(record: Record) -> list[tuple[str, str]]:
    """Whatever can move a number, by version and digest; on every run, so that each can be found by it."""
    run = record.run
    return [
        ("run_id", run.id),
        ("release_digest", run.release_digest),
        ("gate_digest", run.gate_digest),
        ("golden_set", run.golden_set),
        ("golden_set_digest", run.golden_set_digest),
        ("corpus_digest", run.corpus_digest),
        ("plan_digest", run.plan_digest),
        *((f"suite_digest.{plain_name(suite.name)}", suite.digest) for suite in record.gate.suites),
        *((f"scorer.{plain_name(name)}", version) for name, version in run.scorer_versions.items()),
        *((f"probe.{plain_name(name)}", version) for name, version in run.probe_versions.items()),
        *((f"environment.{plain_name(name)}", version) for name, version in run.environment.items()),
    ]


def _check_tags(checks: Sequence[Check]) -> Iterator[tuple[str, str]]:
    """The status and the reason of each check, without the route in the name, so that two routes line up."""
    for check in checks:
        name = f"check.{plain_name(f'{check.suite}.{check.rule.id}')}"
        yield name, check.status
        yield f"{name}.reason", check.reason


def _note(record: Record) -> str:
    """The description on MLflow's page, in Markdown: the verdict, then every check that is not PASSED."""
    verdict = record.verdict
    unmet = [check for check in verdict.checks if check.status != "PASSED"]
    lines = [f"**{verdict.outcome}** (exit code {verdict.exit_code}), release `{verdict.release[:12]}`", ""]
    lines += [f"- {fault.reason}: {fault.message}" for fault in verdict.faults]
    lines += [f"- {check.status} `{check.id}`: {check.message}" for check in unmet]
    lines += ["", "A mirror of the evidence, not the evidence: the verdict was decided before this was written."]
    return "\n".join(lines)


def _count(checks: Sequence[Check], status: str) -> float:
    return float(sum(check.status == status for check in checks))


def _params(pairs: Mapping[str, object]) -> tuple[tuple[str, str], ...]:
    return tuple((name, text(str(value), LONGEST_PARAMETER)) for name, value in pairs.items())


def _tags(pairs: Sequence[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    return tuple((name, text(value)) for name, value in pairs)
