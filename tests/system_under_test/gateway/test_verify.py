"""The whole verifier: Authorization headers in, a principal or a refusal out."""

import asyncio
from dataclasses import replace
from types import ModuleType
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from system_under_test.config import Issuer, KeyCache, Limits
from system_under_test.gateway.jwks_cache import Fetches, Found
from system_under_test.gateway.key_sources import KeySource, key_source
from system_under_test.gateway.keys import KeySetError, parse_key_set
from system_under_test.gateway.rejection import IdentityUnavailableError, RejectedError
from system_under_test.gateway.verify import Verifier
from system_under_test.nouns import Principal


@pytest.fixture(scope="module")
def idps(doubles: ModuleType) -> list[Any]:
    """Two issuers whose keys have the same id."""
    return [doubles.Idp(), doubles.Idp(issuer="https://other.example")]


@pytest.fixture(scope="module")
def verifier(doubles: ModuleType, idps: list[Any]) -> Verifier:
    return Verifier([idp.as_issuer() for idp in idps], doubles.TENANTS, Limits())


def ask(verifier: Verifier, *authorization: str) -> Principal:
    return asyncio.run(verifier.identify(authorization)).principal


def test_each_issuers_own_tokens_are_accepted(verifier: Verifier, idps: list[Any]) -> None:
    for idp in idps:
        assert ask(verifier, f"Bearer {idp.token()}").tenant == "acme"


def test_one_issuers_key_never_proves_anothers_token(verifier: Verifier, idps: list[Any]) -> None:
    first, second = idps
    crossed = first.token(iss=second.issuer)

    with pytest.raises(RejectedError, match="signature_wrong"):
        ask(verifier, f"Bearer {crossed}")


@pytest.mark.parametrize(
    "issuer",
    ["https://idp.example/", "https://IDP.example", "", None, ["https://idp.example"], {}],
    ids=repr,
)
def test_an_unknown_issuer_is_refused(verifier: Verifier, idps: list[Any], issuer: object) -> None:
    with pytest.raises(RejectedError, match="issuer_unknown"):
        ask(verifier, f"Bearer {idps[0].token(iss=issuer)}")


@pytest.mark.parametrize("key_id", ["key-2", "../../dev/null", "' OR 1=1--", "http://evil.example/k"])
def test_an_unknown_key_id_is_only_a_name_that_is_not_found(verifier: Verifier, idps: list[Any], key_id: str) -> None:
    with pytest.raises(RejectedError, match="key_unknown"):
        ask(verifier, f"Bearer {idps[0].token({'kid': key_id})}")


def test_the_scheme_is_read_in_any_case_and_once(verifier: Verifier, idps: list[Any]) -> None:
    token = idps[0].token()

    assert ask(verifier, f"bearer {token}")
    for value, reason in [
        (f"Basic {token}", "authorization_malformed"),
        (token, "authorization_malformed"),
        (f"Bearer  {token}", "token_malformed"),
        (f"Bearer Bearer {token}", "token_malformed"),
    ]:
        with pytest.raises(RejectedError, match=reason):
            ask(verifier, value)


def test_no_header_and_two_headers_are_refused(verifier: Verifier, idps: list[Any]) -> None:
    value = f"Bearer {idps[0].token()}"

    with pytest.raises(RejectedError, match="authorization_missing"):
        ask(verifier)
    with pytest.raises(RejectedError, match="authorization_repeated"):
        ask(verifier, value, value)


def test_a_header_over_eight_kibibytes_is_refused(verifier: Verifier) -> None:
    with pytest.raises(RejectedError, match="token_too_large"):
        ask(verifier, "Bearer " + "a" * (8 * 1024))


class Denied:
    """A deny list in memory; without a list it cannot be read."""

    def __init__(self, *tokens: tuple[str, str], readable: bool = True) -> None:
        self.tokens = set(tokens)
        self.readable = readable

    def holds(self, issuer: str, token_id: str) -> bool:
        self.check()
        return (issuer, token_id) in self.tokens

    def check(self) -> None:
        if not self.readable:
            raise IdentityUnavailableError("no list")


class NoKeys:
    """An issuer whose key set cannot be had, or is stale."""

    def __init__(self, found: Found | None) -> None:
        self.found = found
        self.fetches = Fetches(2, 3)

    async def find(self, key_id: str) -> Found:
        if self.found is None:
            raise IdentityUnavailableError("no key set")
        return self.found

    async def ready(self) -> None:
        await self.find("")


def test_a_denied_token_is_refused_and_the_same_id_of_another_issuer_is_not(
    idps: list[Any], doubles: ModuleType
) -> None:
    first, second = idps
    denied = Denied((first.issuer, "token-1"))
    verifier = Verifier([idp.as_issuer() for idp in idps], doubles.TENANTS, Limits(), denied=denied)

    with pytest.raises(RejectedError, match="token_denied"):
        ask(verifier, f"Bearer {first.token()}")
    assert ask(verifier, f"Bearer {second.token()}").token_id == "token-1"
    assert ask(verifier, f"Bearer {first.token(jti='token-2')}").token_id == "token-2"


def test_a_deny_list_that_cannot_be_read_lets_nobody_in_and_still_refuses_for_cause(
    idps: list[Any], doubles: ModuleType
) -> None:
    verifier = Verifier([idps[0].as_issuer()], doubles.TENANTS, Limits(), denied=Denied(readable=False))

    with pytest.raises(IdentityUnavailableError):
        ask(verifier, f"Bearer {idps[0].token()}")
    with pytest.raises(RejectedError, match="audience_wrong"):
        ask(verifier, f"Bearer {idps[0].token(aud='other')}")
    assert asyncio.run(verifier.missing()) == {"deny_list"}


def test_an_issuer_can_be_held_to_its_own_tenants(idps: list[Any], doubles: ModuleType) -> None:
    first, second = idps
    issuers = [replace(first.as_issuer(), tenants=frozenset({"acme"})), second.as_issuer()]
    verifier = Verifier(issuers, doubles.TENANTS, Limits())

    with pytest.raises(RejectedError, match="tenant_unknown"):
        ask(verifier, f"Bearer {first.token(tenant='globex')}")
    assert ask(verifier, f"Bearer {first.token()}").tenant == "acme"
    assert ask(verifier, f"Bearer {second.token(tenant='globex')}").tenant == "globex"


def test_an_issuer_cannot_name_a_tenant_that_is_not_registered(idps: list[Any], doubles: ModuleType) -> None:
    issuer = replace(idps[0].as_issuer(), tenants=frozenset({"acme", "initech"}))
    verifier = Verifier([issuer], doubles.TENANTS, Limits())

    with pytest.raises(RejectedError, match="tenant_unknown"):
        ask(verifier, f"Bearer {idps[0].token(tenant='initech')}")


def test_a_configuration_with_a_symmetric_key_refuses_to_start(idps: list[Any], doubles: ModuleType) -> None:
    secret = {"kty": "oct", "k": "AAAA", "kid": "s", "alg": "HS256", "use": "sig"}
    mixed = replace(idps[0].as_issuer(), jwks={"keys": [idps[0].public_key(), secret]})

    with pytest.raises(KeySetError, match="symmetric"):
        Verifier([mixed], doubles.TENANTS, Limits())


@pytest.mark.parametrize("stale", [False, True])
def test_an_identity_says_whether_the_keys_were_stale(idps: list[Any], doubles: ModuleType, stale: bool) -> None:
    key = parse_key_set(idps[0].jwks())["key-1"]
    verifier = Verifier(
        [idps[0].as_issuer()], doubles.TENANTS, Limits(), sources=lambda issuer, times: NoKeys(Found(key, stale))
    )

    identity = asyncio.run(verifier.identify([f"Bearer {idps[0].token()}"]))

    assert identity.jwks_stale is stale
    for wrong in ({"aud": "other"}, {"iss": "https://evil.example"}):
        with pytest.raises(RejectedError) as caught:
            ask(verifier, f"Bearer {idps[0].token(**wrong)}")
        assert caught.value.jwks_stale is (stale if "aud" in wrong else None)
    assert asyncio.run(verifier.missing()) == frozenset()


def test_one_issuers_outage_leaves_the_others_tokens_alone(idps: list[Any], doubles: ModuleType) -> None:
    first, second = idps

    def sources(issuer: Issuer, times: KeyCache) -> KeySource:
        return NoKeys(None) if issuer.issuer == first.issuer else key_source(issuer, times)

    verifier = Verifier([idp.as_issuer() for idp in idps], doubles.TENANTS, Limits(), sources=sources)

    with pytest.raises(IdentityUnavailableError):
        ask(verifier, f"Bearer {first.token()}")
    assert ask(verifier, f"Bearer {second.token()}").tenant == "acme"
    assert asyncio.run(verifier.missing()) == frozenset()
    assert asyncio.run(Verifier([first.as_issuer()], doubles.TENANTS, Limits(), sources=sources).missing()) == {
        "key_set"
    }
    assert verifier.fetches() == Fetches(2, 3)


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
FUZZ = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""The first text of a fresh checkout waits for a table of all characters."""
HEADER = st.sampled_from(["typ", "alg", "kid", "cty", "crit"])
CLAIM = st.sampled_from(["iss", "aud", "sub", "jti", "exp", "iat", "nbf", "tenant", "groups", "clearance"])


@FUZZ
@given(st.dictionaries(HEADER, JSON_VALUES, max_size=2), st.dictionaries(CLAIM, JSON_VALUES, max_size=3))
def test_whatever_is_signed_gives_the_named_tenants_principal_or_a_refusal(
    verifier: Verifier, idps: list[Any], header: dict[str, object], claims: dict[str, object]
) -> None:
    token = idps[0].token(header, **claims)

    try:
        principal = ask(verifier, f"Bearer {token}")
    except RejectedError:
        return
    assert principal.tenant == claims.get("tenant", "acme")


@FUZZ
@given(st.lists(st.text(max_size=60) | st.text(max_size=60).map(lambda text: f"Bearer {text}"), max_size=2))
def test_whatever_stands_in_the_header_is_refused_and_breaks_nothing(verifier: Verifier, values: list[str]) -> None:
    with pytest.raises(RejectedError):
        ask(verifier, *values)
