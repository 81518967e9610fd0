"""`python -m system_under_test`: the group of verbs. A verb's module is imported when the verb is called."""

from importlib import import_module
from typing import Final

import click

_VERBS: Final = {
    "serve": ("system_under_test.serve:command", "Serve the reference system on a port."),
    "token": ("system_under_test.token_command:command", "Print a token of the local issuer, to try the system out."),
    "ingest": ("system_under_test.ingestion.command:command", "Turn the files of a folder into documents."),
    "reconcile": (
        "system_under_test.reconcile:reconcile",
        "Compare the index with the documents, passage by passage.",
    ),
    "audit": ("system_under_test.audit.commands:audit", "Verify the audit log, and prove that a record is in it."),
}
"""Verb -> module, name of its command, and help line. `serve` alone loads models and clients, which takes seconds."""


class _Verbs(click.Group):
    """Loads a verb's module only when the verb is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  click's signature
        """The verbs in the order of a first day."""
        return list(_VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002  click's signature
        """The verb's command, from its module."""
        if cmd_name not in _VERBS:
            return None
        module, _, name = _VERBS[cmd_name][0].partition(":")
        command: click.Command = getattr(import_module(module), name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """The help lines, without importing what they are about."""
        with formatter.section("Verbs"):
            formatter.write_dl([(name, line) for name, (_, line) in _VERBS.items()])


@click.group(cls=_Verbs, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
def main() -> None:
    """The reference RAG system: gateway, tenant-scoped retrieval, router, audit."""
