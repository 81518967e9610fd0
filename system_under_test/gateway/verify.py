"""The strict verifier: from the Authorization headers of a request to a Principal."""

import time
from collections.abc import Callable, Sequence

from system_under_test.config import Issuer, Limits
from system_under_test.gateway.claims import principal_of
from system_under_test.gateway.jws import CompactToken, check_signature, take_apart
from system_under_test.gateway.key_sources import KeySource, key_source
from system_under_test.gateway.rejection import RejectedError
from system_under_test.nouns import Principal

_SCHEME = "bearer "


class Verifier:
    """Decides who is asking. Keys are bound to their issuer: one issuer's key never proves another's token."""

    def __init__(
        self,
        issuers: Sequence[Issuer],
        tenants: frozenset[str],
        limits: Limits,
        *,
        sources: Callable[[Issuer], KeySource] = key_source,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._issuers = {issuer.issuer: (issuer, sources(issuer)) for issuer in issuers}
        self._tenants = tenants
        self._limits = limits
        self._now = now

    async def principal(self, authorization: Sequence[str]) -> Principal:
        """The principal that the values of the request's Authorization headers prove.

        Raises RejectedError, or KeysUnavailableError where the issuer's keys cannot be had.
        """
        token = take_apart(_bearer(authorization, self._limits.header_bytes), limit_bytes=self._limits.header_bytes)
        issuer, source = self._issuer(token)
        key = await source.key(token.key_id)
        if key is None:
            raise RejectedError("key_unknown")
        check_signature(token, key)
        return principal_of(
            token.payload,
            audience=issuer.audience,
            tenants=self._tenants,
            now=self._now(),
            leeway_s=self._limits.leeway_s,
            lifetime_s=self._limits.token_lifetime_s,
        )

    def _issuer(self, token: CompactToken) -> tuple[Issuer, KeySource]:
        """The issuer that the token claims; the claim is proven by that issuer's own key a moment later."""
        named = token.payload.get("iss")
        known = self._issuers.get(named) if isinstance(named, str) else None
        if known is None:
            raise RejectedError("issuer_unknown")
        return known


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
