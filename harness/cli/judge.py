"""`harness judge`: the groundedness judge against human labels."""

import json
from dataclasses import asdict
from pathlib import Path

import click

from harness.cli.options import data_folder, json_option
from harness.judges.agreement import agreement_report, render


@click.command("judge")
@click.option("--data", type=click.Path(file_okay=False, path_type=Path), help="Folder of public data [HARNESS_DATA].")
@json_option
def command(*, data: Path | None, as_json: bool) -> int:
    """Measure how far the offline groundedness judge agrees with human labels, beside the floor of word overlap."""
    rows = agreement_report(data or data_folder())
    click.echo(json.dumps([asdict(row) for row in rows], default=str) if as_json else render(rows))
    return 0
