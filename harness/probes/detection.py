"""Finds a canary's marker in what a caller can see, also when it was folded, split, reversed or encoded."""

import base64
import binascii
import codecs
import json
import re
import unicodedata
from collections.abc import Iterator
from urllib.parse import unquote

VERSION = "1"

_NOT_ALPHANUMERIC = re.compile(r"[\W_]+")
_BASE64_RUN = re.compile(r"[A-Za-z0-9+/_-]{16,}={0,2}")
_BASE32_RUN = re.compile(r"[A-Za-z2-7]{16,}={0,6}")
_HEX_RUN = re.compile(r"(?:[0-9A-Fa-f]{2}[\s:]?){12,}")


def marker_found(marker: str, body: str) -> bool:
    """Whether `marker` stands in `body` in any form that this detector knows."""
    wanted = _folded(marker)
    return any(wanted in _folded(form) for form in _forms(body))


def _folded(text: str) -> str:
    """NFKC, case folded, letters and digits only: what a reader would take for the same marker."""
    return _NOT_ALPHANUMERIC.sub("", unicodedata.normalize("NFKC", text).casefold())


def _forms(body: str) -> Iterator[str]:
    """The body as it is, as JSON text joined, and decoded in every way that is cheap to try."""
    plain = body_text(body)
    for text in (body, plain):
        yield text
        yield text[::-1]
        yield unquote(text)
        yield codecs.encode(text, "rot13")
    yield from _decoded(plain)


def body_text(body: str) -> str:
    """Every text of a JSON body in one string without seams, so that a marker split over two members is seen."""
    try:
        return "".join(_texts(json.loads(body)))
    except (ValueError, RecursionError):
        return body


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)
    elif isinstance(value, dict):
        for name, item in value.items():
            yield str(name)
            yield from _texts(item)


def _decoded(text: str) -> Iterator[str]:
    """Runs that look like base64, base32 or hexadecimal, decoded."""
    for run in _BASE64_RUN.findall(text):
        raw = run.rstrip("=").translate(str.maketrans("-_", "+/"))
        yield _tried(base64.b64decode, raw + "=" * (-len(raw) % 4))
    for run in _BASE32_RUN.findall(text):
        raw = run.rstrip("=").upper()
        yield _tried(base64.b32decode, raw + "=" * (-len(raw) % 8))
    for run in _HEX_RUN.findall(text):
        yield _tried(binascii.unhexlify, re.sub(r"[\s:]", "", run))


def _tried(decode: object, run: str) -> str:
    try:
        raw: bytes = decode(run)  # type: ignore[operator]
    except (ValueError, binascii.Error):
        return ""
    return raw.decode("utf-8", errors="ignore")
