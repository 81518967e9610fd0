"""The command that holds the index to the store of documents."""

import os
from pathlib import Path

import click

from system_under_test.errors import ReferenceSystemError
from system_under_test.retrieval.examine import examine

DIFFERS = 1
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_FOLDER = click.Path(file_okay=False, path_type=Path)


class UnusableError(click.ClickException):
    """The documents, the store or the index cannot be used."""

    exit_code = 4


@click.command()
@click.option("--documents", type=_FILE, required=True, help="The documents.jsonl that the service was started with.")
@click.option("--work-folder", type=_FOLDER, default=Path(".work/reference"), show_default=True)
@click.option("--cache-folder", type=_FOLDER, default=Path(".cache"), show_default=True)
@click.option("--ids", is_flag=True, help="Name each passage that differs.")
def reconcile(*, documents: Path, work_folder: Path, cache_folder: Path, ids: bool) -> None:
    """Compare the index (of the server that QDRANT_URL names, else embedded) with the store. 0 agrees, 1 differs."""
    try:
        found = examine(documents, work_folder, cache_folder, qdrant_url=os.environ.get("QDRANT_URL"))
    except ReferenceSystemError as fault:
        raise UnusableError(str(fault)) from fault
    for kind, count in found.counts().items():
        click.echo(f"{kind:<8}{count:>8}")
    if ids:
        for kind, by_tenant in (("missing", found.missing), ("stale", found.stale), ("extra", found.extra)):
            for tenant, names in by_tenant.items():
                for name in sorted(names):
                    click.echo(f"{kind}  {tenant}  {name}")
    if found:
        click.echo("the index differs from the store: restart the service, which repairs it", err=True)
        raise click.exceptions.Exit(DIFFERS)
