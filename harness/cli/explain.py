"""`harness explain`: why a check or a case came out as it did."""

import json
from pathlib import Path

import click

from harness.cli.common import chosen_run
from harness.cli.options import LAST, json_option, reports_option
from harness.pipeline import read_record
from harness.report.explain import explain


@click.command("explain")
@click.argument("name")
@click.option("--run", default=LAST, show_default=True, help="The run; default: the last one.")
@reports_option
@json_option
def command(*, name: str, run: str, reports: Path, as_json: bool) -> int:
    """Say why the check or the case NAME came out as it did: rule, figures, documents and ranks."""
    text = explain(read_record(chosen_run(reports, run)), name)
    click.echo(json.dumps({"name": name, "lines": text.split("\n")}) if as_json else text)
    return 0
