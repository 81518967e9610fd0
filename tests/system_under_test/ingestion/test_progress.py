"""The bar is for people who look at a terminal."""

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = """
from system_under_test.ingestion.progress import watching
with watching(quiet={quiet}) as (started, done):
    started(3)
    for _ in range(3):
        done()
"""


def on_a_terminal(repository: Path, *, quiet: bool) -> str:
    ours, theirs = pty.openpty()
    subprocess.run([sys.executable, "-c", PROGRAM.format(quiet=quiet)], cwd=repository, stderr=theirs, check=True)
    os.write(theirs, b"|end")
    os.close(theirs)
    shown = b""
    while not shown.endswith(b"|end"):
        shown += os.read(ours, 4096)
    os.close(ours)
    return shown.decode()


def test_a_terminal_sees_counts(repository: Path) -> None:
    shown = on_a_terminal(repository, quiet=False)

    assert "reading" in shown
    assert "3/3" in shown


def test_quiet_is_quiet(repository: Path) -> None:
    assert on_a_terminal(repository, quiet=True) == "|end"


def test_a_file_sees_nothing(repository: Path, capfd: pytest.CaptureFixture[str]) -> None:
    subprocess.run([sys.executable, "-c", PROGRAM.format(quiet=False)], cwd=repository, check=True)

    assert capfd.readouterr().err == ""
