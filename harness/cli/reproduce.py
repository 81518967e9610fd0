"""`harness reproduce`: try a finding again."""

import json
from dataclasses import asdict
from pathlib import Path

import click

from harness.cli.common import chosen_run
from harness.cli.options import LAST, cache_option, json_option, reports_option
from harness.report.text import clip
from harness.reproduction import Reproduction, reproduce
from harness.targets.opening import Wish

WIDEST = 160
"""Characters of a reason; `harness explain` shows all of it."""
FILE = click.Path(dir_okay=False, path_type=Path)


@click.command("reproduce")
@click.argument("case")
@click.option("--run", default=LAST, show_default=True, help="The run that found it; default: the last one.")
@click.option("--target", default="", help="Another target than the run's, such as one that was mended.")
@click.option("--identity", type=FILE, help="Identity file, where the target is given by address.")
@click.option("--ingest", default="", help="For an address: `contract`, or python:module:function that puts documents.")
@cache_option
@reports_option
@json_option
def command(  # noqa: PLR0913  one argument for each option
    *, case: str, run: str, target: str, identity: Path | None, ingest: str, cache: Path, reports: Path, as_json: bool
) -> int:
    """Ask the CASE of a run again, with its controls, and say whether what it found is still there.

    Exit code 1: it is; 0: it is not; 3: a control did not fire or an ask failed, so nothing can be said.
    """
    folder = chosen_run(reports, run)
    done = reproduce(folder, case, Wish(target, identity, ingest=ingest), cache)
    code = 1 if done.hits else 3 if done.undecided or not done.scores else 0
    if as_json:
        click.echo(json.dumps({"case": case, "exit_code": code, "scores": [asdict(score) for score in done.scores]}))
    else:
        click.echo(_text(done, folder.path.name, code))
    return code


def _text(done: Reproduction, run: str, code: int) -> str:
    word = {1: "STILL THERE", 0: "NOT THERE", 3: "UNDECIDED"}[code]
    lines = [f"{word}  {done.case_id}"]
    for score in done.scores:
        place = f"{score.suite}[{score.route}]" if score.route else score.suite
        value = "no value" if score.value is None else f"{score.value:.4g}"
        lines.append(f"  {place:<24} {score.metric:<16} {value:>9}  {clip(score.reason, WIDEST)}")
    if not done.scores:
        lines.append("  no metric of its suite judges this case: it is a control of others")
    return "\n".join([*lines, f"next: harness explain {done.case_id} --run {run}"])
