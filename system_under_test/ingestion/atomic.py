"""A file that is there whole, or as it was before."""

import os
import stat
import tempfile
from pathlib import Path

_OWNER_ONLY = 0o600


def write_atomically(path: Path, content: bytes) -> None:
    """Replace the file in one step, on disk before it is seen. A new file is readable by its owner alone.

    Raises OSError if the folder cannot be written.
    """
    mode = stat.S_IMODE(path.stat().st_mode) if path.exists() else _OWNER_ONLY
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fchmod(stream.fileno(), mode)
            os.fsync(stream.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
