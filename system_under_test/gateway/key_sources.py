"""Where verification keys come from: a fixed set, or an issuer's key set endpoint."""

from collections.abc import Mapping
from typing import Protocol

from system_under_test.config import Issuer, KeyCache, SetupError
from system_under_test.gateway.jwks_cache import Fetches, Found, RemoteKeys
from system_under_test.gateway.key_set_endpoint import KeySetEndpoint
from system_under_test.gateway.keys import usable_keys


class KeySource(Protocol):
    """The keys of one issuer."""

    @property
    def fetches(self) -> Fetches:
        """Attempts to fetch them so far."""
        ...

    async def ready(self) -> None:
        """Return where `find` can answer, raise IdentityUnavailableError where it cannot."""
        ...

    async def find(self, key_id: str) -> Found:
        """The key with this id, or none; raises IdentityUnavailableError where that cannot be known."""
        ...


class StaticKeys:
    """A key set that was handed over with the setup. Raises KeySetError where no key in it can be used."""

    def __init__(self, jwks: Mapping[str, object]) -> None:
        self._keys = usable_keys(jwks)
        self.fetches = Fetches()

    async def ready(self) -> None:
        """Return: the keys are here."""

    async def find(self, key_id: str) -> Found:
        """The key with this id, or none. It is never stale: only another setup replaces it."""
        return Found(self._keys.get(key_id))


def key_source(issuer: Issuer, times: KeyCache) -> KeySource:
    """The key source that an issuer's settings ask for. Raises KeySetError or SetupError."""
    if issuer.jwks is not None:
        return StaticKeys(issuer.jwks)
    if issuer.jwks_uri is not None:
        return RemoteKeys(times, KeySetEndpoint(issuer.jwks_uri, times))
    raise SetupError("an issuer has neither keys nor a place to get them")
