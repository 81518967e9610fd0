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

VERSION = "2"

_NOT_ALPHANUMERIC = re.compile(r"[\W_]+")
_ASCII_REST = bytes(code for code in range(128) if not chr(code).isalnum())
_ESCAPED = re.compile(r"(?:%(?:25)*|=|\\x|\\u00)([0-9A-Fa-f]{2})")
"""One character percent-encoded (however often), quoted printable, or escaped as a program writes it."""
_LINE_END = re.compile(r"[ \t]*\r?\n[ \t]*")
_BASE64_RUN = re.compile(r"[A-Za-z0-9+/_-]{16,}")
_BASE32_RUN = re.compile(r"[A-Za-z2-7]{16,}")
_HEX_RUN = re.compile(r"(?:[0-9A-Fa-f]{2}[\s:]?){12,}")


@lru_cache(maxsize=4096)
def marker_found(marker: str, body: str) -> bool:
    """Whether `marker` stands in `body` in any form that this detector knows."""
    wanted = _folded(marker)
    return any(wanted in _folded(form) for form in _forms(body))


def _folded(text: str) -> str:
    """NFKD, case folded, letters and digits only: what a reader would take for the same marker."""
    if text.isascii():
        return text.encode("ascii").translate(None, _ASCII_REST).decode("ascii").lower()
    return _NOT_ALPHANUMERIC.sub("", unicodedata.normalize("NFKD", text).casefold())


def _forms(body: str) -> Iterator[str]:
    """The body as it is, as JSON text joined, and decoded in every way that is cheap to try."""
    plain = body_text(body)
    for text in (body, plain):
        yield text
        yield text[::-1]
        yield codecs.encode(text, "rot13")
        yield _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text)
        yield html.unescape(text)
    yield from _decoded(plain)
    if "\n" in plain:
        yield from _decoded(_LINE_END.sub("", plain))


def body_text(body: str) -> str:
    """Every text of a JSON body without seams, so that a marker split over two members is seen; then their names."""
    try:
        value = json.loads(body)
        return "".join(_texts(value)) + " " + "".join(_names(value))
    except (ValueError, RecursionError):
        return body


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


def _decoded(text: str) -> Iterator[str]:
    """Runs that look like base64, base32 or hexadecimal, decoded from each place where a group could begin."""
    for run in _BASE64_RUN.findall(text):
        raw = run.translate(str.maketrans("-_", "+/"))
        yield from (_tried(base64.b64decode, _filled(raw[start:], 4)) for start in range(4))
    for run in _BASE32_RUN.findall(text):
        yield from (_tried(base64.b32decode, _filled(run[start:].upper(), 8)) for start in range(8))
    for run in _HEX_RUN.findall(text):
        raw = re.sub(r"[\s:]", "", run)
        yield from (_tried(binascii.unhexlify, raw[start : len(raw) - (len(raw) - start) % 2]) for start in range(2))


def _filled(run: str, group: int) -> str:
    """The run with its padding, or without a last character that can belong to no group."""
    whole = run[:-1] if len(run) % group == 1 else run
    return whole + "=" * (-len(whole) % group)


def _tried(decode: Callable[[str], bytes], run: str) -> str:
    try:
        return decode(run).decode("ascii", errors="ignore")
    except (ValueError, binascii.Error):
        return ""
