"""A folder that appears whole or not at all."""

import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from harness.errors import InvalidInput


@contextmanager
def staged(destination: Path) -> Iterator[Path]:
    """An empty sibling of `destination` to write into; it is gone when the block ends, unless `put_in_place` moved it.

    A sibling, so that the move is one rename on one file system. Raises InvalidInput where it cannot be made.
    """
    folder = destination.parent / f".{destination.name}.partial-{secrets.token_hex(4)}"
    try:
        folder.mkdir(parents=True)
    except OSError as fault:
        raise InvalidInput(
            f"{destination}: cannot be written ({fault.strerror})", next_step="choose a folder that can be written"
        ) from fault
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def put_in_place(folder: Path, destination: Path) -> None:
    """Give the staged folder its name. Raises InvalidInput where something has that name."""
    refuse_existing(destination)
    folder.rename(destination)


def refuse_existing(destination: Path) -> None:
    """Raises InvalidInput where something has the destination's name: nothing is ever written over."""
    if destination.exists() or destination.is_symlink():
        raise InvalidInput(
            f"{destination}: exists already, and would hold other bytes",
            next_step="name another folder, such as the next version, or remove this one first",
        )
