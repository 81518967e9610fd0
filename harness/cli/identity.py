"""`harness identity`: an issuer for targets that run elsewhere."""

import json
from pathlib import Path

import click

from harness.cli.options import json_option
from harness.targets.identity import write_identity


@click.command("identity")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option("--issuer", default="https://issuer.harness.example", show_default=True, help="The `iss` of its tokens.")
@click.option("--audience", default="rag-gateway", show_default=True, help="The `aud` of its tokens.")
@json_option
def command(*, folder: Path, issuer: str, audience: str, as_json: bool) -> int:
    """Write identity.json and key.pem (for `--identity`) and jwks.json (for the target to trust) into FOLDER."""
    written = write_identity(folder, issuer, audience)
    if as_json:
        click.echo(json.dumps({"written": [str(path) for path in written]}))
        return 0
    for path in written:
        click.echo(f"wrote {path}")
    click.echo(f"next: let the target trust {folder / 'jwks.json'} for the issuer {issuer} and the audience {audience}")
    return 0
