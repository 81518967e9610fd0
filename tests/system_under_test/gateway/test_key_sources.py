"""Which key source an issuer's settings ask for, and the fixed set."""

import asyncio
from types import ModuleType

import pytest

from system_under_test.config import Issuer, KeyCache, SetupError
from system_under_test.gateway.jwks_cache import Fetches, RemoteKeys
from system_under_test.gateway.key_sources import StaticKeys, key_source
from system_under_test.gateway.keys import KeySetError


def test_a_static_set_gives_its_keys_and_nothing_else(doubles: ModuleType) -> None:
    keys = StaticKeys(doubles.Idp().jwks())

    found, missing = asyncio.run(keys.find("key-1")), asyncio.run(keys.find("key-2"))

    assert found.key is not None
    assert missing.key is None
    assert not found.stale
    assert keys.fetches == Fetches(0, 0)
    asyncio.run(keys.ready())


def test_a_static_set_without_a_usable_key_is_refused(doubles: ModuleType) -> None:
    with pytest.raises(KeySetError):
        StaticKeys(doubles.Idp().jwks(use="enc"))


def test_the_loopback_interface_may_be_plain_http() -> None:
    assert isinstance(key_source(Issuer("i", "a", None, "http://127.0.0.1:9/keys"), KeyCache()), RemoteKeys)


def test_an_issuer_without_keys_is_refused() -> None:
    with pytest.raises(SetupError):
        key_source(Issuer("i", "a", None, None), KeyCache())
