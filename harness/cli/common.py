"""What several verbs share: the choice of a run, the clock, the progress bar."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from harness.cli.options import LAST
from harness.errors import MissingData
from harness.evidence.folder import RunFolder, folder_of, run_folders
from harness.pipeline import Steps


def chosen_run(reports: Path, name: str) -> RunFolder:
    """The run of that name; `last` is the one that began last."""
    if name != LAST:
        return folder_of(reports, name)
    folders = run_folders(reports) if reports.is_dir() else []
    if not folders:
        raise MissingData(f"{reports}: no run is there", next_step="run `harness gate suites/release.yaml` first")
    return folders[-1]


def now() -> datetime:
    """The clock of the command line; the library takes it as an argument."""
    return datetime.now(UTC)


@contextmanager
def watching(*, quiet: bool) -> Iterator[Steps]:
    """Steps shown on standard error: a line for each stage, a bar with counts and time left while asking."""
    bar: Any = None

    def planned(run_id: str, asks: int, done: int) -> None:
        nonlocal bar
        click.echo(f"run {run_id}: {asks} asks planned" + (f", {done} already made" if done else ""), err=True)
        if quiet:
            return
        bar = click.progressbar(
            length=asks, label="asking", show_eta=True, show_pos=True, file=sys.stderr,
            update_min_steps=max(1, asks // 200),
        )  # fmt: skip
        bar.__enter__()
        bar.update(done)

    def asked(number: int) -> None:
        if bar is not None:
            bar.update(number)

    def stage(sentence: str) -> None:
        nonlocal bar
        if bar is not None:
            bar.__exit__(None, None, None)
            bar = None
        if not quiet:
            click.echo(f"{sentence} ...", err=True)

    try:
        yield Steps(planned, asked, stage)
    finally:
        if bar is not None:
            bar.__exit__(None, None, None)
