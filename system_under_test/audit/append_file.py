"""A file that only grows, written by one process, each piece on the disk before anybody is told."""

import fcntl
import os
from collections.abc import Callable
from pathlib import Path

from system_under_test.errors import ReferenceSystemError


class InUseError(ReferenceSystemError):
    """Another process writes this file."""


class AppendFile:
    """The file, created where missing, for its owner only, locked against a second writer. Raises InUseError."""

    def __init__(self, path: Path, sync: Callable[[int], None] = os.fsync) -> None:
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        self._file = os.fdopen(handle, "r+b", buffering=0)
        self._sync = sync
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self._file.close()
            raise InUseError(f"another process writes {path.name}") from None
        sync_folder(path.parent)  # a new file is durable only once its folder is

    def size(self) -> int:
        """Bytes held."""
        return os.fstat(self._file.fileno()).st_size

    def append(self, content: bytes) -> None:
        """Add the bytes at the end; they are durable afterwards. Raises OSError: then nobody knows what is there."""
        left = memoryview(content)
        while left:
            left = left[self._file.write(left) :]
        self._sync(self._file.fileno())

    def read(self, offset: int, length: int) -> bytes:
        """A piece of the file. Raises ValueError after close."""
        return os.pread(self._file.fileno(), length, offset)

    def cut(self, end: int) -> None:
        """Take away what stands after `end`."""
        if self.size() > end:
            self._file.truncate(end)
            self._sync(self._file.fileno())

    def close(self) -> None:
        """Give the file and its lock back. Safe to call twice."""
        self._file.close()


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
