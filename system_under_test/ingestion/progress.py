"""How far a run is, on a terminal."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import click


@contextmanager
def watching(*, quiet: bool) -> Iterator[tuple[Callable[[int], None], Callable[[], None]]]:
    """A bar with counts and time left on standard error, only where that is a terminal.

    Gives two functions: one hears how many files there are, the other that one of them is done.
    """
    bar: Any = None

    def started(files: int) -> None:
        nonlocal bar
        if quiet or not sys.stderr.isatty():
            return
        bar = click.progressbar(length=files, label="reading", show_eta=True, show_pos=True, file=sys.stderr)
        bar.__enter__()

    def done() -> None:
        if bar is not None:
            bar.update(1)

    try:
        yield started, done
    finally:
        if bar is not None:
            bar.__exit__(None, None, None)
