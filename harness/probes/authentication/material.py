"""What a bad token is made from, and how: a right token with one thing about it changed, signed as a right one is.

Nothing here goes through a library that writes tokens: it would refuse to write most of what is tried.
"""

import base64
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec

from harness.domain.cases import Principal
from harness.probes.authentication import stranger
from harness.targets.identity import Issuer

ABSENT = object()
"""As the value of a member: it is taken out."""
HASHES = {"SHA256": jwt.algorithms.ECAlgorithm.SHA256, "SHA384": jwt.algorithms.ECAlgorithm.SHA384}


@dataclass(frozen=True, slots=True)
class Material:
    """What one bad token is made from."""

    issuer: Issuer
    principal: Principal
    bait: str
    """An address of the harness, up to its last slash, that stands in the tokens of one case alone."""

    def header(self) -> dict[str, Any]:
        """The header of a right token."""
        return self.issuer.header()

    def claims(self) -> dict[str, Any]:
        """The claims of a right token."""
        return self.issuer.claims(self.principal)

    def token(self) -> str:
        """A right token."""
        return self.issuer.token(self.principal)


Maker = Callable[[Material], str]
"""Makes a bad token; the empty string stands for a request without one."""


def with_claims(**changes: object) -> Maker:
    """A rightly signed token with some claims changed, as `changed` says."""
    return lambda material: signed(material, material.header(), changed(material, material.claims(), changes))


def with_header(**changes: object) -> Maker:
    """A rightly signed token with some header members changed, as `changed` says."""
    return lambda material: signed(material, changed(material, material.header(), changes), material.claims())


def by_stranger(**changes: object) -> Maker:
    """The same, signed by a stranger."""

    def make(material: Material) -> str:
        header = changed(material, material.header(), changes)
        return sign_segments(segment(header), segment(material.claims()), stranger.KEY)

    return make


def with_times(**shifts: float) -> Maker:
    """A rightly signed token whose times are shifted by seconds against now."""

    def make(material: Material) -> str:
        claims = material.claims()
        moved = {name: claims["iat"] + shift for name, shift in shifts.items()}
        return signed(material, material.header(), {**claims, **moved})

    return make


def with_member_text(member: str, text: str) -> Maker:
    """A rightly signed token in whose payload a claim has a value that no library would write."""

    def make(material: Material) -> str:
        claims = {name: value for name, value in material.claims().items() if name != member}
        payload = f'{compact(claims)[:-1]},"{member}":{text}}}'
        return sign_segments(segment(material.header()), encoded(payload.encode("ascii")), material.issuer.key)

    return make


def twice(part: str, member: str, first: Callable[[Material], object], last: Callable[[Material], object]) -> Maker:
    """A rightly signed token whose `header` or `claims` hold a member twice: readers disagree on which one counts.

    `member` is written as it is given, escapes included.
    """

    def make(material: Material) -> str:
        parts = {"header": material.header(), "claims": material.claims()}
        plain = json.loads(f'"{member}"')
        kept = {name: value for name, value in parts[part].items() if name != plain}
        doubled = (
            f'{compact(kept)[:-1]},"{plain}":{compact(first(material))},"{member}":{compact(last(material))}}}'.encode()
        )
        raw = {name: compact(value).encode() for name, value in parts.items()} | {part: doubled}
        return sign_segments(encoded(raw["header"]), encoded(raw["claims"]), material.issuer.key)

    return make


def changed(material: Material, members: Mapping[str, Any], changes: Mapping[str, object]) -> dict[str, Any]:
    """The members with these changes: a function gets the material and the member as it was, ABSENT takes it out."""
    new = {name: value(material, members.get(name)) if callable(value) else value for name, value in changes.items()}
    return {name: value for name, value in {**members, **new}.items() if value is not ABSENT}


def signed(material: Material, header: Mapping[str, Any], claims: Mapping[str, Any]) -> str:
    """A token with this header and these claims under the issuer's own key."""
    return sign_segments(segment(header), segment(claims), material.issuer.key)


def sign_segments(header: str, payload: str, key: ec.EllipticCurvePrivateKey, digest: str = "SHA256") -> str:
    """The two segments as they are with their ECDSA signature, whatever `alg` says."""
    signature = jwt.algorithms.ECAlgorithm(HASHES[digest]).sign(f"{header}.{payload}".encode("ascii"), key)
    return f"{header}.{payload}.{encoded(signature)}"


def segment(value: object) -> str:
    """A JSON value as a segment of a token."""
    return encoded(compact(value).encode("ascii"))


def compact(value: object) -> str:
    """JSON without blanks, in ASCII: half a surrogate pair is written as its escape."""
    return json.dumps(value, separators=(",", ":"))


def encoded(raw: bytes) -> str:
    """Base64url without padding."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")


def decoded(text: str) -> bytes:
    """What `encoded` made the text from."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def other_case(text: str) -> str:
    """The text in capitals; where it is that already, in small letters; where it has no letters, with one more."""
    return next(other for other in (text.upper(), text.lower(), text + "A") if other != text)
