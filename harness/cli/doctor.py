"""`harness doctor`: what this machine lacks."""

import json
from dataclasses import asdict
from pathlib import Path

import click

from harness.cli.options import data_folder, json_option, reports_option
from harness.doctor import examine

MISSING = 5


@click.command("doctor")
@reports_option
@json_option
def command(*, reports: Path, as_json: bool) -> int:
    """Check that this machine has what a run needs. Exit code 0 where nothing is missing, 5 where something is."""
    findings = examine(reports, data_folder())
    if as_json:
        click.echo(json.dumps([asdict(finding) for finding in findings]))
    else:
        for finding in findings:
            click.echo(f"{finding.state:<8} {finding.name:<16} {finding.found}")
            if finding.next_step:
                click.echo(f"{'':<8} next: {finding.next_step}")
    return MISSING if any(finding.state == "missing" for finding in findings) else 0
