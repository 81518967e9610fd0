"""`harness resume`: finish a run that was cut."""

import os
from pathlib import Path

import click

from harness.cli.common import chosen_run, now, watching
from harness.cli.conclusion import conclude
from harness.cli.options import LAST, cache_option, json_option, reports_option
from harness.pipeline import resume
from harness.targets.opening import Wish

FILE = click.Path(dir_okay=False, path_type=Path)


@click.command("resume")
@click.argument("run", default=LAST)
@click.option("--identity", type=FILE, help="Identity file, where the target was given by address.")
@click.option("--release", type=FILE, help="JSON description of the release, where the target does not give one.")
@click.option("--tracking", default="sqlite:///mlflow.db", show_default=True, help="MLflow store; `none` for none.")
@click.option("--quiet", is_flag=True, help="No stages and no progress bar.")
@click.option("--ingest", default="", help="For an address: `contract`, or python:module:function that puts documents.")
@cache_option
@reports_option
@json_option
def command(  # noqa: PLR0913  one argument for each option
    *,
    run: str,
    identity: Path | None,
    release: Path | None,
    tracking: str,
    quiet: bool,
    ingest: str,
    cache: Path,
    reports: Path,
    as_json: bool,
) -> int:
    """Ask what RUN (default: the last one) has not asked yet, then decide as an undisturbed run would have."""
    folder = chosen_run(reports, run)
    with watching(quiet=quiet or as_json) as steps:
        record = resume(folder, Wish("", identity, release, ingest), cache, steps, now, environment=os.environ)
        return conclude(record, folder, tracking, steps, as_json=as_json)
