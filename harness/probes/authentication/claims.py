"""Tokens that are bad by what they claim: audience, issuer, times, tenant, rights; and claims that stand twice.

RFC 8725 sections 3.8 and 3.9, RFC 9068 section 4. Two rules are stricter than RFC 7519: a time is a whole number of
seconds, and the audience is one name, never a list with others. The tenant is compared as it is written, never folded.

Times lie far beyond any sensible leeway (ten minutes or so at least), for a target does not say its own: so no token is
good or bad by the second in which it arrives. What is accepted just inside the leeway is therefore not tried. Nor is
the key of one issuer under the name of another: the harness signs as one issuer alone.
"""

from collections.abc import Callable, Mapping

from harness.probes.authentication.material import (
    ABSENT,
    Maker,
    Material,
    other_case,
    twice,
    with_claims,
    with_member_text,
    with_times,
)
from harness.targets.identity import LIFETIME_S

_OTHER_TENANT = "another-tenant"
_LONGEST_LABEL = 63
"""Characters of a DNS label, the most that a name of a tenant should have."""
_LIKE_LATIN = str.maketrans("aceiopsxyjh", "\u0430\u0441\u0435\u0456\u043e\u0440\u0455\u0445\u0443\u0458\u04bb")
"""Cyrillic letters that look like Latin ones."""


def _tenant(change: Callable[[str], object]) -> Maker:
    """The tenant of the principal, written another way; where the way leaves it as it was, with a soft hyphen."""

    def other(_: Material, tenant: str) -> object:
        return value if (value := change(tenant)) != tenant else f"{tenant}\u00ad"

    return with_claims(tenant=other)


def _wide(text: str) -> str:
    """Full-width forms, which NFKC folds onto the plain ones."""
    return "".join(chr(ord(character) + 0xFEE0) if "!" <= character <= "~" else character for character in text)


def _look_alike(text: str) -> str:
    """One letter of another alphabet that looks the same; a full-width one where none does."""
    return next(
        (
            text[:place] + other + text[place + 1 :]
            for place, other in enumerate(text.translate(_LIKE_LATIN))
            if other != text[place]
        ),
        _wide(text[:1]) + text[1:],
    )


def _own_tenant(material: Material) -> object:
    return material.principal.tenant


CHECKS: Mapping[str, Mapping[str, Maker]] = {
    "audience": {
        "audience-wrong": with_claims(aud="another-audience"),
        "audience-prefix": with_claims(aud=lambda _, audience: audience[:-1]),
        "audience-longer": with_claims(aud=lambda _, audience: f"{audience}.stranger.example"),
        "audience-other-case": with_claims(aud=lambda _, audience: other_case(audience)),
        "audience-empty": with_claims(aud=""),
        "audience-missing": with_claims(aud=ABSENT),
    },
    "audience-type": {
        "audience-list": with_claims(aud=lambda _, audience: [audience, "another-audience"]),
        "audience-list-empty": with_claims(aud=[]),
        "audience-null": with_claims(aud=None),
        "audience-number": with_claims(aud=0),
    },
    "issuer": {
        "issuer-wrong": with_claims(iss="https://issuer.stranger.example"),
        "issuer-slash": with_claims(iss=lambda _, issuer: f"{issuer}/"),
        "issuer-prefix": with_claims(iss=lambda _, issuer: issuer[:-1]),
        "issuer-longer": with_claims(iss=lambda _, issuer: f"{issuer}.stranger.example"),
        "issuer-other-case": with_claims(iss=lambda _, issuer: other_case(issuer)),
        "issuer-empty": with_claims(iss=""),
        "issuer-missing": with_claims(iss=ABSENT),
    },
    "issuer-type": {
        "issuer-list": with_claims(iss=lambda _, issuer: [issuer]),
        "issuer-null": with_claims(iss=None),
    },
    "expiry": {
        "expired": with_times(iat=-3600 - LIFETIME_S, nbf=-3600 - LIFETIME_S, exp=-3600),
        "expired-ten-minutes-ago": with_times(iat=-600 - LIFETIME_S, nbf=-600 - LIFETIME_S, exp=-600),
        "expiry-missing": with_claims(exp=ABSENT),
        "expiry-null": with_claims(exp=None),
        "expiry-negative": with_claims(exp=-1),
    },
    "expiry-type": {
        "expiry-as-text": with_claims(exp=lambda _, moment: str(moment)),
        "expiry-as-boolean": with_claims(exp=True),
        "expiry-as-fraction": with_times(exp=LIFETIME_S - 0.5),
        "expiry-of-1e300": with_claims(exp=1e300),
        "expiry-not-a-number": with_member_text("exp", "NaN"),
        "expiry-infinite": with_member_text("exp", "Infinity"),
    },
    "lifetime": {"lifetime-of-ten-years": with_times(exp=315_360_000)},
    "not-before": {
        "not-yet-valid": with_times(nbf=LIFETIME_S - 1),
        "not-before-as-text": with_claims(nbf=lambda _, moment: str(moment)),
        "not-before-as-fraction": with_times(nbf=-0.5),
        "not-before-null": with_claims(nbf=None),
    },
    "issued-at": {
        "issued-in-an-hour": with_times(iat=3600, exp=3600 + LIFETIME_S),
        "issue-time-missing": with_claims(iat=ABSENT),
        "issue-time-null": with_claims(iat=None),
        "issue-time-as-text": with_claims(iat=lambda _, moment: str(moment)),
        "issue-time-as-fraction": with_times(iat=-0.5),
    },
    "tenant-type": {
        "tenant-missing": with_claims(tenant=ABSENT),
        "tenant-null": with_claims(tenant=None),
        "tenant-list": with_claims(tenant=[_OTHER_TENANT]),
        "tenant-list-of-own": _tenant(lambda tenant: [tenant]),
        "tenant-object": _tenant(lambda tenant: {"tenant": tenant}),
        "tenant-number": with_claims(tenant=0),
    },
    "tenant-known": {
        "tenant-empty": with_claims(tenant=""),
        "tenant-blank": with_claims(tenant=" "),
        "tenant-unknown": with_claims(tenant="no-such-tenant"),
        "tenant-pattern": with_claims(tenant="*"),
        "tenant-too-long": _tenant(lambda tenant: f"{tenant}-{'a' * _LONGEST_LABEL}"),
        "tenant-with-another": _tenant(lambda tenant: f"{tenant},{_OTHER_TENANT}"),
        "tenant-as-path": _tenant(lambda tenant: f"{_OTHER_TENANT}/../{tenant}"),
    },
    "tenant-spelling": {
        "tenant-upper-case": _tenant(other_case),
        "tenant-padded": _tenant(lambda tenant: f"{tenant} "),
        "tenant-padded-in-front": _tenant(lambda tenant: f" {tenant}"),
        "tenant-padded-unbroken": _tenant(lambda tenant: f"{tenant}\u00a0"),
        "tenant-full-width": _tenant(_wide),
        "tenant-look-alike": _tenant(_look_alike),
        "tenant-zero-width": _tenant(lambda tenant: f"{tenant[:1]}\u200b{tenant[1:]}"),
        "tenant-with-nul": _tenant(lambda tenant: f"{tenant}\0"),
        "tenant-half-character": _tenant(lambda tenant: f"{tenant}\ud800"),
        "tenant-url-encoded": _tenant(lambda tenant: f"%{ord(tenant[0]):02x}{tenant[1:]}"),
    },
    "claims-twice": {
        "tenant-twice": twice("claims", "tenant", _own_tenant, lambda _: _OTHER_TENANT),
        "tenant-twice-own-last": twice("claims", "tenant", lambda _: _OTHER_TENANT, _own_tenant),
        "tenant-twice-escaped": twice("claims", r"\u0074enant", lambda _: _OTHER_TENANT, _own_tenant),
        "audience-twice": twice(
            "claims", "aud", lambda _: "another-audience", lambda material: material.issuer.audience
        ),
        "expiry-twice": twice("claims", "exp", lambda _: 1, lambda material: material.claims()["exp"]),
    },
    "groups": {"groups-as-text": with_claims(groups="executive")},
    "clearance": {"clearance-unknown": with_claims(clearance="cosmic")},
}
"""The credentials by the one check of a gateway that refuses them."""
