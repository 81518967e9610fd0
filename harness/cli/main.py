"""`harness`: the group of verbs, and the one place where an outcome becomes an exit code."""

import logging
import os
import signal
import sys
import traceback
from importlib import import_module

import click

from harness.errors import HarnessError
from harness.report.text import spelt_out

VERBS = {
    "gate": ("harness.cli.gate", "Judge a release: ask, measure, decide, and leave evidence."),
    "resume": ("harness.cli.resume", "Finish a run that was cut."),
    "verify": ("harness.cli.verify", "Recompute a verdict from its evidence, offline."),
    "list": ("harness.cli.listing", "List the runs, oldest first."),
    "show": ("harness.cli.show", "Show the verdict of a run again."),
    "explain": ("harness.cli.explain", "Say why a check or a case came out as it did."),
    "reproduce": ("harness.cli.reproduce", "Ask a case of a run again: is what it found still there?"),
    "compare": ("harness.cli.compare", "Compare two runs, or two routes, case by case."),
    "plan": ("harness.cli.plan", "Say how many probes a claim needs, and what a gate makes of it."),
    "dataset": ("harness.cli.dataset", "Import, lint, diff, freeze and plant golden sets."),
    "identity": ("harness.cli.identity", "Make an issuer whose tokens a running target can trust."),
    "judge": ("harness.cli.judge", "Measure the groundedness judge against human labels."),
    "selftest": ("harness.cli.selftest", "Try the gate on systems that were made faulty on purpose."),
    "doctor": ("harness.cli.doctor", "Check that this machine has what a run needs."),
}
"""Verb -> module and help line; a module is imported when its verb is called, so that `--help` stays quick."""

QUIET = {
    "DO_NOT_TRACK": "true",
    "LITELLM_LOCAL_MODEL_COST_MAP": "True",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "RAGAS_DO_NOT_TRACK": "true",
}
"""Telemetry and start-up downloads of dependencies, off before any of them is imported."""

INTERNAL_ERROR = 5
USAGE_ERROR = 2


class Verbs(click.Group):
    """Loads a verb's module only when the verb is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  click's signature
        """The verbs in the order of a working day."""
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002  click's signature
        """The verb's command, from its module."""
        if cmd_name not in VERBS:
            return None
        command: click.Command = import_module(VERBS[cmd_name][0]).command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """The help lines, without importing what they are about."""
        with formatter.section("Verbs"):
            formatter.write_dl([(name, line) for name, (_, line) in VERBS.items()])


@click.group(cls=Verbs, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="rag-release-gate", prog_name="harness")
def cli() -> None:
    """A release gate for multi-tenant RAG systems: it blocks promotion unless the evidence shows that it may pass.

    Exit codes: 0 PASSED, 1 FAILED, 2 usage error, 3 INCONCLUSIVE, 4 INVALID or unusable input, 5 internal error.
    """


def run(arguments: list[str]) -> int:
    """The exit code of one call. Only a verdict gives 0, 1 or 3; a crash is never one of them."""
    for name, value in QUIET.items():
        os.environ.setdefault(name, value)
    try:
        result = cli.main(arguments, prog_name="harness", standalone_mode=False)
    except click.Abort:
        click.echo("interrupted; `harness list` shows what was kept, `harness resume` finishes it", err=True)
        return INTERNAL_ERROR
    except click.ClickException as fault:
        fault.show()
        return USAGE_ERROR
    except HarnessError as fault:
        show_error(fault)
        return fault.exit_code
    except SystemExit:  # raised by a target in this process, or by click where standard output was closed
        click.echo("internal error: something left the process before there was a verdict", err=True)
        return INTERNAL_ERROR
    except Exception as fault:  # noqa: BLE001  whatever it is, it must not look like a verdict
        traceback.print_exc(file=sys.stderr)
        click.echo(f"internal error: {type(fault).__name__}. This is a fault of the harness, not a verdict.", err=True)
        return INTERNAL_ERROR
    return result if isinstance(result, int) else INTERNAL_ERROR


def show_error(fault: HarnessError) -> None:
    """What is wrong and what to do next, on standard error, with nothing in it that a terminal would obey."""
    click.echo(f"error: {spelt_out(str(fault))}", err=True)
    if fault.next_step:
        click.echo(f"next:  {spelt_out(fault.next_step)}", err=True)


def main() -> None:
    """The console script.

    Everything is written, closed and read back by now. Python would spend two more seconds taking down what MLflow and
    LiteLLM built, so it is left standing.
    """
    # What cancels a job sends SIGTERM, which ends Python without clean-up; the target's folder would stay behind.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    code = run(sys.argv[1:])
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    main()
