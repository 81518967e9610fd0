"""The command line of the reference system: serve it on a port."""

from pathlib import Path

import click
import uvicorn

from system_under_test.errors import ReferenceSystemError
from system_under_test.strict_json import StrictJsonError, parse
from system_under_test.target import reference, reference_leaky

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_FOLDER = click.Path(file_okay=False, path_type=Path)


@click.group()
def main() -> None:
    """The reference RAG system."""


@main.command()
@click.option("--documents", type=_FILE, required=True, help="The corpus, one document a line (documents.jsonl).")
@click.option("--jwks", type=_FILE, required=True, help="The issuer's public keys, a JSON Web Key Set.")
@click.option("--issuer", required=True, help="The `iss` of the tokens.")
@click.option("--audience", required=True, help="The `aud` of the tokens.")
@click.option("--port", type=click.IntRange(1, 65_535), required=True)
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--work-folder", type=_FOLDER, default=Path(".work/reference"), show_default=True)
@click.option("--cache-folder", type=_FOLDER, default=Path(".cache"), show_default=True)
@click.option("--leaky", is_flag=True, help="Serve the deliberately faulty variant instead. Never with real data.")
def serve(  # noqa: PLR0913 - one argument per option
    *,
    documents: Path,
    jwks: Path,
    issuer: str,
    audience: str,
    port: int,
    host: str,
    work_folder: Path,
    cache_folder: Path,
    leaky: bool,
) -> None:
    """Serve the reference system until it is interrupted."""
    try:
        setup = {
            "documents": documents,
            "work_folder": work_folder,
            "cache_folder": cache_folder,
            "issuers": [{"issuer": issuer, "audience": audience, "jwks": parse(jwks.read_bytes())}],
        }
        app = reference_leaky(setup) if leaky else reference(setup)
    except (ReferenceSystemError, StrictJsonError) as fault:
        raise click.ClickException(str(fault)) from fault
    uvicorn.run(app, host=host, port=port, access_log=False, server_header=False)
