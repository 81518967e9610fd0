"""`harness gate`: judge a release."""

import os
from pathlib import Path

import click

from harness.cli.common import now, watching
from harness.cli.conclusion import conclude
from harness.cli.options import cache_option, data_folder, json_option, reports_option
from harness.pipeline import Order, run_gate
from harness.targets.opening import Wish

FILE = click.Path(dir_okay=False, path_type=Path)
FOLDER = click.Path(file_okay=False, path_type=Path)


@click.command("gate")
@click.argument("gate", type=FILE)
@click.option("--target", default="", help="A declared name, an http(s) address, or python:module:function.")
@click.option("--identity", type=FILE, help="Identity file of the issuer that a target by address trusts.")
@click.option("--release", type=FILE, help="JSON description of the release, where the target does not give one.")
@click.option("--planted", type=FOLDER, help="Folder that `harness dataset plant` wrote, for a target by address.")
@click.option("--tracking", default="sqlite:///mlflow.db", show_default=True, help="MLflow store; `none` for none.")
@click.option("--quiet", is_flag=True, help="No stages and no progress bar.")
@click.option("--ingest", default="", help="For an address: `contract`, or python:module:function that puts documents.")
@cache_option
@reports_option
@json_option
def command(  # noqa: PLR0913  one argument for each option
    *,
    gate: Path,
    target: str,
    identity: Path | None,
    release: Path | None,
    planted: Path | None,
    tracking: str,
    quiet: bool,
    ingest: str,
    cache: Path,
    reports: Path,
    as_json: bool,
) -> int:
    """Judge one release of a target by the GATE file, and exit with the code of the verdict."""
    with watching(quiet=quiet or as_json) as steps:
        order = Order(gate, Wish(target, identity, release, ingest), reports, cache, data_folder(), planted, os.environ)
        record, folder = run_gate(order, steps, now)
        return conclude(record, folder, tracking, steps, as_json=as_json)
