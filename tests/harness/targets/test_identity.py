"""The harness's own issuer, and identity files whose errors never show a key."""

import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes

from harness.errors import InvalidInput
from harness.targets.identity import load_issuer, new_issuer

FILE = {"issuer": "https://issuer.example", "audience": "gateway", "key_id": "k1", "private_key": "key.pem"}


def pem_of(key: PrivateKeyTypes, password: bytes | None = None) -> bytes:
    """The key as PEM."""
    protection = serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, protection)


def p256() -> ec.EllipticCurvePrivateKey:
    """A fresh P-256 key."""
    return ec.generate_private_key(ec.SECP256R1())


def identity(folder: Path, pem: bytes, **changes: object) -> Path:
    """An identity file beside its key."""
    (folder / "key.pem").write_bytes(pem)
    path = folder / "identity.json"
    path.write_text(json.dumps({**FILE, **changes}))
    return path


def test_an_issuer_from_a_file_signs_with_its_key(tmp_path: Path) -> None:
    key = p256()

    issuer = load_issuer(identity(tmp_path, pem_of(key)))

    assert (issuer.name, issuer.audience, issuer.key_id) == ("https://issuer.example", "gateway", "k1")
    assert issuer.key.public_key().public_numbers() == key.public_key().public_numbers()


@pytest.mark.parametrize(
    "pem",
    [
        pytest.param(pem_of(ec.generate_private_key(ec.SECP384R1())), id="another curve"),
        pytest.param(pem_of(rsa.generate_private_key(65537, 2048)), id="RSA"),
        pytest.param(pem_of(p256(), b"password"), id="with a password"),
        pytest.param(b"-----BEGIN PRIVATE KEY-----\nQUJD\n-----END PRIVATE KEY-----\n", id="damaged"),
        pytest.param(b"", id="empty"),
        pytest.param(
            p256()
            .public_key()
            .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo),
            id="a public key",
        ),
    ],
)
def test_a_key_that_cannot_sign_es256_is_refused(tmp_path: Path, pem: bytes) -> None:
    with pytest.raises(InvalidInput, match=r"identity\.json"):
        load_issuer(identity(tmp_path, pem))


def shown(error: BaseException) -> str:
    """Everything of an error and of its causes that could be printed."""
    parts: list[str] = []
    found: BaseException | None = error
    while found is not None:
        parts.append(repr(found) + str(getattr(found, "next_step", "")))
        found = found.__cause__ or (None if found.__suppress_context__ else found.__context__)
    return "\n".join(parts)


@pytest.mark.parametrize(
    "place",
    [
        pytest.param(lambda pem: {"private_key": pem}, id="in place of the path"),
        pytest.param(lambda pem: {"private_key": {"d": pem}}, id="as an object"),
        pytest.param(lambda pem: {"private_key": [pem]}, id="in a list"),
        pytest.param(lambda pem: {"private_key_pem": pem}, id="under a key that is not known"),
        pytest.param(lambda pem: {"private_key": pem.encode().hex()}, id="as hexadecimal"),
        pytest.param(lambda pem: {"private_key": "\0" + pem}, id="after a NUL"),
    ],
)
def test_a_key_that_was_pasted_into_the_file_is_in_no_error(tmp_path: Path, place: object) -> None:
    pem = pem_of(p256()).decode()
    secret = pem.split("\n")[1]
    path = identity(tmp_path, b"", **place(pem))  # type: ignore[operator]

    with pytest.raises(InvalidInput) as refusal:
        load_issuer(path)

    assert secret not in shown(refusal.value)
    assert secret.encode().hex() not in shown(refusal.value)


def test_a_key_in_place_of_the_whole_file_is_in_no_error(tmp_path: Path) -> None:
    pem = pem_of(p256()).decode()
    path = tmp_path / "identity.json"
    path.write_text(pem)

    with pytest.raises(InvalidInput) as refusal:
        load_issuer(path)

    assert pem.split("\n")[1] not in str(refusal.value)


@pytest.mark.parametrize("name", ["issuer", "audience", "key_id"])
def test_an_empty_name_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(InvalidInput, match=name):
        load_issuer(identity(tmp_path, pem_of(p256()), **{name: ""}))


def test_a_fresh_issuer_has_a_fresh_key_and_shows_the_public_half() -> None:
    one, two = new_issuer(), new_issuer()

    assert one.public_keys() != two.public_keys()
    assert set(one.public_keys()["keys"][0]) == {"kty", "crv", "x", "y", "kid", "use", "alg"}


def test_the_key_of_an_issuer_is_not_in_its_text() -> None:
    issuer = new_issuer()

    assert str(issuer.key.private_numbers().private_value) not in repr(issuer)
