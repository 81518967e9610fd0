"""The command line: `python -m system_under_test serve`. Documents and an issuer in, an HTTP service out."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from system_under_test.errors import ReferenceSystemError
from system_under_test.listening import listen
from system_under_test.local_issuer import local_issuers
from system_under_test.strict_json import StrictJsonError, parse
from system_under_test.target import reference, reference_leaky

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_NEW_FILE = click.Path(dir_okay=False, path_type=Path)
_FOLDER = click.Path(file_okay=False, path_type=Path)
_PORT = click.IntRange(1, 65_535)


@click.command("serve")
@click.option("--documents", type=_FILE, required=True, help="The corpus, one document a line (documents.jsonl).")
@click.option("--issuer", help="The `iss` of the tokens; with --audience and one of --jwks and --jwks-uri.")
@click.option("--audience", help="The `aud` of the tokens.")
@click.option("--jwks", type=_FILE, help="The issuer's public keys, a JSON Web Key Set.")
@click.option("--jwks-uri", help="Where the issuer publishes its keys.")
@click.option("--local-issuer", type=_FOLDER, help="Instead: trust a key of this machine. For trying it out only.")
@click.option("--deny-list", type=_FILE, help="Tokens that are withdrawn before they end.")
@click.option("--port", type=_PORT, required=True)
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--operations-port", type=_PORT, help="Answer /metrics, and /readyz, on this port alone.")
@click.option(
    "--operations-host", default="127.0.0.1", show_default=True, help="The address of the operations port alone."
)
@click.option("--requests-per-minute", type=click.IntRange(1), help="Of one tenant.")
@click.option("--limit-storage", help="Count requests in a shared storage, such as redis://host:6379.")
@click.option("--traces", help="Send OpenTelemetry spans to this OTLP/HTTP address.")
@click.option("--tenant-labels", is_flag=True, help="Name tenants in metrics and spans.")
@click.option("--work-folder", type=_FOLDER, default=Path(".work/reference"), show_default=True)
@click.option("--cache-folder", type=_FOLDER, default=Path(".cache"), show_default=True)
@click.option("--audit-key", type=_NEW_FILE, help="The key that signs the audit log; made beside it where not given.")
@click.option("--leaky", is_flag=True, help="Serve the deliberately faulty variant instead. Never with real data.")
def command(*, host: str, port: int, leaky: bool, **given: Any) -> None:
    """Serve the reference system until it is interrupted."""
    try:
        where = addresses(host, port, given["operations_host"], given["operations_port"])
        setup = _setup(given)
        app = reference_leaky(setup) if leaky else reference(setup)
        click.echo(f"serving on http://{host}:{port}", err=True)
        listen(app, *where)
    except (ReferenceSystemError, StrictJsonError) as fault:
        raise click.ClickException(str(fault)) from fault


def addresses(host: str, port: int, operations_host: str, operations_port: int | None) -> list[tuple[str, int]]:
    """Where to listen. A request is told to be the operations' own by its port, so that the two must differ."""
    if operations_port == port:
        raise click.UsageError("--operations-port must be another one than --port")
    return [(host, port)] if operations_port is None else [(host, port), (operations_host, operations_port)]


def _setup(given: Mapping[str, Any]) -> dict[str, object]:
    """The setup that the options stand for; what was not given keeps its default. Raises StrictJsonError."""
    service = _given(given, "operations_port", "limit_storage", "traces")
    return {
        **_given(given, "documents", "work_folder", "cache_folder", "deny_list", "audit_key"),
        "issuers": _issuers(given),
        "limits": _given(given, "requests_per_minute"),
        "service": {"tenant_labels": given["tenant_labels"], **service},
    }


def _issuers(given: Mapping[str, Any]) -> Sequence[Mapping[str, object]]:
    named, keys = _given(given, "issuer", "audience"), _given(given, "jwks", "jwks_uri")
    if given["local_issuer"] is not None:
        if named or keys:
            raise click.UsageError("--local-issuer excludes --issuer, --audience, --jwks and --jwks-uri")
        return local_issuers(given["local_issuer"])
    if len(named) != 2 or len(keys) != 1:
        raise click.UsageError("give --issuer, --audience and one of --jwks and --jwks-uri, or --local-issuer alone")
    if "jwks" in keys:
        keys = {"jwks": parse(given["jwks"].read_bytes())}
    return [{**named, **keys}]


def _given(given: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: given[name] for name in names if given[name] is not None}
