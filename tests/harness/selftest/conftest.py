"""A small package to be mutated, and files of mutants."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

SUMS = '''"""Sums."""


def double(number: int) -> int:
    """Twice the number."""
    return number + number


def half(number: int) -> int:
    """Half of the number."""
    return number // 2
'''


@pytest.fixture
def package(tmp_path: Path) -> Iterator[Path]:
    """The folder of a package `mutable` with the modules `sums` and `others`, which no test has imported yet."""
    folder = tmp_path / "path" / "mutable"
    folder.mkdir(parents=True)
    (folder / "__init__.py").write_text("")
    (folder / "sums.py").write_text(SUMS)
    (folder / "others.py").write_text("from mutable.sums import double\n\nFOUR = double(2)\n")
    sys.path.insert(0, str(folder.parent))
    yield folder
    sys.path.remove(str(folder.parent))
    for name in [name for name in sys.modules if name.partition(".")[0] == "mutable"]:
        del sys.modules[name]


@pytest.fixture
def written(tmp_path: Path) -> Callable[[str], Path]:
    """Writes a file of mutants."""

    def write(text: str) -> Path:
        path = tmp_path / "mutants.yaml"
        path.write_text(text)
        return path

    return write
