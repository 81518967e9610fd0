"""Tokens that are bad by their signature: by another key, over another text, changed, left out, or spelt otherwise.

The flipped bits are drawn once, with a seed: any run tries the same ones.
"""

import random
from collections.abc import Callable, Mapping

from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from harness.probes.authentication import stranger
from harness.probes.authentication.material import (
    Maker,
    Material,
    decoded,
    encoded,
    segment,
    sign_segments,
)

SIGNATURE_BITS = 512
"""Of an ES256 signature: two numbers of 32 bytes (RFC 7518, section 3.4)."""
FLIPPED = tuple(sorted(random.Random("signature flips").sample(range(SIGNATURE_BITS), 8)))  # noqa: S311  a fixed choice
_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


def _with_signature(change: Callable[[bytes], bytes]) -> Maker:
    """A right token whose signature was changed afterwards."""

    def make(material: Material) -> str:
        signing, _, signature = material.token().rpartition(".")
        return f"{signing}.{encoded(change(decoded(signature)))}"

    return make


def _respelt(change: Callable[[str], str]) -> Maker:
    """A right token whose signature is the same bytes in another text."""

    def make(material: Material) -> str:
        signing, _, signature = material.token().rpartition(".")
        return f"{signing}.{change(signature)}"

    return make


def _flipped(bit: int) -> Maker:
    """A signature with one bit turned over."""
    return _with_signature(
        lambda raw: (int.from_bytes(raw, "big") ^ (1 << (SIGNATURE_BITS - 1 - bit))).to_bytes(len(raw), "big")
    )


def _other_key(material: Material) -> str:
    """Right in all but the key: signed by a stranger under the issuer's key id."""
    return sign_segments(segment(material.header()), segment(material.claims()), stranger.KEY)


def _swapped(**claims: object) -> Maker:
    """Another payload under the signature of a right one."""

    def make(material: Material) -> str:
        header, _, signature = material.token().split(".")
        return f"{header}.{segment({**material.claims(), **claims})}.{signature}"

    return make


def _of_another_token(material: Material) -> str:
    """The signature of another right token of the same principal."""
    signing = material.token().rpartition(".")[0]
    return f"{signing}.{material.token().rpartition('.')[2]}"


def _spare_bits(signature: str) -> str:
    """Other text for the same bytes: the last of 86 characters has four bits that no byte takes."""
    return signature[:-1] + _ALPHABET[_ALPHABET.index(signature[-1]) ^ 1]


def _as_der(raw: bytes) -> bytes:
    """The same two numbers as DER, as most other formats have them."""
    half = len(raw) // 2
    return encode_dss_signature(int.from_bytes(raw[:half], "big"), int.from_bytes(raw[half:], "big"))


CHECKS: Mapping[str, Mapping[str, Maker]] = {
    "signature": {
        "other-key": _other_key,
        "tenant-swapped": _swapped(tenant="another-tenant"),
        "clearance-swapped": _swapped(clearance="restricted"),
        "signature-of-another-token": _of_another_token,
        "signature-truncated": _with_signature(lambda raw: raw[: len(raw) // 2]),
        "signature-flipped": _flipped(63),
        **{f"signature-flipped-{bit:03}": _flipped(bit) for bit in FLIPPED},
    },
    "signature-there": {
        "signature-empty": _with_signature(lambda _: b""),
        "signature-zero": _with_signature(lambda raw: bytes(len(raw))),
    },
    "signature-spelling": {
        "signature-padded": _respelt(lambda signature: f"{signature}=="),
        "signature-spare-bits": _respelt(_spare_bits),
        "signature-as-der": _with_signature(_as_der),
    },
}
"""The credentials by the one check of a gateway that refuses them."""
