"""Every bad credential is bad for the one reason that it names: a reader without that check takes it."""

from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import pytest

from harness.domain.cases import Case, Principal
from harness.probes.authentication import CHECKS, CREDENTIALS, authentication_cases, bait_files, credential_token
from harness.probes.authentication.signature import FLIPPED
from harness.targets.identity import Issuer, Wallet, new_issuer
from harness.targets.listener import Listener
from harness.targets.target import placed

PRINCIPAL = Principal("north-staff", "north", "user:north-staff", ("everyone", "staff"), "internal")
NOBODY: tuple[str, ...] = ("no reader takes it",)


def reasons(reason: str, names: str, *without: str) -> dict[str, tuple[str, tuple[str, ...]]]:
    """The reason why a strict reader refuses these credentials, and the checks without which a reader takes them."""
    return dict.fromkeys(names.split(), (reason, without or (reason,)))


WHY: dict[str, tuple[str, tuple[str, ...]]] = {
    **reasons("algorithm", "alg-none alg-none-capital alg-none-upper-case alg-none-mixed alg-none-signed"),
    **reasons("algorithm", "alg-empty alg-null alg-missing"),
    **reasons("algorithm", "hmac-with-public-key hmac-with-pem-stripped hmac-with-der hmac-with-ssh-key"),
    **reasons("algorithm", "hmac-with-jwk hmac-with-jwk-compact hmac-with-nothing"),
    **reasons("algorithm", "alg-es384 alg-es256k alg-rs256 alg-ps256 alg-eddsa alg-unknown alg-lower-case alg-list"),
    **reasons("key id", "unknown-key-id no-key-id key-id-empty key-id-other-case key-id-padded key-id-with-nul"),
    **reasons("key id", "path-as-key-id query-as-key-id key-id-null key-id-list key-id-object key-id-number"),
    **reasons("key id", "address-as-key-id", "key id", "key id as address"),
    **reasons("header jku", "key-url", "header jku", "addresses ignored"),
    **reasons("header jku", "key-url-of-stranger"),
    **reasons("header x5u", "chain-url", "header x5u", "addresses ignored"),
    **reasons("header x5u", "chain-url-of-stranger"),
    **reasons("header jwk", "embedded-key"),
    **reasons("header jwk", "embedded-key-alone", "header jwk", "key id"),
    **reasons("header x5c", "embedded-chain"),
    **reasons("header crit", "unknown-critical-header critical-empty critical-as-text critical-by-another-rule"),
    **reasons("header crit", "unencoded-payload", "header crit", "header b64"),
    **reasons("header b64", "unencoded-payload-unmarked"),
    **reasons("type", "type-logout type-plain type-of-identity-token type-security-event type-key-proof"),
    **reasons("type", "no-type type-empty type-null type-list"),
    **reasons("member twice", "algorithm-twice key-id-twice tenant-twice-own-last tenant-twice-escaped"),
    **reasons("member twice", "audience-twice expiry-twice"),
    **reasons("member twice", "type-twice tenant-twice", "member twice", "first of two"),
    **reasons("audience", "audience-wrong audience-prefix audience-longer audience-other-case audience-empty"),
    **reasons("audience", "audience-missing audience-list audience-list-empty audience-null audience-number"),
    **reasons("issuer", "issuer-wrong issuer-slash issuer-prefix issuer-longer issuer-other-case issuer-empty"),
    **reasons("issuer", "issuer-missing issuer-list issuer-null"),
    **reasons("expired", "expired expired-ten-minutes-ago expiry-negative"),
    **reasons("exp missing", "expiry-missing"),
    **reasons("type of exp", "expiry-null expiry-as-text expiry-as-fraction"),
    **reasons("type of exp", "expiry-as-boolean", "type of exp", "expired"),
    **reasons("type of exp", "expiry-of-1e300", "type of exp", "lifetime"),
    **reasons("not a number", "expiry-not-a-number", "not a number", "type of exp"),
    **reasons("not a number", "expiry-infinite", "not a number", "type of exp", "lifetime"),
    **reasons("lifetime", "lifetime-of-ten-years"),
    **reasons("not yet valid", "not-yet-valid"),
    **reasons("type of nbf", "not-before-as-text not-before-as-fraction not-before-null"),
    **reasons("issued later", "issued-in-an-hour"),
    **reasons("iat missing", "issue-time-missing"),
    **reasons("type of iat", "issue-time-null issue-time-as-text issue-time-as-fraction"),
    **reasons("tenant", "tenant-missing tenant-null tenant-list tenant-list-of-own tenant-object tenant-number"),
    **reasons("tenant", "tenant-empty tenant-blank tenant-unknown tenant-pattern tenant-too-long tenant-with-another"),
    **reasons("tenant", "tenant-as-path tenant-look-alike"),
    **reasons("tenant", "tenant-upper-case", "fold case"),
    **reasons("tenant", "tenant-padded tenant-padded-in-front tenant-padded-unbroken", "strip"),
    **reasons("tenant", "tenant-full-width", "normalise"),
    **reasons("tenant", "tenant-zero-width tenant-with-nul tenant-half-character", "letters alone"),
    **reasons("tenant", "tenant-url-encoded", "url-decode"),
    **reasons("groups", "groups-as-text"),
    **reasons("clearance", "clearance-unknown"),
    **reasons("signature", "tenant-swapped", "signature", "tenant"),
    **reasons(
        "signature", "other-key clearance-swapped signature-of-another-token signature-truncated signature-flipped"
    ),
    **reasons("signature", " ".join(f"signature-flipped-{bit:03}" for bit in FLIPPED)),
    **reasons("signature", "signature-empty signature-zero"),
    **reasons("spelling of base64url", "signature-padded signature-spare-bits"),
    **reasons("signature", "signature-as-der", "signature as DER"),
    **reasons("no token", "no-token", *NOBODY),
    **reasons("spelling of base64url", "not-a-token", *NOBODY),
    **reasons("segments", "two-segments encrypted", *NOBODY),
    **reasons("segments", "four-segments five-segments json-flattened json-general"),
    **reasons("space in the token", "space-inside tokens-joined bearer-twice"),
    **reasons("two headers", "two-headers"),
    **reasons("scheme", "scheme-basic scheme-missing"),
    **reasons("no token", "token-in-query", "place"),
    **reasons("too long", "token-over-8-kib"),
    **reasons("too long", "key-id-of-10-kb", "too long", "key id"),
    **reasons("payload is no JSON object", "payload-nested", *NOBODY),
    **reasons("too long", "payload-nested-20000", *NOBODY),
}
CASES = {case.id: case for case in authentication_cases(PRINCIPAL, "How many days?")}

Reader = Callable[..., Any]


@pytest.fixture(scope="module")
def issuer() -> Issuer:
    """An issuer with a fresh key."""
    return new_issuer()


@pytest.fixture(scope="module")
def listener(issuer: Issuer) -> Iterator[Listener]:
    """What an attacker serves."""
    with Listener(bait_files(issuer)) as found:
        yield found


@pytest.fixture(scope="module")
def reader(issuer: Issuer, small_system: ModuleType) -> Reader:
    """Makes a strict reader that trusts the issuer and knows two tenants, without some of its checks."""
    trusted = {"issuer": issuer.name, "audience": issuer.audience, "jwks": issuer.public_keys()}
    return lambda *without: small_system.StrictVerifier(trusted, frozenset({"north", "south"}), without)


def read(reader: Any, case: Case, issuer: Issuer, listener: Listener) -> dict[str, Any]:
    """What the reader makes of the request that the case sends."""
    extra, left = placed(case.extra, credential_token(issuer, Wallet(issuer), case, listener.address))
    headers = [value for name, value in extra.headers if name == "Authorization"]
    claims: dict[str, Any] = reader.authorised([*([f"Bearer {left}"] if left else []), *headers], dict(extra.query))
    return claims


def test_every_credential_has_its_reason_written_down() -> None:
    assert WHY.keys() == CREDENTIALS.keys()


@pytest.mark.parametrize("name", CREDENTIALS)
def test_a_strict_reader_refuses_the_credential_for_the_reason_that_it_names(
    name: str, issuer: Issuer, listener: Listener, reader: Reader, small_system: ModuleType
) -> None:
    with pytest.raises(small_system.RefusedError) as refusal:
        read(reader(), CASES[f"bad.{name}"], issuer, listener)

    assert str(refusal.value) == WHY[name][0]


@pytest.mark.parametrize("name", [name for name, (_, without) in WHY.items() if without != NOBODY])
def test_a_reader_that_leaves_out_the_check_takes_the_credential(
    name: str, issuer: Issuer, listener: Listener, reader: Reader
) -> None:
    careless = reader(*WHY[name][1])

    claims = read(careless, CASES[f"bad.{name}"], issuer, listener)

    assert claims["sub"] == PRINCIPAL.subject


@pytest.mark.parametrize("check", CHECKS)
def test_the_good_twin_of_each_check_is_taken_and_says_who_asks(
    check: str, issuer: Issuer, listener: Listener, reader: Reader
) -> None:
    claims = read(reader(), CASES[f"good.{check}"], issuer, listener)

    assert (claims["tenant"], claims["sub"], claims["groups"]) == ("north", "user:north-staff", ["everyone", "staff"])


@pytest.mark.parametrize("name", CREDENTIALS)
def test_a_bad_case_is_its_good_twin_but_for_the_credential(name: str) -> None:
    case = CASES[f"bad.{name}"]
    twin = CASES[case.twin]

    assert (case.kind, case.credential) == ("bad_credential", name)
    assert (twin.kind, twin.credential, twin.extra) == ("good_credential", "valid", type(twin.extra)())
    assert all(
        getattr(case, field) == getattr(twin, field)
        for field in ("principal", "question", "cluster", "family", "stage", "verb")
    )


def test_the_checks_share_no_stage_and_no_cluster() -> None:
    good = [case for case in CASES.values() if case.kind == "good_credential"]

    assert [case.stage for case in good] == list(range(len(CHECKS)))
    assert len({case.cluster for case in good}) == len(CHECKS)
    assert len(CASES) == len(CHECKS) + len(CREDENTIALS)


def test_every_refusal_of_a_token_is_compared_with_that_of_an_expired_one_and_a_malformed_request_is_not() -> None:
    compared = {case.credential for case in CASES.values() if case.reference == "bad.expired"}
    malformed = {case.credential for case in CASES.values() if case.refusable}

    assert compared | malformed | {"expired"} == CREDENTIALS.keys()
    assert not compared & malformed
    assert {"other-key", "tenant-unknown", "audience-wrong", "issuer-wrong", "type-plain"} < compared


@pytest.mark.parametrize(
    "tenant", ["ACME", "42", "a", "\u6771\u4eac"], ids=["capitals", "digits", "one letter", "no Latin letter"]
)
def test_no_spelling_of_a_tenant_is_the_tenant_itself(
    tenant: str, issuer: Issuer, listener: Listener, small_system: ModuleType
) -> None:
    principal = Principal("someone", tenant, "user:someone", ("everyone",), "public")
    trusted = {"issuer": issuer.name, "audience": issuer.audience, "jwks": issuer.public_keys()}
    strict = small_system.StrictVerifier(trusted, frozenset({tenant}))

    for case in authentication_cases(principal, "How many days?"):
        if case.kind == "bad_credential" and ".tenant-" in case.family:
            with pytest.raises(small_system.RefusedError):
                read(strict, case, issuer, listener)


def test_no_case_that_is_planned_holds_a_token() -> None:
    sent = [value for case in CASES.values() for _, value in (*case.extra.headers, *case.extra.query)]

    assert {value.replace("[token]", "").strip() for value in sent} == {"Bearer", "Basic", ""}


def test_the_token_just_over_the_usual_limit_is_hardly_longer(issuer: Issuer, listener: Listener) -> None:
    token = credential_token(issuer, Wallet(issuer), CASES["bad.token-over-8-kib"], listener.address)

    assert 8 * 1024 < len(token) <= 8 * 1024 + 32


def test_the_private_key_is_in_no_token_and_no_public_key_set(issuer: Issuer) -> None:
    secret = issuer.key.private_numbers().private_value

    (public,) = issuer.public_keys()["keys"]

    assert "d" not in public
    assert str(secret) not in str(public)
