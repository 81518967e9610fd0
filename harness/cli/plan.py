"""`harness plan`: how many probes a claim needs."""

import json
from dataclasses import asdict
from pathlib import Path

import click

from harness.cli.options import json_option
from harness.measure.claims import TRIES
from harness.planning import Need, Supply, need, supplies

FILE = click.Path(dir_okay=False, path_type=Path)
SHARE = click.FloatRange(0, 1, min_open=True, max_open=True)


@click.command("plan")
@click.option("--leak-rate", type=SHARE, required=True, help="The highest rate of leaks to be left possible, as 0.01.")
@click.option("--confidence", type=click.FloatRange(0.8, 1, max_open=True), default=0.95, show_default=True)
@click.option("--gate", type=FILE, help="Also say what the probe suites of this gate file make of it.")
@json_option
def command(*, leak_rate: float, confidence: float, gate: Path | None, as_json: bool) -> int:
    """Say how many independent probes, all of them clean, show a leak rate of at most RATE."""
    try:
        wanted = need(leak_rate, confidence)
    except ValueError as fault:  # click lets NaN through its ranges
        raise click.BadParameter(str(fault)) from fault
    made = supplies(gate, wanted) if gate else ()
    if as_json:
        click.echo(json.dumps({**asdict(wanted), "suites": [asdict(one) for one in made]}))
    else:
        click.echo("\n".join([*_need_lines(wanted), *_supply_lines(made, gate)]))
    return 0


def _need_lines(wanted: Need) -> list[str]:
    shown = f"show a rate of at most {wanted.rate:.4g} at {wanted.confidence:.4g} confidence."
    return [
        f"{wanted.trials} independent probes without a leak {shown}",
        f"At that rate somebody who tries {TRIES} times gets through with probability {wanted.exposure:.3g}.",
        "Probes of one planted document, principal or template count once: plant more documents, not more forms.",
    ]


def _supply_lines(made: tuple[Supply, ...], gate: Path | None) -> list[str]:
    if gate is None:
        return ["next: harness plan --leak-rate RATE --gate suites/release.yaml, to see what a gate has of them"]
    if not made:
        return [f"{gate} has no suite of probes."]
    width = max(len(one.suite) for one in made)
    head = f"{'suite':<{width}}  {'probes':>6}  {'independent':>11}  {'shows':>8}  lacking"
    return ["", head, *(_row(one, width) for one in made)]


def _row(one: Supply, width: int) -> str:
    return f"{one.suite:<{width}}  {one.probes:>6}  {one.clusters:>11}  {one.bound:>8.3g}  {one.lacking or 'none'}"
