"""`harness compare`: which is better, and where."""

import json
from pathlib import Path

import click
from pydantic import TypeAdapter

from harness.cli.common import chosen_run
from harness.cli.options import json_option, reports_option
from harness.domain.scores import Difference
from harness.measure.compare import Side, compare
from harness.pipeline import read_record
from harness.scorers.catalogue import scorer_named

SHOWN = 3


@click.command("compare")
@click.argument("first")
@click.argument("second")
@reports_option
@json_option
def command(*, first: str, second: str, reports: Path, as_json: bool) -> int:
    """Compare SECOND with FIRST on the cases that both have. Each is a run, `last`, or RUN:ROUTE for one of its routes.

    A difference is second minus first; its bounds are one-sided at 95 % and rest on pairing, case by case.
    """
    one, two = _side(first, reports), _side(second, reports)
    corpus_free = {name: scorer_named(name, None) for suite in one.record.gate.suites for name in suite.scorers}
    differences = compare(one, two, corpus_free.__getitem__)
    if as_json:
        click.echo(json.dumps(TypeAdapter(tuple[Difference, ...]).dump_python(differences, mode="json")))
        return 0
    click.echo(f"first   {one.label}\nsecond  {two.label}\n")
    width = max(len(_name(item)) for item in differences)
    head = f"{'cases':>6}  {'missing':>7}  {'worse':>6}  {'better':>6}"
    click.echo(f"{'':<{width}}  {'second - first':>14}  {'95 % bounds':>20}  {head}")
    for item in differences:
        counts = f"{item.n:>6}  {item.missing:>7}  {len(item.worse):>6}  {len(item.better):>6}"
        click.echo(f"{_name(item):<{width}}  {_figure(item.value):>14}  {_bounds(item):>20}  {counts}")
        if item.worse:
            click.echo(f"{'':<{width}}    worse first: {', '.join(item.worse[:SHOWN])}")
    click.echo(f"\nnext: harness explain <case> --run {two.record.run.id}")
    return 0


def _side(name: str, reports: Path) -> Side:
    run, _, route = name.partition(":")
    return Side(read_record(chosen_run(reports, run)), route or None)


def _name(item: Difference) -> str:
    return " ".join(part for part in (item.suite, item.route, item.name) if part)


def _figure(value: float | None) -> str:
    return "no value" if value is None else f"{value:+.4g}"


def _bounds(item: Difference) -> str:
    if item.interval is None or item.interval.low is None or item.interval.high is None:
        return "none"
    return f"{item.interval.low:+.4f} .. {item.interval.high:+.4f}"
