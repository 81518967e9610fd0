"""Finds a canary's marker in what a caller can see, also when it was folded, split, reversed or encoded."""

import base64
import binascii
import codecs
import html
import json
import re
import unicodedata
from collections.abc import Callable, Iterator
from functools import lru_cache

VERSION = "5"

_NOT_ALPHANUMERIC = re.compile(r"[\W_]+")
_ASCII_REST = bytes(code for code in range(128) if not chr(code).isalnum())
_ESCAPED = re.compile(r"[%=\\](?:(?<=%)(?:25)*|(?<==)|(?<=\\)(?:x|u00))([0-9A-Fa-f]{2})")
"""One character percent-encoded (however often), quoted printable, or escaped as a program writes it."""
_BASE64_RUN = re.compile(r"[A-Za-z0-9+/_-]{16,}")
_BASE32_RUN = re.compile(r"[A-Za-z2-7]{16,}")
_DIGITS_OF_BASE32 = str.maketrans(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz234567",
    "0123456789abcdefghijklmnop0123456789abcdefghijklmnopqrstuv",
)
"""From RFC 4648 (A to Z, then 2 to 7) to the digits that `int` reads in base 32 (0 to 9, then a to v)."""
_HEX_RUN = re.compile(r"(?:[0-9A-Fa-f]{2}[\s:]?){12,}")
_TAGS = re.compile(r"[\U000E0020-\U000E007E]")
"""Characters that no reader sees and that spell ASCII: Unicode's tags, U+E0000 above their letters."""
_LONGEST_PIECE = 320
"""Characters of a text that is joined whole to the next of its name; of a longer one only both ends are."""


@lru_cache(maxsize=4096)
def marker_found(marker: str, body: str) -> bool:
    """Whether `marker` stands in `body` in any form that this detector knows."""
    wanted = _folded(marker)
    # Folding, reversing and rot13 may be done in any order, so the short marker is turned and not the long text.
    turned = (wanted, wanted[::-1], codecs.encode(wanted, "rot13"))
    plain, seams = _read(body)
    for text in (*_spellings(body, plain), *_spellings(seams, seams)):
        folded = _folded(text)
        if any(one in folded for one in turned):
            return True
    # A run that a line ends is part of a longer one without line ends, which is read from each of its beginnings.
    unwrapped = ("".join(line.strip() for line in text.split("\n")) for text in (plain, seams))
    return any(wanted in _folded(form) for text in unwrapped for form in _decoded(text, len(wanted)))


def _folded(text: str) -> str:
    """NFKD, case folded, letters and digits only: what a reader would take for the same marker."""
    if text.isascii():
        return text.encode("ascii").translate(None, _ASCII_REST).decode("ascii").lower()
    shown = _TAGS.sub(lambda found: chr(ord(found[0]) - 0xE0000), text)
    return _NOT_ALPHANUMERIC.sub("", unicodedata.normalize("NFKD", shown).casefold())


def _spellings(body: str, plain: str) -> Iterator[str]:
    """The body as it is and as JSON text joined, each also with its escapes undone where it has any."""
    seen: set[str] = set()
    for text in (body, plain):
        unescaped = _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text)
        for form in (text, unescaped, html.unescape(text)):
            if form not in seen:
                seen.add(form)
                yield form


def body_text(body: str) -> str:
    """Every text of a JSON body or a stream without seams, so that a marker split over two is seen; then their names.

    Anything else is its own text.
    """
    return _read(body)[0]


def _read(body: str) -> tuple[str, str]:
    """The body's texts in their order, and those of one name joined."""
    try:
        value = _value(body)
        if value is None:
            return body, ""
        return "".join(_texts(value)) + " " + "".join(_names(value)), _across(value)
    except RecursionError:
        return body, ""


def _value(body: str) -> object:
    """The body as JSON, or the events of a stream as a list; None for anything else."""
    try:
        value: object = json.loads(body)
    except ValueError:
        return _events(body)
    return value


def _events(body: str) -> list[object] | None:
    """What the `data:` lines of server-sent events hold, or the lines of JSON lines; None where it is neither."""
    lines = body.splitlines()
    held = [line[5:].removeprefix(" ") for line in lines if line.startswith("data:")]
    return [_event(text) for text in held or [line for line in lines if line.startswith("{")]] or None


def _event(text: str) -> object:
    try:
        value: object = json.loads(text)
    except ValueError:
        return text
    return value if isinstance(value, str | list | dict) else text


def _across(value: object) -> str:
    """The texts of a list's items under one name, joined: in a stream or between passages, ids stand in between."""
    found: dict[str, list[str]] = {}
    if _nested(value):
        _collect(value, "", found)
    return " . ".join("".join(_ends(text) for text in texts) for texts in found.values() if len(texts) > 1)


def _nested(value: object) -> bool:
    """Whether a list of objects stands in it: only there is another order than the body's own."""
    if isinstance(value, dict):
        return any(_nested(item) for item in value.values())
    return isinstance(value, list) and len(value) > 1 and any(isinstance(item, list | dict) for item in value)


def _collect(value: object, at: str, found: dict[str, list[str]]) -> None:
    if isinstance(value, str):
        found.setdefault(at, []).append(value)
    elif isinstance(value, dict):
        for name, item in value.items():
            _collect(item, f"{at}.{name}", found)
    elif isinstance(value, list):
        for item in value:
            _collect(item, at, found)


def _ends(text: str) -> str:
    half = _LONGEST_PIECE // 2
    return text if len(text) <= _LONGEST_PIECE else f"{text[:half]} . {text[-half:]}"


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | dict):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _texts(item)


def _names(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        yield from value
    if isinstance(value, list | dict):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _names(item)


def _decoded(text: str, least: int) -> Iterator[str]:
    """Runs that look like base64, base32 or hexadecimal, decoded from each place where a group could begin.

    A run too short for `least` characters is passed over: base64 takes 4 for 3, base32 8 for 5, hexadecimal 2 for 1.
    """
    for run in _long(_BASE64_RUN, text, least * 4 // 3):
        raw = run.translate(str.maketrans("-_", "+/"))
        yield from (_tried(base64.b64decode, _filled(raw[start:], 4)) for start in range(4))
    for run in _long(_BASE32_RUN, text, least * 8 // 5):
        yield from _base32(run)
    for run in _long(_HEX_RUN, text, least * 2):
        raw = re.sub(r"[\s:]", "", run)
        yield from (_tried(binascii.unhexlify, raw[start : len(raw) - (len(raw) - start) % 2]) for start in range(2))


def _long(kind: re.Pattern[str], text: str, least: int) -> set[str]:
    return {run for run in kind.findall(text) if len(run) >= least}


def _base32(run: str) -> Iterator[str]:
    """The run read as one number in base 32, at each of the eight ways in which its bits can fall into bytes.

    The standard library's decoder finds the same and takes over twenty times as long: it is Python, a group at a time.
    """
    number, size = int(run.translate(_DIGITS_OF_BASE32), 32), len(run) * 5 // 8 + 1
    for shift in range(8):
        yield (number >> shift).to_bytes(size, "big").decode("ascii", errors="ignore")


def _filled(run: str, group: int) -> str:
    """The run with its padding, or without a last character that can belong to no group."""
    whole = run[:-1] if len(run) % group == 1 else run
    return whole + "=" * (-len(whole) % group)


def _tried(decode: Callable[[str], bytes], run: str) -> str:
    try:
        return decode(run).decode("ascii", errors="ignore")
    except (ValueError, binascii.Error):
        return ""
