"""The command line: `python -m system_under_test token --tenant acme --group staff`."""

from pathlib import Path

import click

from system_under_test.local_issuer import LIFETIME_S, Holder, LocalIssuerError, local_token
from system_under_test.nouns import CLASSIFICATIONS, Classification

_FOLDER = click.Path(file_okay=False, path_type=Path)


@click.command("token")
@click.option("--issuer-folder", type=_FOLDER, default=Path(".work/issuer"), show_default=True)
@click.option("--tenant", required=True, help="Whose documents the holder may ask.")
@click.option("--group", "groups", multiple=True, required=True, help="A group of the holder; may be repeated.")
@click.option("--clearance", type=click.Choice(CLASSIFICATIONS), default="internal", show_default=True)
@click.option("--subject", default="user:local", show_default=True, help="The `sub` of the token.")
@click.option("--seconds", type=click.IntRange(1, 3_600), default=LIFETIME_S, show_default=True, help="Its lifetime.")
def command(
    *,
    issuer_folder: Path,
    tenant: str,
    groups: tuple[str, ...],
    clearance: Classification,
    subject: str,
    seconds: int,
) -> None:
    """Print a token of the local issuer, which `serve --local-issuer` makes and trusts.

    For trying the system out on one machine. Whoever reads the folder can speak as anybody.
    """
    try:
        click.echo(local_token(issuer_folder, Holder(tenant, subject, groups, clearance), lifetime_s=seconds))
    except LocalIssuerError as fault:
        raise click.ClickException(str(fault)) from fault
