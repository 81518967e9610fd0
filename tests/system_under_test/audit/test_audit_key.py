"""The key that signs checkpoints."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from system_under_test.audit.audit_key import AuditKeyError, made_key, public_key, public_pem, signing_key


def test_the_key_is_made_once_and_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "audit-key.pem"

    first, second = made_key(path), made_key(path)

    assert first.private_bytes_raw() == second.private_bytes_raw() == signing_key(path).private_bytes_raw()
    assert path.stat().st_mode & 0o777 == 0o600


def test_the_public_half_is_read_back(tmp_path: Path) -> None:
    key, path = made_key(tmp_path / "audit-key.pem"), tmp_path / "audit-key.pub"
    path.write_text(public_pem(key))

    assert public_key(path).public_bytes_raw() == key.public_key().public_bytes_raw()


def test_a_key_that_others_can_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "audit-key.pem"
    made_key(path)
    path.chmod(0o640)

    with pytest.raises(AuditKeyError, match="chmod 600"):
        signing_key(path)


def test_a_damaged_key_is_refused_and_not_replaced(tmp_path: Path) -> None:
    path = tmp_path / "audit-key.pem"
    path.write_bytes(b"short")
    path.chmod(0o600)

    for read in (made_key, signing_key, public_key):
        with pytest.raises(AuditKeyError):
            read(path)

    assert path.read_bytes() == b"short"


def test_a_key_of_another_kind_is_refused(tmp_path: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    private, public = tmp_path / "private.pem", tmp_path / "public.pem"
    private.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    private.chmod(0o600)
    public.write_bytes(key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))

    with pytest.raises(AuditKeyError, match="no Ed25519 private key"):
        signing_key(private)
    with pytest.raises(AuditKeyError, match="no Ed25519 public key"):
        public_key(public)


def test_a_key_that_is_not_there_or_cannot_be_made_is_told(tmp_path: Path) -> None:
    with pytest.raises(AuditKeyError, match="cannot be read"):
        signing_key(tmp_path / "missing.pem")
    with pytest.raises(AuditKeyError, match="cannot be made"):
        made_key(tmp_path / "missing" / "audit-key.pem")
