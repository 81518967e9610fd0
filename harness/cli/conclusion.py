"""How a judged run ends on the command line: the mirror in MLflow, the verdict on standard output, the exit code."""

import json
import sys

import click

from harness.domain.runs import Record
from harness.errors import TrackingError
from harness.evidence.folder import RunFolder
from harness.pipeline import Steps
from harness.report.console import render_verdict

NO_TRACKING = "none"
EXPERIMENT = "release-gate"


def conclude(record: Record, folder: RunFolder, tracking: str, steps: Steps, *, as_json: bool) -> int:
    """Mirror, print, and give the exit code. Without MLflow the verdict is the same, and that is said."""
    note = ""
    if tracking != NO_TRACKING:
        steps.stage("mirroring to MLflow")
        note = _mirrored(record, folder, tracking)
    if as_json:
        click.echo(json.dumps({"outcome": record.verdict.outcome, "exit_code": record.verdict.exit_code,
                               "run": record.run.id, "folder": str(folder.path)}))  # fmt: skip
    else:
        colour = sys.stdout.isatty()
        click.echo(render_verdict(record, colour=colour, folder=str(folder.path)))
    if note:
        click.echo(note, err=True)
    return record.verdict.exit_code


def _mirrored(record: Record, folder: RunFolder, tracking: str) -> str:
    from harness.tracking.mirror import mirror  # noqa: PLC0415  MLflow costs seconds, and a run without it must not pay them

    artifacts = [folder.path / name for name in ("report.html", "summary.md", "junit.xml", "verdict.json")]
    try:
        done = mirror(record, artifacts, tracking, EXPERIMENT)
    except TrackingError as fault:
        return f"MLflow: {fault}. The verdict stands without it.\nnext:  {fault.next_step}"
    return f"MLflow: {done.metrics_read_back} metrics written and read back at {done.uri}"
