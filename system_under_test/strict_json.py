"""JSON at the border: duplicate members, NaN and infinities are refused. Standard library only."""

import json
from typing import NoReturn


class StrictJsonError(ValueError):
    """The text is not JSON as this project accepts it. The message names the fault and never quotes the text."""


def parse(text: str | bytes) -> object:
    """The value that `text` stands for.

    Raises StrictJsonError where the text is no UTF-8, no JSON, nested too deeply, or has a duplicate member, a NaN
    or an infinity.
    """
    try:
        decoded = text.decode("utf-8") if isinstance(text, bytes) else text
        value: object = json.loads(decoded, object_pairs_hook=_unique, parse_constant=_refuse, parse_float=_finite)
    except StrictJsonError:
        raise
    except RecursionError:
        raise StrictJsonError("nested too deeply") from None
    except ValueError:
        # The cause is dropped: the messages of the json package can hold a piece of the text.
        raise StrictJsonError("not valid JSON") from None
    return value


def canonical(value: object) -> bytes:
    """The one spelling that digests and audit lines are made of: sorted keys, no blanks, UTF-8, no NaN.

    Raises ValueError where the value holds a NaN or an infinity.
    """
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode("utf-8")


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise StrictJsonError("duplicate member")
    return members


def _refuse(_constant: str) -> NoReturn:
    raise StrictJsonError("NaN or infinity")


def _finite(text: str) -> float:
    value = float(text)
    if value in (float("inf"), float("-inf")):
        raise StrictJsonError("NaN or infinity")
    return value
