"""`harness show`: the verdict of a run again."""

import sys
from pathlib import Path

import click

from harness.cli.common import chosen_run
from harness.cli.options import LAST, json_option, reports_option
from harness.errors import InvalidInput
from harness.pipeline import read_record
from harness.report.console import render_verdict


@click.command("show")
@click.argument("run", default=LAST)
@reports_option
@json_option
def command(*, run: str, reports: Path, as_json: bool) -> int:
    """Show the verdict of RUN (default: the last one) with its reasons. The exit code is 0 whatever the verdict was."""
    folder = chosen_run(reports, run)
    if not folder.finished:
        raise InvalidInput(f"{folder.path.name} is unfinished", next_step=f"run `harness resume {folder.path.name}`")
    record = read_record(folder)
    if as_json:
        click.echo(folder.verdict.read_text(encoding="utf-8"), nl=False)
        return 0
    click.echo(render_verdict(record, colour=sys.stdout.isatty(), folder=str(folder.path)))
    return 0
