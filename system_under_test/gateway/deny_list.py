"""Tokens that were withdrawn before they expired, by issuer and `jti`, from a file that may change at any time.

The file is JSON: `{"denied": [{"iss": "https://idp.example", "jti": "token-1"}]}`. Replace it by renaming a new file
onto it: a half-written one is refused, and then nobody is let in. A token is named by what it says, never by its
bytes or their digest, because the same token can be written in other bytes.
"""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from system_under_test.config import SetupError
from system_under_test.gateway.rejection import IdentityUnavailableError
from system_under_test.strict_json import StrictJsonError, parse

_FILE_BYTES: Final = 4 * 1024 * 1024
_SETTLED_NS: Final = 2_000_000_000
"""A file younger than this when it was read is read again: two writes within one tick of its clock look the same."""

_Stamp = tuple[int, int, int]


class DenyList:
    """The denied tokens of a file. Each look costs one `stat`; the file is read again when it has changed.

    Raises SetupError at the start where the file cannot be used.
    """

    def __init__(self, path: Path, *, now_ns: Callable[[], int] = time.time_ns) -> None:
        self._path = path
        self._now_ns = now_ns
        self._denied: frozenset[tuple[str, str]] = frozenset()
        self._read: _Stamp | None = None
        try:
            self.check()
        except IdentityUnavailableError as fault:
            raise SetupError(f"setup: `deny_list`: {fault}") from None

    def holds(self, issuer: str, token_id: str) -> bool:
        """Whether this issuer's token was withdrawn. Raises IdentityUnavailableError where that cannot be known."""
        self.check()
        return (issuer, token_id) in self._denied

    def check(self) -> None:
        """Read the file if it has changed. Raises IdentityUnavailableError where it is missing or malformed."""
        try:
            status = self._path.stat()
            stamp = (status.st_mtime_ns, status.st_size, status.st_ino)
            if stamp == self._read:
                return
            settled = self._now_ns() - status.st_mtime_ns > _SETTLED_NS
            self._read = None
            self._denied = _parsed(self._content())
        except OSError as fault:
            raise IdentityUnavailableError(f"the deny list cannot be read: {type(fault).__name__}") from None
        self._read = stamp if settled else None

    def _content(self) -> bytes:
        with self._path.open("rb") as file:
            content = file.read(_FILE_BYTES + 1)
        if len(content) > _FILE_BYTES:
            raise IdentityUnavailableError(f"the deny list is larger than {_FILE_BYTES} bytes")
        return content


def _parsed(content: bytes) -> frozenset[tuple[str, str]]:
    try:
        value = parse(content)
    except StrictJsonError as fault:
        raise IdentityUnavailableError(f"the deny list is refused: {fault}") from None
    listed = value["denied"] if isinstance(value, dict) and value.keys() == {"denied"} else None
    if not isinstance(listed, list):
        raise IdentityUnavailableError("the deny list must be an object with exactly the list `denied`")
    return frozenset(_entry(entry, place) for place, entry in enumerate(listed))


def _entry(entry: object, place: int) -> tuple[str, str]:
    if isinstance(entry, dict) and entry.keys() == {"iss", "jti"}:
        issuer, token_id = entry["iss"], entry["jti"]
        if isinstance(issuer, str) and isinstance(token_id, str) and issuer and token_id:
            return issuer, token_id
    raise IdentityUnavailableError(f"the deny list: denied[{place}] must have exactly the texts `iss` and `jti`")
