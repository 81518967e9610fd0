"""What the child may do once its imports are done: compute. No network, no program, no file but its own code.

The hook is Python's own (PEP 578) and cannot be taken out again. It binds Python code, which is what the converters
are made of, apart from expat and libxml2; it is no wall against machine code in a parser written in C.
"""

import os
import resource
import signal
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import NoReturn

_FORBIDDEN = (
    "_winapi.",
    "ctypes.",
    "fcntl.",
    "ftplib.",
    "http.client.",
    "imaplib.",
    "nntplib.",
    "os.chflags",
    "os.chmod",
    "os.chown",
    "os.exec",
    "os.fork",
    "os.kill",
    "os.link",
    "os.mkdir",
    "os.posix_spawn",
    "os.remove",
    "os.rename",
    "os.rmdir",
    "os.setxattr",
    "os.spawn",
    "os.startfile",
    "os.symlink",
    "os.system",
    "os.truncate",
    "os.utime",
    "poplib.",
    "pty.",
    "shutil.",
    "smtplib.",
    "socket.",
    "sqlite3.",
    "subprocess.",
    "telnetlib.",
    "tempfile.",
    "urllib.",
    "webbrowser.",
)
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


def confine(memory_bytes: int) -> None:
    """Bind this process for the rest of its life. A forbidden act raises PermissionError where it is tried."""
    if sys.platform != "darwin":  # which refuses to bind the address space; time and file sizes still bind there
        _limit(resource.RLIMIT_AS, memory_bytes)
    _limit(resource.RLIMIT_FSIZE, 0)
    _limit(resource.RLIMIT_CORE, 0)
    readable = tuple(f"{os.path.realpath(root)}{os.sep}" for root in _code_roots())

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        if event == "open":
            _refuse_other_than_code(arguments, readable)
        elif event.startswith(_FORBIDDEN):
            _refuse(event)

    sys.addaudithook(hook)


def watch(seconds: float) -> None:
    """Let the kernel end this process after so long, even if nobody waits for it any more; 0 takes the watch off."""
    signal.setitimer(signal.ITIMER_REAL, seconds)


def _limit(kind: int, value: int) -> None:
    _, hard = resource.getrlimit(kind)
    bound = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(kind, (bound, bound))


def _code_roots() -> Iterable[str]:
    """Where modules and their tables lie, such as the character maps of the PDF reader."""
    return {sys.prefix, sys.base_prefix, *(path for path in sys.path if path and Path(path).is_dir())}


def _refuse_other_than_code(arguments: tuple[object, ...], readable: tuple[str, ...]) -> None:
    path, _, flags = arguments
    if not isinstance(flags, int) or flags & _WRITING:
        _refuse("open for writing")
    if isinstance(path, int):
        return
    if isinstance(path, bytes):
        path = os.fsdecode(path)
    if not isinstance(path, str) or not os.path.realpath(path).startswith(readable):
        _refuse("open")


def _refuse(event: str) -> NoReturn:
    raise PermissionError(f"{event}: not allowed while a file is converted")
