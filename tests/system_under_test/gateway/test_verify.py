"""The whole verifier: Authorization headers in, a principal or a refusal out."""

import asyncio
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from system_under_test.config import Limits
from system_under_test.gateway.rejection import RejectedError
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
    return asyncio.run(verifier.principal(authorization))


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


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
HEADER = st.sampled_from(["typ", "alg", "kid", "cty", "crit"])
CLAIM = st.sampled_from(["iss", "aud", "sub", "jti", "exp", "iat", "nbf", "tenant", "groups", "clearance"])


@settings(max_examples=300)
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


@settings(max_examples=200)
@given(st.lists(st.text(max_size=60) | st.text(max_size=60).map(lambda text: f"Bearer {text}"), max_size=2))
def test_whatever_stands_in_the_header_is_refused_and_breaks_nothing(verifier: Verifier, values: list[str]) -> None:
    with pytest.raises(RejectedError):
        ask(verifier, *values)
