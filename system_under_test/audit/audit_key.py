"""The key that signs checkpoints: Ed25519, made once, kept in a file that its owner alone can read."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from system_under_test.errors import ReferenceSystemError
from system_under_test.private_file import ExposedFileError, read_private

FILE_NAME: Final = "audit-key.pem"
_LARGEST: Final = 10_000


class AuditKeyError(ReferenceSystemError):
    """A key file is missing, is not a key, or may be read by others."""


def made_key(path: Path) -> Ed25519PrivateKey:
    """The key in this file, which is made where there is none, durable before it is used. Raises AuditKeyError."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except FileExistsError:
        return signing_key(path)
    except OSError as fault:
        raise AuditKeyError(f"the audit key cannot be made at {path}: {fault.strerror}") from None
    key = Ed25519PrivateKey.generate()
    with os.fdopen(handle, "wb") as file:
        file.write(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        file.flush()
        os.fsync(file.fileno())
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    os.fsync(folder)
    os.close(folder)
    return key


def signing_key(path: Path) -> Ed25519PrivateKey:
    """The private key in this file, PEM. Raises AuditKeyError."""
    content = _content(path, read_private)
    try:
        key = load_pem_private_key(content, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        raise AuditKeyError(f"{path} is no Ed25519 private key in PEM")
    return key


def public_key(path: Path) -> Ed25519PublicKey:
    """The public key in this file, PEM. Raises AuditKeyError."""
    try:
        key = load_pem_public_key(_content(path, _read_public))
    except (ValueError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, Ed25519PublicKey):
        raise AuditKeyError(f"{path} is no Ed25519 public key in PEM; `audit key` prints it")
    return key


def public_pem(key: Ed25519PrivateKey) -> str:
    """The public half as PEM: what an auditor is given."""
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode("ascii")


def _content(path: Path, read: Callable[[Path, int], bytes]) -> bytes:
    try:
        return read(path, _LARGEST)
    except ExposedFileError as fault:
        raise AuditKeyError(f"the audit key {fault}") from None
    except OSError as fault:
        raise AuditKeyError(f"the key {path} cannot be read: {fault.strerror}") from None


def _read_public(path: Path, limit: int) -> bytes:
    with path.open("rb") as file:
        return file.read(limit)
