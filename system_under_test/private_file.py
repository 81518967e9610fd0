"""Reading a secret from a file that its owner alone may read."""

import os
from pathlib import Path
from typing import Final

from system_under_test.errors import ReferenceSystemError

_OTHERS: Final = 0o077


class ExposedFileError(ReferenceSystemError):
    """Somebody else can read the secret: it may be known already."""


def read_private(path: Path, limit: int) -> bytes:
    """At most so many bytes of the file. Raises OSError, or ExposedFileError where its group or others may read it."""
    with path.open("rb") as file:
        if os.fstat(file.fileno()).st_mode & _OTHERS:
            raise ExposedFileError(f"{path} can be read by others; run chmod 600 on it, or replace it")
        return file.read(limit)
