"""The strict verifier: from the Authorization headers of a request to an identity."""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from system_under_test.config import Issuer, KeyCache, Limits
from system_under_test.gateway.access_token import AccessToken, take_apart
from system_under_test.gateway.claims import principal_of
from system_under_test.gateway.jwks_cache import Fetches
from system_under_test.gateway.jws import check_signature
from system_under_test.gateway.key_sources import KeySource, key_source
from system_under_test.gateway.keys import VerificationKey
from system_under_test.gateway.rejection import IdentityUnavailableError, RejectedError
from system_under_test.nouns import Principal

_SCHEME = "bearer "

Missing = Literal["key_set", "deny_list"]


class Denied(Protocol):
    """Which tokens were withdrawn."""

    def holds(self, issuer: str, token_id: str) -> bool:
        """Whether this issuer's token was withdrawn. Raises IdentityUnavailableError where that cannot be known."""
        ...

    def check(self) -> None:
        """Raises IdentityUnavailableError where `holds` would."""
        ...


@dataclass(frozen=True, slots=True)
class Identity:
    """Who is asking, and whether that was proven with a key set that should have been renewed and could not be."""

    principal: Principal
    jwks_stale: bool


@dataclass(frozen=True, slots=True)
class _Trusted:
    """An issuer with its own keys, and the tenants that its tokens may name."""

    issuer: Issuer
    keys: KeySource
    tenants: frozenset[str]


class Verifier:
    """Decides who is asking. Keys are bound to their issuer: one issuer's key never proves another's token."""

    def __init__(
        self,
        issuers: Sequence[Issuer],
        tenants: frozenset[str],
        limits: Limits,
        *,
        denied: Denied | None = None,
        sources: Callable[[Issuer, KeyCache], KeySource] = key_source,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._trusted: Mapping[str, _Trusted] = {
            one.issuer: _Trusted(one, sources(one, limits.key_cache), _tenants_of(one, tenants)) for one in issuers
        }
        self._limits = limits
        self._denied = denied
        self._now = now

    async def identify(self, authorization: Sequence[str]) -> Identity:
        """The identity that the values of the request's Authorization headers prove.

        Raises RejectedError, or IdentityUnavailableError where the issuer's keys or the deny list cannot be had.
        """
        token = take_apart(_bearer(authorization, self._limits.header_bytes), limit_bytes=self._limits.header_bytes)
        trusted = self._issuer(token)
        found = await trusted.keys.find(token.key_id)
        try:
            return Identity(self._proven(token, trusted, found.key), found.stale)
        except RejectedError as refusal:
            raise RejectedError(refusal.reason, jwks_stale=found.stale) from None

    def _proven(self, token: AccessToken, trusted: _Trusted, key: VerificationKey | None) -> Principal:
        if key is None:
            raise RejectedError("key_unknown")
        check_signature(token.jws, key)
        principal = principal_of(
            token.claims,
            audience=trusted.issuer.audience,
            tenants=trusted.tenants,
            now=self._now(),
            leeway_s=self._limits.leeway_s,
            lifetime_s=self._limits.token_lifetime_s,
        )
        if self._denied is not None and self._denied.holds(trusted.issuer.issuer, principal.token_id):
            raise RejectedError("token_denied")
        return principal

    async def missing(self) -> frozenset[Missing]:
        """What is needed to let anybody in and cannot be had. Asks for an issuer's key set where none is cached.

        One issuer's outage is no outage of the others: `key_set` is missing where no issuer's can be had.
        """
        sets = await asyncio.gather(*(_has_keys(trusted.keys) for trusted in self._trusted.values()))
        missing: set[Missing] = set() if any(sets) else {"key_set"}
        try:
            if self._denied is not None:
                self._denied.check()
        except IdentityUnavailableError:
            missing.add("deny_list")
        return frozenset(missing)

    def fetches(self) -> Fetches:
        """Attempts to fetch a key set, of all issuers together."""
        counts = [trusted.keys.fetches for trusted in self._trusted.values()]
        return Fetches(sum(one.succeeded for one in counts), sum(one.failed for one in counts))

    def _issuer(self, token: AccessToken) -> _Trusted:
        """The issuer that the token claims; the claim is proven by that issuer's own key a moment later."""
        named = token.claims.get("iss")
        known = self._trusted.get(named) if isinstance(named, str) else None
        if known is None:
            raise RejectedError("issuer_unknown")
        return known


async def _has_keys(source: KeySource) -> bool:
    try:
        await source.ready()
    except IdentityUnavailableError:
        return False
    return True


def _tenants_of(issuer: Issuer, tenants: frozenset[str]) -> frozenset[str]:
    return tenants if issuer.tenants is None else tenants & issuer.tenants


def _bearer(authorization: Sequence[str], limit_bytes: int) -> str:
    if not authorization:
        raise RejectedError("authorization_missing")
    if len(authorization) > 1:
        raise RejectedError("authorization_repeated")
    value = authorization[0]
    if len(value) > limit_bytes:
        raise RejectedError("token_too_large")
    if value[: len(_SCHEME)].lower() != _SCHEME:
        raise RejectedError("authorization_malformed")
    return value[len(_SCHEME) :]
