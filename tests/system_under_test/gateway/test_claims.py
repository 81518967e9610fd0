"""From claims to a principal: bounds, types and spellings. The unchanged claims are every case's good twin."""

from types import ModuleType
from typing import Any

import pytest

from system_under_test.gateway.claims import principal_of
from system_under_test.gateway.rejection import RejectedError
from system_under_test.nouns import Principal

NOW, LEEWAY, LIFETIME = 1_000_000, 30, 3_600
REQUIRED = ["exp", "iat", "aud", "sub", "jti", "tenant", "groups", "clearance"]


@pytest.fixture(scope="module")
def claims(doubles: ModuleType) -> dict[str, Any]:
    made: dict[str, Any] = doubles.Idp().claims(iat=NOW, exp=NOW + 600)
    return made


def principal(claims: dict[str, Any], now: float = NOW) -> Principal:
    return principal_of(
        claims,
        audience="rag",
        tenants=frozenset({"acme", "globex"}),
        now=now,
        leeway_s=LEEWAY,
        lifetime_s=LIFETIME,
    )


def test_right_claims_make_a_principal(claims: dict[str, Any]) -> None:
    found = principal(claims)

    assert found == Principal("acme", "user-1", frozenset({"everyone"}), "internal", "token-1", NOW + 600)


@pytest.mark.parametrize("name", [*REQUIRED, "iss"])
def test_every_required_claim_is_required(claims: dict[str, Any], name: str) -> None:
    with pytest.raises(RejectedError, match="claim_missing"):
        principal({key: value for key, value in claims.items() if key != name})


@pytest.mark.parametrize("name", ["exp", "iat", "nbf"])
@pytest.mark.parametrize("value", ["1000000", 1_000_000.0, True, None, [1_000_000]], ids=str)
def test_a_time_that_is_no_integer_is_refused(claims: dict[str, Any], name: str, value: object) -> None:
    with pytest.raises(RejectedError, match="time_malformed"):
        principal({**claims, name: value})


@pytest.mark.parametrize(
    ("change", "now", "accepted"),
    [
        pytest.param({}, NOW + 600 + LEEWAY - 1, True, id="expired inside the leeway"),
        pytest.param({}, NOW + 600 + LEEWAY, False, id="expired beyond the leeway"),
        pytest.param({}, NOW - LEEWAY, True, id="issued inside the leeway"),
        pytest.param({}, NOW - LEEWAY - 1, False, id="issued beyond the leeway"),
        pytest.param({"nbf": NOW + LEEWAY}, NOW, True, id="not before, inside the leeway"),
        pytest.param({"nbf": NOW + LEEWAY + 1}, NOW, False, id="not before, beyond the leeway"),
        pytest.param({"exp": NOW + LIFETIME}, NOW, True, id="longest lifetime"),
        pytest.param({"exp": NOW + LIFETIME + 1}, NOW, False, id="longer lifetime"),
        pytest.param({"exp": NOW}, NOW, False, id="no lifetime"),
        pytest.param({"exp": 10**300}, NOW, False, id="for ever"),
        pytest.param({"iat": -(10**300)}, NOW, False, id="since ever"),
    ],
)
def test_times_are_bounded_to_the_second(
    claims: dict[str, Any], change: dict[str, object], now: float, accepted: bool
) -> None:
    if accepted:
        assert principal({**claims, **change}, now)
    else:
        with pytest.raises(RejectedError):
            principal({**claims, **change}, now)


@pytest.mark.parametrize(
    "audience",
    ["ra", "ragx", "RAG", ["rag"], ["rag", "other"], [], None, 5, ""],
    ids=str,
)
def test_another_audience_is_refused(claims: dict[str, Any], audience: object) -> None:
    with pytest.raises(RejectedError, match="audience_wrong"):
        principal({**claims, "aud": audience})


@pytest.mark.parametrize(
    "tenant",
    [
        pytest.param("", id="empty"),
        pytest.param("ACME", id="upper case"),
        pytest.param(" acme", id="blank before"),
        pytest.param("acme ", id="blank after"),
        pytest.param("acme\n", id="newline after"),
        pytest.param("acme\u200b", id="zero width"),
        pytest.param("\u0430cme", id="Cyrillic letter"),
        pytest.param("\uff41cme", id="full width"),
        pytest.param("acme\x00", id="NUL"),
        pytest.param("\ud800acme", id="surrogate"),
        pytest.param("%61cme", id="URL encoded"),
        pytest.param("a" * 64, id="too long"),
        pytest.param("-acme", id="hyphen first"),
        pytest.param(["acme"], id="list"),
        pytest.param({"acme": 1}, id="mapping"),
        pytest.param(None, id="null"),
    ],
)
def test_a_tenant_is_never_made_right(claims: dict[str, Any], tenant: object) -> None:
    with pytest.raises(RejectedError, match="tenant_malformed"):
        principal({**claims, "tenant": tenant})


def test_a_tenant_that_is_not_registered_is_refused(claims: dict[str, Any]) -> None:
    with pytest.raises(RejectedError, match="tenant_unknown"):
        principal({**claims, "tenant": "initech"})


@pytest.mark.parametrize(
    "groups",
    [
        [],
        "everyone",
        None,
        [1],
        [""],
        ["everyone", None],
        ["a", "a"],
        [["a"]],
        ["a\n"],
        ["\ud800"],
        ["g"] * 65,
        {"a": 1},
    ],
    ids=repr,
)
def test_groups_are_a_list_of_different_names(claims: dict[str, Any], groups: object) -> None:
    with pytest.raises(RejectedError, match="groups_malformed"):
        principal({**claims, "groups": groups})


@pytest.mark.parametrize("clearance", ["secret", "Internal", "", None, 1, ["internal"]], ids=repr)
def test_an_unknown_clearance_is_refused(claims: dict[str, Any], clearance: object) -> None:
    with pytest.raises(RejectedError, match="clearance_unknown"):
        principal({**claims, "clearance": clearance})


@pytest.mark.parametrize("name", ["sub", "jti"])
@pytest.mark.parametrize("value", ["", 5, None, "a\nb", "x" * 257, "\udfff"], ids=repr)
def test_names_are_printable_texts(claims: dict[str, Any], name: str, value: object) -> None:
    with pytest.raises(RejectedError, match="claim_malformed"):
        principal({**claims, name: value})
