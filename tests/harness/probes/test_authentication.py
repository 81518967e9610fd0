"""Every bad credential is bad, for the reason that it names, and its twin is good."""

from types import ModuleType
from typing import Any

import pytest

from harness.domain.cases import Principal
from harness.probes.authentication import CREDENTIALS, authentication_cases, credential_token
from harness.targets.identity import Issuer, Wallet, new_issuer

PRINCIPAL = Principal("north-staff", "north", "user:north-staff", ("everyone", "staff"), "internal")

WHY: dict[str, str] = {
    "no-token": "no token",
    "not-a-token": "header is not JSON",
    "two-segments": "not three segments",
    "alg-none": "algorithm",
    "alg-none-capital": "algorithm",
    "alg-none-mixed": "algorithm",
    "hmac-with-public-key": "algorithm",
    "other-key": "signature",
    "embedded-key": "header jwk",
    "key-url": "header jku",
    "unknown-key-id": "key id",
    "path-as-key-id": "key id",
    "no-key-id": "key id",
    "unknown-critical-header": "header crit",
    "type-logout": "type",
    "type-plain": "type",
    "no-type": "type",
    "signature-truncated": "signature",
    "signature-flipped": "signature",
    "tenant-swapped": "signature",
    "tenant-twice": "payload holds a member twice",
    "tenant-missing": "MissingRequiredClaimError",
    "tenant-empty": "tenant",
    "tenant-list": "tenant",
    "tenant-unknown": "tenant",
    "tenant-upper-case": "tenant",
    "tenant-padded": "tenant",
    "tenant-with-nul": "tenant",
    "audience-wrong": "InvalidAudienceError",
    "audience-missing": "MissingRequiredClaimError",
    "issuer-wrong": "InvalidIssuerError",
    "issuer-missing": "MissingRequiredClaimError",
    "expired": "ExpiredSignatureError",
    "not-yet-valid": "ImmatureSignatureError",
    "expiry-missing": "MissingRequiredClaimError",
    "expiry-as-text": "lifetime",
    "lifetime-of-ten-years": "lifetime",
    "groups-as-text": "groups",
    "clearance-unknown": "clearance",
}


@pytest.fixture(scope="module")
def issuer() -> Issuer:
    """An issuer with a fresh key."""
    return new_issuer()


@pytest.fixture(scope="module")
def verifier(issuer: Issuer, small_system: ModuleType) -> Any:
    """A strict verifier that trusts the issuer and knows two tenants."""
    trusted = {"issuer": issuer.name, "audience": issuer.audience, "jwks": issuer.public_keys()}
    return small_system.StrictVerifier(trusted, frozenset({"north", "south"}))


def test_every_credential_has_its_reason_written_down() -> None:
    assert WHY.keys() == CREDENTIALS.keys()


@pytest.mark.parametrize("name", CREDENTIALS)
def test_a_strict_verifier_refuses_the_credential_for_the_reason_that_it_names(
    name: str, issuer: Issuer, verifier: Any, small_system: ModuleType
) -> None:
    token = CREDENTIALS[name](issuer, PRINCIPAL)

    with pytest.raises(small_system.RefusedError) as refusal:
        verifier.claims(token)

    assert str(refusal.value) == WHY[name]


def test_a_good_token_is_accepted_and_says_who_asks(issuer: Issuer, verifier: Any) -> None:
    claims = verifier.claims(issuer.token(PRINCIPAL))

    assert (claims["tenant"], claims["sub"], claims["groups"]) == ("north", "user:north-staff", ["everyone", "staff"])


def test_every_case_stands_beside_a_good_twin_of_the_same_principal_and_question(issuer: Issuer, verifier: Any) -> None:
    cases = {case.id: case for case in authentication_cases(PRINCIPAL, "How many days?")}

    bad = [case for case in cases.values() if case.kind == "bad_credential"]

    assert {case.credential for case in bad} == CREDENTIALS.keys()
    for case in bad:
        twin = cases[case.twin]
        assert (twin.kind, twin.credential) == ("good_credential", "valid")
        assert (twin.principal, twin.question, twin.cluster) == (case.principal, case.question, case.cluster)
        assert verifier.claims(credential_token(issuer, Wallet(issuer), twin))["tenant"] == "north"
        assert credential_token(issuer, Wallet(issuer), case) != credential_token(issuer, Wallet(issuer), twin)


def test_a_token_carries_no_principal_but_the_one_of_its_case(issuer: Issuer, verifier: Any) -> None:
    other = Principal("south-staff", "south", "user:south-staff", ("everyone",), "public")

    claims = verifier.claims(issuer.token(other))

    assert (claims["tenant"], claims["clearance"]) == ("south", "public")


def test_the_private_key_is_in_no_token_and_no_public_key_set(issuer: Issuer) -> None:
    secret = issuer.key.private_numbers().private_value

    (public,) = issuer.public_keys()["keys"]

    assert "d" not in public
    assert str(secret) not in str(public)
