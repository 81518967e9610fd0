"""`harness selftest`: the gate against systems that were made faulty on purpose."""

import json
import os
import sys
import time
from pathlib import Path

import click

from harness.cli.common import now
from harness.cli.options import cache_option, data_folder, json_option, reports_option
from harness.domain.matrix import GOOD, Row
from harness.selftest.run import Wanted, Watch, run_one, run_selftest
from harness.selftest.words import complaints, line_of, render_table

FILE = click.Path(dir_okay=False, path_type=Path)
WRONG, NOT_JUDGED = 1, 3


@click.command("selftest")
@click.option("--gate", type=FILE, default=Path("suites/selftest.yaml"), show_default=True, help="The gate to test.")
@click.option(
    "--mutants", type=FILE, default=Path("suites/selftest/mutants.yaml"), show_default=True, help="The faults to try."
)
@click.option("--jobs", type=click.IntRange(1, 256), help="Trials at a time [one for each core].")
@click.option("--whole", is_flag=True, help="Judge each mutant by the whole gate, which takes several times as long.")
@click.option("--only", default="", metavar="NAME", help="Try this one again, and keep its run.")
@cache_option
@reports_option
@json_option
def command(  # noqa: PLR0913  one argument for each option
    *, gate: Path, mutants: Path, jobs: int | None, whole: bool, only: str, cache: Path, reports: Path, as_json: bool
) -> int:
    """Make the system faulty in many ways, judge each by the gate, and show which check caught it.

    A mutant is judged by the suites that should catch it, and by the whole gate where they do not; the system as it is
    and its harmless changes by the whole gate. What was judged before with the same sources is not judged again.

    Exit codes: 0 where all is as it should be, 1 where a fault got through or was caught by another check than it
    should, a good system was blocked, or a check objected to nothing, 3 where a system could not be judged.
    """
    wanted = Wanted(gate, mutants, reports, cache, data_folder(), jobs or len(os.sched_getaffinity(0)), whole)
    if only:
        return _one(wanted, only, as_json=as_json)
    matrix, folder = run_selftest(wanted, _watch(quiet=as_json), now)
    if as_json:
        said = {
            "complete": matrix.complete,
            "exit_code": matrix.exit_code,
            "rows": {row.name: row.standing for row in matrix.rows},
            "silent": list(matrix.silent),
            "matrix": str(folder / "matrix.json"),
        }
        click.echo(json.dumps(said))
    else:
        click.echo(render_table(matrix))
        click.echo(f"matrix: {folder / 'matrix.md'}\nexit code {matrix.exit_code}")
    return matrix.exit_code


def _one(wanted: Wanted, name: str, *, as_json: bool) -> int:
    row, runs = run_one(wanted, name)
    if as_json:
        click.echo(json.dumps({"name": row.name, "standing": row.standing, "runs": str(runs)}))
    else:
        click.echo("\n".join([line_of(row), *complaints(row)[:-1]]))
        for check in dict.fromkeys(objection.check for objection in row.trial.objections):
            click.echo(f"next: harness explain {check} --run last --reports {runs}")
    if row.standing == "not judged":
        click.echo(f"next: read {runs.parent / (row.name + '.log')}", err=True)
        return NOT_JUDGED
    return 0 if row.standing in GOOD else WRONG


def _watch(*, quiet: bool) -> Watch:
    """Each row as it comes, with counts and the time left."""
    state = {"all": 0, "kept": 0, "done": 0}
    started = time.monotonic()

    def planned(number: int, kept: int) -> None:
        state.update(all=number, kept=kept, done=kept)
        click.echo(f"{number} systems to judge" + (f", {kept} judged before" if kept else ""), err=True)

    def judged(row: Row) -> None:
        state["done"] += 1
        if quiet:
            return
        spent = time.monotonic() - started
        left = spent / (state["done"] - state["kept"]) * (state["all"] - state["done"])
        click.echo(f"[{state['done']}/{state['all']}] {line_of(row)}; {left / 60:.1f} min left", err=True)
        sys.stderr.flush()

    return Watch(planned, judged)
