"""Foreign ids -> ids that a dataset may hold: ASCII, bounded, and unique whatever their case."""

import re
from collections.abc import Iterable

from harness.domain.digest import digest_of_bytes

_FOREIGN = re.compile(r"[^A-Za-z0-9._-]+")
_TAIL = 9


def plain_names(originals: Iterable[str], longest: int, *, lower: bool = False) -> dict[str, str]:
    """A name for each id: the id itself where it fits, else its plain characters and 8 digits of its sha256.

    The digits also tell apart two ids that differ only in their case. Every id is given once.
    """
    taken: set[str] = set()
    names: dict[str, str] = {}
    for original in originals:
        wanted = original.lower() if lower else original
        name = _FOREIGN.sub("-", wanted).lstrip("._-")
        if name != wanted or name.casefold() in taken or len(name) > longest:
            digits = digest_of_bytes(original.encode("utf-8"))[: _TAIL - 1]
            name = f"{name[: longest - _TAIL]}-{digits}".lstrip("-")
        taken.add(name.casefold())
        names[original] = name
    return names
