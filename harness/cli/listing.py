"""`harness list`: the runs that are there."""

import json
from pathlib import Path

import click

from harness.cli.options import json_option, reports_option
from harness.errors import EvidenceError
from harness.evidence.folder import RunFolder, read_run, read_verdict_outcome, run_folders


@click.command("list")
@reports_option
@json_option
def command(*, reports: Path, as_json: bool) -> int:
    """List the runs, oldest first: verdict, when, target, release."""
    rows = [_row(folder) for folder in (run_folders(reports) if reports.is_dir() else [])]
    if as_json:
        click.echo(json.dumps(rows))
        return 0
    if not rows:
        click.echo(f"no run is in {reports}; `harness gate suites/release.yaml` makes one")
        return 0
    width = max(len(row["run"]) for row in rows)
    click.echo(f"{'run':<{width}}  {'verdict':<12}  {'began':<20}  {'release':<12}  target")
    for row in rows:
        click.echo(
            f"{row['run']:<{width}}  {row['outcome']:<12}  {row['began']:<20}  {row['release']:<12}  {row['target']}"
        )
    return 0


def _row(folder: RunFolder) -> dict[str, str]:
    try:
        run = read_run(folder)
        outcome = read_verdict_outcome(folder) if folder.finished else "unfinished"
    except EvidenceError:
        return {"run": folder.path.name, "outcome": "damaged", "began": "", "release": "", "target": ""}
    return {"run": run.id, "outcome": outcome, "began": run.started_at, "release": run.release_digest[:12],
            "target": run.target}  # fmt: skip
