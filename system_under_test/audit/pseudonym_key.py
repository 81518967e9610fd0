"""The secret behind the pseudonyms: made once, kept beside the log, readable by its owner only."""

import os
import secrets
from pathlib import Path
from typing import Final

from system_under_test.errors import ReferenceSystemError
from system_under_test.private_file import ExposedFileError, read_private

_BYTES: Final = 32


class PseudonymKeyError(ReferenceSystemError):
    """The key file exists and is not a key, or others can read it."""


def pseudonym_key(path: Path) -> bytes:
    """The key in this file; it is made on the first call. Raises PseudonymKeyError where it cannot be used."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except FileExistsError:
        key = _read(path)
    else:
        key = secrets.token_bytes(_BYTES)
        with os.fdopen(handle, "wb") as file:
            file.write(key)
            file.flush()
            os.fsync(file.fileno())
    if len(key) != _BYTES:
        raise PseudonymKeyError("the pseudonym key file does not hold 32 bytes")
    return key


def _read(path: Path) -> bytes:
    try:
        return read_private(path, _BYTES + 1)
    except ExposedFileError as fault:
        raise PseudonymKeyError(f"the pseudonym key {fault}") from None
