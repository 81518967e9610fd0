"""Credentials that are bad by their form: the segments, the serialisation, the header that carries them, their size.

A right token stands in most of them. Where the request itself is malformed a target may say so with 400 or 431 in place
of 401 (RFC 6750 section 3.1, RFC 6585 section 5), and its refusal may look like no other.
"""

from collections.abc import Mapping

from harness.domain.cases import Extra
from harness.probes.authentication.material import Maker, Material, compact, encoded, segment, sign_segments, signed
from harness.targets.target import HERE

_USUAL_LIMIT = 8 * 1024
"""Bytes of a header that servers take without being told otherwise."""
_TEN_KILOBYTES = 10 * 1024
_NESTED_IN_REACH = 2_500
"""Deep enough for a parser that calls itself, in a token below the usual limit."""
_NESTED_FAR = 20_000
"""In a header below 64 KiB: with more, a server that closes before it has read all can reset its refusal away."""


def _right(material: Material) -> str:
    """A right token; what is bad is how it is sent."""
    return material.token()


def _general(material: Material) -> str:
    """A right token in the general JSON serialisation (RFC 7515, section 7.2.1)."""
    header, payload, signature = material.token().split(".")
    return compact({"payload": payload, "signatures": [{"protected": header, "signature": signature}]})


def _flattened(material: Material) -> str:
    """A right token in the flattened JSON serialisation (RFC 7515, section 7.2.2)."""
    header, payload, signature = material.token().split(".")
    return compact({"payload": payload, "protected": header, "signature": signature})


def _encrypted(material: Material) -> str:
    """Shaped like an encrypted token (RFC 7516, section 3.1) around a right one."""
    header = segment({"alg": "dir", "enc": "A128GCM", "cty": "JWT", "kid": material.issuer.key_id})
    return f"{header}..{encoded(bytes(12))}.{encoded(material.token().encode('ascii'))}.{encoded(bytes(16))}"


def _spaced(material: Material) -> str:
    """A right token with a space in it."""
    signing, _, signature = material.token().rpartition(".")
    return f"{signing}. {signature}"


def _joined(material: Material) -> str:
    """Two right tokens in one header, as an intermediary joins two headers."""
    return f"{material.token()}, Bearer {material.token()}"


def _padded_out(material: Material) -> str:
    """A rightly signed token that is just longer than the usual limit."""
    length = (_USUAL_LIMIT + 1 - len(material.token())) * 3 // 4  # base64 makes four characters of three
    return signed(material, material.header(), {**material.claims(), "padding": "a" * length})


def _long_key_id(material: Material) -> str:
    """A rightly signed token with a key id of ten kilobytes."""
    return signed(material, {**material.header(), "kid": "k" * _TEN_KILOBYTES}, material.claims())


def _nested(depth: int) -> Maker:
    """A rightly signed payload of arrays within arrays."""

    def make(material: Material) -> str:
        payload = encoded(b"[" * depth + b"]" * depth)
        return sign_segments(segment(material.header()), payload, material.issuer.key)

    return make


CHECKS: Mapping[str, Mapping[str, Maker]] = {
    "token-there": {"no-token": lambda _: "", "not-a-token": lambda _: "not.a.token"},
    "segments": {
        "two-segments": lambda material: material.token().rpartition(".")[0],
        "four-segments": lambda material: f"{material.token()}.e30",
        "five-segments": lambda material: f"{material.token()}.e30.e30",
        "space-inside": _spaced,
    },
    "serialisation": {"json-flattened": _flattened, "json-general": _general, "encrypted": _encrypted},
    "one-token": {
        "two-headers": _right,
        "tokens-joined": _joined,
        "bearer-twice": lambda material: f"Bearer {material.token()}",
    },
    "scheme": {"scheme-basic": _right, "scheme-missing": _right},
    "place": {"token-in-query": _right},
    "size": {"token-over-8-kib": _padded_out, "key-id-of-10-kb": _long_key_id},
    "nesting": {"payload-nested": _nested(_NESTED_IN_REACH), "payload-nested-20000": _nested(_NESTED_FAR)},
}
"""The credentials by the one check of a gateway that refuses them."""

SENT_AS: Mapping[str, Extra] = {
    "two-headers": Extra(headers=(("Authorization", f"Bearer {HERE}"), ("Authorization", f"Bearer {HERE}"))),
    "scheme-basic": Extra(headers=(("Authorization", f"Basic {HERE}"),)),
    "scheme-missing": Extra(headers=(("Authorization", HERE),)),
    "token-in-query": Extra(query=(("access_token", HERE),)),
}
"""Where the token goes, for credentials that are not `Authorization: Bearer`."""
