"""Options that several verbs share. Nothing heavy is imported here."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

Command = TypeVar("Command", bound=Callable[..., Any])
LAST = "last"
"""The name of the run that began last."""


def data_folder() -> Path:
    """Where public data lies: HARNESS_DATA, or else a folder beside the checkout."""
    return Path(os.environ.get("HARNESS_DATA", "../shared/data"))


def reports_option(command: Command) -> Command:
    """`--reports`: where runs are kept."""
    return click.option(
        "--reports", type=click.Path(file_okay=False, path_type=Path), default=Path("reports"), show_default=True,
        help="Folder of the runs.",
    )(command)  # fmt: skip


def json_option(command: Command) -> Command:
    """`--json`: for programs."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON for a program to read.")(command)


def cache_option(command: Command) -> Command:
    """`--cache`: what may be kept between runs."""
    return click.option(
        "--cache", type=click.Path(file_okay=False, path_type=Path), default=Path(".cache"), show_default=True,
        help="Folder for the built model and for vectors.",
    )(command)  # fmt: skip
