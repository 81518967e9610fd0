"""Signed notes: a text with an Ed25519 signature below it, as C2SP signed-note lays it out.

A note is the text, an empty line, and a signature line: an em dash, the signer's name, and in base64 the first four
bytes of SHA-256(name || newline || 0x01 || public key) followed by the signature of the text.
"""

import base64
import binascii
import hashlib
import re
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from system_under_test.errors import ReferenceSystemError

_ED25519: Final = b"\x01"
_SIGNATURE: Final = re.compile(r"\u2014 (?P<name>[^\s+]+) (?P<signature>[A-Za-z0-9+/=]+)\n")


class NoteError(ReferenceSystemError):
    """The text is no signed note, or this key did not sign it."""


def signed_note(text: str, name: str, key: Ed25519PrivateKey) -> str:
    """The note over a text that ends with a newline."""
    signature = _key_hash(name, key.public_key()) + key.sign(text.encode("utf-8"))
    return f"{text}\n\u2014 {name} {encode(signature)}\n"


def opened_note(note: str, key: Ed25519PublicKey) -> tuple[str, str]:
    """The text and the name of its only signer. Raises NoteError."""
    text, _, below = note.rpartition("\n\n")
    line = _SIGNATURE.fullmatch(below)
    if line is None:
        raise NoteError("it is no note with one signature")
    text, name, signature = text + "\n", line["name"], decode(line["signature"])
    if signature[:4] != _key_hash(name, key):
        raise NoteError("it is not signed with this key")
    try:
        key.verify(signature[4:], text.encode("utf-8"))
    except InvalidSignature:
        raise NoteError("its signature does not hold") from None
    return text, name


def encode(content: bytes) -> str:
    """Base64 with padding."""
    return base64.b64encode(content).decode("ascii")


def decode(text: str) -> bytes:
    """The bytes of a base64 text in its one spelling. Raises NoteError."""
    try:
        content = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise NoteError("it holds a field that is no base64") from None
    if encode(content) != text:
        raise NoteError("it holds base64 in another spelling than the signer's")
    return content


def _key_hash(name: str, key: Ed25519PublicKey) -> bytes:
    return hashlib.sha256(name.encode("utf-8") + b"\n" + _ED25519 + key.public_bytes_raw()).digest()[:4]
