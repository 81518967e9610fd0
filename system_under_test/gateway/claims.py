"""From the claims of a token whose signature holds to a Principal."""

import re
from collections.abc import Mapping
from typing import Final

from system_under_test.gateway.rejection import RejectedError
from system_under_test.nouns import CLASSIFICATIONS, Principal

_REQUIRED: Final = ("exp", "iat", "iss", "aud", "sub", "jti", "tenant", "groups", "clearance")
_TENANT: Final = re.compile(r"[a-z0-9][a-z0-9-]{1,62}", re.ASCII)
_TEXT_CHARACTERS: Final = 256
_GROUPS: Final = 64


def principal_of(
    claims: Mapping[str, object],
    *,
    audience: str,
    tenants: frozenset[str],
    now: float,
    leeway_s: int,
    lifetime_s: int,
) -> Principal:
    """The principal that the claims name. Nothing is normalised: a value that is not right is not made right.

    `aud` must be exactly the audience, as a string. `now` is in seconds since the epoch.
    Raises RejectedError.
    """
    if any(name not in claims for name in _REQUIRED):
        raise RejectedError("claim_missing")
    if claims["aud"] != audience:
        raise RejectedError("audience_wrong")
    expires_at = _within(claims, now=now, leeway_s=leeway_s, lifetime_s=lifetime_s)
    clearance = next((level for level in CLASSIFICATIONS if level == claims["clearance"]), None)
    if clearance is None:
        raise RejectedError("clearance_unknown")
    return Principal(
        tenant=_tenant(claims["tenant"], tenants),
        subject=_text(claims["sub"]),
        groups=_groups(claims["groups"]),
        clearance=clearance,
        token_id=_text(claims["jti"]),
        expires_at=expires_at,
    )


def _within(claims: Mapping[str, object], *, now: float, leeway_s: int, lifetime_s: int) -> int:
    issued, expires = _seconds(claims["iat"]), _seconds(claims["exp"])
    not_before = _seconds(claims["nbf"]) if "nbf" in claims else issued
    if not 0 < expires - issued <= lifetime_s:
        raise RejectedError("lifetime_wrong")
    if now >= expires + leeway_s:
        raise RejectedError("token_expired")
    if max(issued, not_before) > now + leeway_s:
        raise RejectedError("token_not_yet_valid")
    return expires


def _seconds(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise RejectedError("time_malformed")
    return value


def _tenant(value: object, tenants: frozenset[str]) -> str:
    if not isinstance(value, str) or not _TENANT.fullmatch(value):
        raise RejectedError("tenant_malformed")
    if value not in tenants:
        raise RejectedError("tenant_unknown")
    return value


def _groups(value: object) -> frozenset[str]:
    if not isinstance(value, list) or not 0 < len(value) <= _GROUPS:
        raise RejectedError("groups_malformed")
    names = frozenset(name for name in value if _is_text(name))
    if len(names) != len(value):
        raise RejectedError("groups_malformed")
    return names


def _text(value: object) -> str:
    if not isinstance(value, str) or not _is_text(value):
        raise RejectedError("claim_malformed")
    return value


def _is_text(value: object) -> bool:
    """Printable, so that neither a control character nor half a surrogate pair can reach a log."""
    return isinstance(value, str) and 0 < len(value) <= _TEXT_CHARACTERS and value.isprintable()
