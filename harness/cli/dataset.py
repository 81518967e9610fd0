"""`harness dataset`: golden sets as files."""

import json
from dataclasses import asdict
from pathlib import Path

import click

from harness.cli.options import json_option
from harness.errors import InvalidInput
from harness.lifecycle.datasets.counts import counts_of, rendered_counts
from harness.lifecycle.datasets.diff import diff, rendered_diff
from harness.lifecycle.datasets.freeze import freeze
from harness.lifecycle.datasets.importer import import_dataset
from harness.lifecycle.datasets.layouts import Layout
from harness.lifecycle.datasets.lint import errors_of, inspect, lint_inspected
from harness.lifecycle.datasets.plant import plant_corpus

FOLDER = click.Path(path_type=Path)


@click.group("dataset")
def command() -> None:
    """Import, lint, diff, freeze and plant golden sets. A dataset is a folder <name>/<version>."""


@command.command("import")
@click.argument("source", type=FOLDER)
@click.argument("destination", type=FOLDER)
@click.option("--layout", type=click.Choice(["auto", "enterprise5", "beir", "trec"]), default="auto", show_default=True)
@click.option("--name", help="Name of the dataset.  [default: the folder above DESTINATION]")
@click.option("--version", help="Its version.  [default: the last folder of DESTINATION]")
@click.option("--licence", default="", help="Short id of its licence.  [default: the name of its licence file]")
def import_(
    *, source: Path, destination: Path, layout: Layout, name: str | None, version: str | None, licence: str
) -> int:
    """Bring the collection in the folder SOURCE into DESTINATION, frozen. Nothing is ever written over."""
    place = destination.resolve()
    done = import_dataset(source, destination, layout, name or place.parent.name, version or place.name, licence)
    click.echo(f"{done.name} {done.version} ({done.layout}) -> {done.folder}")
    click.echo(rendered_counts(done.counts), nl=False)
    for note in done.notes:
        click.echo(f"note: {note}")
    if done.unchanged:
        click.echo("the folder held these bytes already; nothing was written")
    return 0


@command.command("lint")
@click.argument("folder", type=FOLDER)
@json_option
def lint_(*, folder: Path, as_json: bool) -> int:
    """Look for faults in the dataset in FOLDER. Exit code 4 where an error is found; notes are for you to judge."""
    seen = inspect(folder)
    findings, counts = lint_inspected(seen), counts_of(seen.golden)
    if as_json:
        click.echo(json.dumps({"counts": counts, "findings": [asdict(finding) for finding in findings]}))
    else:
        for finding in findings:
            click.echo(str(finding))
        click.echo(rendered_counts(counts), nl=False)
    errors = len(errors_of(findings))
    if errors:
        raise InvalidInput(
            f"{folder}: errors {errors}, notes {len(findings) - errors}", next_step="mend the places that it names"
        )
    return 0


@command.command("diff")
@click.argument("old", type=FOLDER)
@click.argument("new", type=FOLDER)
@json_option
def diff_(*, old: Path, new: Path, as_json: bool) -> int:
    """Show what changed from the dataset in OLD to the one in NEW. The exit code is 0 whatever changed."""
    found = diff(old, new)
    click.echo(json.dumps(asdict(found)) if as_json else rendered_diff(found), nl=as_json)
    return 0


@command.command("freeze")
@click.argument("folder", type=FOLDER)
@click.option("--licence", help="Short id of its licence, such as Apache-2.0.  [default: the one it was frozen with]")
@click.option("--replace", is_flag=True, help="Freeze a version again with other bytes; only if no run ever used it.")
def freeze_(*, folder: Path, licence: str | None, replace: bool) -> int:
    """Pin every byte of the dataset in FOLDER by a manifest. Refused while `lint` finds an error."""
    done = freeze(folder, licence, replace=replace)
    manifest = done.manifest
    click.echo(f"{manifest.name} {manifest.version} {'is' if done.unchanged else 'is now'} frozen")
    click.echo(f"digest {manifest.digest}")
    return 0


@command.command("plant")
@click.argument("dataset", type=FOLDER)
@click.option("--out", type=FOLDER, required=True, help="New folder for documents.jsonl and canaries.jsonl.")
@click.option(
    "--documents", type=click.IntRange(1, 100), default=5, show_default=True, help="Canary documents for each tenant."
)
def plant_(*, dataset: Path, out: Path, documents: int) -> int:
    """Write the corpus of DATASET with canaries, for a target that the gate knows only by its URL."""
    done = plant_corpus(dataset, out, documents)
    click.echo(
        f"{done.documents}: {done.total} documents, {done.planted} of them planted; have the target take them in"
    )
    click.echo(f"{done.canaries}: keep it secret; then `harness gate ... --planted {out}`")
    return 0
