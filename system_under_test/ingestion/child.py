"""The parent's side of a conversion: a child process that is started once, asked file by file, and killed when late."""

import contextlib
import os
import socket
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self, get_args

from system_under_test.ingestion.faults import FaultCode, FileFault, IngestionError
from system_under_test.ingestion.frames import FrameError, receive_frame, send_frame
from system_under_test.ingestion.kinds import Kind
from system_under_test.ingestion.limits import Limits, limits_message
from system_under_test.strict_json import StrictJsonError, parse

_ROOT = Path(__file__).resolve().parents[2]
_PROGRAM = (sys.executable, "-P", "-m", "system_under_test.ingestion.worker")
_REPLY_BYTES_A_CHARACTER = 12
"""JSON in ASCII writes a character outside the basic plane as two escapes of six bytes."""
_REPLY_SLACK = 10_000


class Converter(Protocol):
    """Makes Markdown of a file's bytes."""

    def convert(self, kind: Kind, content: bytes) -> tuple[str, str | None]:
        """The text and the title found in it. Raises FileFault if the file cannot be used."""


class Child:
    """A Converter in a process of its own. A context manager: the process ends with it."""

    def __init__(self, limits: Limits, program: Sequence[str] = _PROGRAM) -> None:
        """Nothing is started before the first file."""
        self._limits = limits
        self._program = program
        self._process: subprocess.Popen[bytes] | None = None
        self._stream: socket.socket | None = None

    def __enter__(self) -> Self:
        """The child itself, not yet running."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the process."""
        self._end()

    def convert(self, kind: Kind, content: bytes) -> tuple[str, str | None]:
        """The text and the title found in it.

        Raises FileFault if the file cannot be used, `time` and `died` included; IngestionError if no child starts.
        """
        stream = self._stream if self._stream is not None else self._start()
        try:
            stream.settimeout(self._limits.seconds)
            send_frame(stream, kind.encode("ascii"))
            send_frame(stream, content)
            most = self._limits.text_characters * _REPLY_BYTES_A_CHARACTER + _REPLY_SLACK
            reply = receive_frame(stream, most, self._limits.seconds)
        except TimeoutError:
            self._end()
            raise FileFault("time", f"more than {self._limits.seconds:g} s") from None
        except (FrameError, OSError):
            self._end()
            raise FileFault("died") from None
        try:
            return _understood(reply)
        except StrictJsonError:
            self._end()
            raise FileFault("died", "its answer could not be read") from None

    def _start(self) -> socket.socket:
        ours, theirs = socket.socketpair()
        with theirs:
            # None of the caller's environment: a child that reads hostile files has no use for its secrets.
            self._process = subprocess.Popen(  # noqa: S603 - this interpreter and this package
                self._program,
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                cwd=os.sep,
                env={"PYTHONPATH": str(_ROOT), "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"},
                start_new_session=True,
            )
        self._stream = ours
        try:
            ours.settimeout(self._limits.start_seconds)
            send_frame(ours, limits_message(self._limits))
            receive_frame(ours, 100, self._limits.start_seconds)
        except (TimeoutError, FrameError, OSError) as error:
            self._end()
            raise IngestionError(
                "the converter does not start; `python -c 'import system_under_test.ingestion.convert'` may show why"
            ) from error
        return ours

    def _end(self) -> None:
        if self._stream is not None:
            self._stream.close()
            self._stream = None
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()
            self._process.wait()
            self._process = None


def _understood(reply: bytes) -> tuple[str, str | None]:
    """The reply's text and title. The child has read hostile files, so its words are checked like theirs."""
    value = parse(reply)
    if not isinstance(value, dict):
        raise StrictJsonError("not an object")
    text, title, detail = value.get("text"), value.get("title"), value.get("detail")
    code: FaultCode | None = next((known for known in get_args(FaultCode) if known == value.get("fault")), None)
    if code is not None and isinstance(detail, str):
        raise FileFault(code, detail)
    if not isinstance(text, str) or not (title is None or isinstance(title, str)):
        raise StrictJsonError("neither a text nor a fault")
    if any("\ud800" <= letter <= "\udfff" for letter in f"{text}{title or ''}"):
        raise StrictJsonError("a lone surrogate")
    return text, title
