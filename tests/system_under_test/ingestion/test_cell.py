"""The confinement of the child: each forbidden act is tried, in a process of its own."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

CONFINED = """
import ctypes, json, os, socket, subprocess, sys, urllib.request
from system_under_test.ingestion.cell import confine, watch
confine(1 << 30)
outcomes = {{}}
for act in {acts!r}:
    try:
        exec(act)
        outcomes[act] = "done"
    except BaseException as error:
        outcomes[act] = type(error).__name__
sys.stdout.write(json.dumps(outcomes))
sys.stdout.flush()
os._exit(0)
"""
FORBIDDEN = (
    "socket.create_connection(('127.0.0.1', 9))",
    "socket.getaddrinfo('example.org', 80)",
    "socket.socket()",
    "urllib.request.urlopen('http://127.0.0.1:9')",
    "urllib.request.urlopen('file:///etc/hostname')",
    "subprocess.run(['/bin/true'])",
    "os.system('true')",
    "os.posix_spawn('/bin/true', ['true'], {})",
    "os.execv('/bin/true', ['true'])",
    "os.kill(1, 0)",
    "open('/etc/passwd')",
    "os.open('/etc/passwd', os.O_RDONLY)",
    "open(b'/etc/passwd')",
    "open(os.__file__, 'a')",
    "os.remove('/tmp/nothing')",
    "os.mkdir('/tmp/nothing')",
    "os.symlink('/etc', '/tmp/nothing')",
    "ctypes.CDLL(None)",
)
ALLOWED = ("open(os.__file__).read()", "import wave", "watch(50); watch(0)", "bytearray(1 << 20)")
TOO_MUCH = "bytearray(1 << 31)"


def confined(repository: Path, *acts: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", CONFINED.format(acts=acts)],
        cwd=repository,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.fixture(scope="module")
def outcomes(repository: Path) -> dict[str, str]:
    """What became of each act, all tried in one confined process."""
    result = confined(repository, *FORBIDDEN, *ALLOWED, TOO_MUCH)
    assert result.returncode == 0, result.stderr
    tried: dict[str, str] = json.loads(result.stdout)
    return tried


@pytest.mark.parametrize("act", FORBIDDEN)
def test_a_forbidden_act_is_refused(outcomes: dict[str, str], act: str) -> None:
    assert outcomes[act] == "PermissionError"


@pytest.mark.parametrize("act", ALLOWED)
def test_what_a_conversion_needs_is_not_refused(outcomes: dict[str, str], act: str) -> None:
    assert outcomes[act] == "done"


def test_memory_ends_at_the_limit(outcomes: dict[str, str]) -> None:
    assert outcomes[TOO_MUCH] == "MemoryError"


def test_the_watch_ends_a_process_that_nobody_waits_for(repository: Path) -> None:
    result = confined(repository, "watch(0.01); __import__('threading').Event().wait()")

    assert result.stdout == ""
    assert result.returncode < 0
