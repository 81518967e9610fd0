"""`harness verify`: the auditor's command."""

import json
from pathlib import Path

import click

from harness.cli.common import chosen_run
from harness.cli.options import LAST, json_option, reports_option
from harness.errors import EvidenceError
from harness.pipeline import recompute


@click.command("verify")
@click.argument("run", default=LAST)
@reports_option
@json_option
def command(*, run: str, reports: Path, as_json: bool) -> int:
    """Recompute the verdict of RUN (default: the last one) from its recorded replies, without target or network.

    Exit code 0 where every digest and every byte of the verdict agrees, 4 where one does not. It says whether the
    evidence holds together, not whether the release passed.
    """
    folder = chosen_run(reports, run)
    record, complaints = recompute(folder)
    if as_json:
        outcome = record.verdict.outcome if record else None
        click.echo(json.dumps({"run": folder.path.name, "outcome": outcome, "agrees": not complaints,
                               "complaints": complaints}))  # fmt: skip
    if record is None or complaints:
        raise EvidenceError(
            f"{folder.path} is not the evidence that was sealed: {'; '.join(complaints)}",
            next_step="do not rely on this verdict; run the gate again",
        )
    if not as_json:
        click.echo(f"{record.run.id}: every digest agrees, and {len(record.observations)} recorded replies give")
        click.echo(f"the same verdict again, byte for byte: {record.verdict.outcome}")
    return 0
