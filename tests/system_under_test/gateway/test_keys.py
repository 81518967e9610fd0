"""Which members of a key set may prove anything."""

import json
from types import ModuleType
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from hypothesis import given, settings
from hypothesis import strategies as st

from system_under_test.gateway.keys import KeySetError, parse_key_set, usable_keys


@pytest.fixture(scope="module")
def idp(doubles: ModuleType) -> Any:
    return doubles.Idp()


@pytest.fixture(scope="module")
def rsa_key() -> dict[str, Any]:
    key = rsa.generate_private_key(65_537, 2_048)
    return {**json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key())), "kid": "r", "use": "sig"}


def test_a_public_signature_key_is_taken_with_its_algorithm(idp: Any) -> None:
    keys = parse_key_set(idp.jwks())

    assert [(key.key_id, key.algorithm) for key in keys.values()] == [("key-1", "ES256")]


def test_a_key_without_a_named_algorithm_is_bound_to_its_types_own(rsa_key: dict[str, Any]) -> None:
    key = ed25519.Ed25519PrivateKey.generate().public_key()
    edwards = {**json.loads(jwt.algorithms.OKPAlgorithm.to_jwk(key)), "kid": "e", "use": "sig"}

    rsa_only = {name: value for name, value in rsa_key.items() if name != "alg"}
    keys = parse_key_set({"keys": [edwards, rsa_only]})

    assert {key.key_id: key.algorithm for key in keys.values()} == {"e": "EdDSA", "r": "RS256"}


def test_an_rsa_key_may_name_another_algorithm_of_its_type(rsa_key: dict[str, Any]) -> None:
    keys = parse_key_set({"keys": [{**rsa_key, "alg": "PS256"}]})

    assert keys["r"].algorithm == "PS256"


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"use": "enc"}, id="for encryption"),
        pytest.param({"use": None}, id="null as use"),
        pytest.param({"key_ops": None}, id="null as operations"),
        pytest.param({"use": "sig", "key_ops": ["sign"]}, id="use and operations disagree"),
        pytest.param({"key_ops": ["encrypt"]}, id="other operations"),
        pytest.param({"key_ops": "verify"}, id="operations are no list"),
        pytest.param({"alg": "HS256"}, id="algorithm of another type"),
        pytest.param({"alg": "ES384"}, id="algorithm of another curve"),
        pytest.param({"alg": 5}, id="algorithm is no text"),
        pytest.param({"kid": None}, id="no key id"),
        pytest.param({"kty": "what"}, id="unknown type"),
        pytest.param({"kty": ["EC"]}, id="list as type"),
        pytest.param({"kid": ["key-1"]}, id="list as key id"),
        pytest.param({"use": ["sig"]}, id="list as use"),
        pytest.param({"crv": ["P-256"]}, id="list as curve"),
        pytest.param({"crv": "secp256k1"}, id="unlisted curve"),
    ],
)
def test_a_key_for_something_else_is_passed_over(idp: Any, change: dict[str, object]) -> None:
    assert parse_key_set(idp.jwks(**change)) == {}


@pytest.mark.parametrize(
    ("stated", "taken"),
    [
        pytest.param({"use": "sig"}, True, id="use"),
        pytest.param({"key_ops": ["verify"]}, True, id="operations"),
        pytest.param({"alg": "ES256"}, True, id="algorithm"),
        pytest.param({}, False, id="nothing"),
    ],
)
def test_a_key_must_state_in_one_way_that_it_is_for_signatures(
    idp: Any, stated: dict[str, object], taken: bool
) -> None:
    silent = {name: value for name, value in idp.public_key().items() if name not in {"use", "alg"}}

    assert set(parse_key_set({"keys": [{**silent, **stated}]})) == ({"key-1"} if taken else set())


def test_a_set_without_a_usable_key_is_no_set(idp: Any) -> None:
    assert set(usable_keys(idp.jwks())) == {"key-1"}
    for empty in ({"keys": []}, idp.jwks(use="enc")):
        with pytest.raises(KeySetError, match="no key"):
            usable_keys(empty)


MEMBER = st.sampled_from(["kty", "kid", "use", "key_ops", "alg", "crv", "x", "y", "n", "e"])
TEXT = st.text("AQb-_=. \u00e9", max_size=8)
VALUE = st.none() | st.booleans() | st.integers() | TEXT | st.lists(TEXT, max_size=2)


@settings(deadline=None)
@given(st.dictionaries(MEMBER, VALUE | st.just("RSA") | st.just("OKP") | st.just("AQAB"), max_size=4))
def test_whatever_a_key_says_it_is_taken_or_the_set_is_refused(idp: Any, change: dict[str, object]) -> None:
    try:
        parse_key_set(idp.jwks(**change))
    except KeySetError:
        return


@pytest.mark.parametrize(
    "members",
    [
        pytest.param([{"kty": "oct", "k": "AAAA", "kid": "s", "alg": "HS256", "use": "sig"}], id="symmetric key"),
        pytest.param([{"kty": "EC", "k": "AAAA", "kid": "s"}], id="secret member"),
        pytest.param([{"kty": "RSA", "d": "AAAA", "kid": "s"}], id="private key"),
        pytest.param([{"kty": "RSA", "p": "AAAA", "kid": "s"}], id="a private key's factor"),
        pytest.param([{"kid": "a"}, {"kid": "a"}], id="key id twice"),
        pytest.param(
            [{"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA", "kid": "b", "use": "sig"}], id="off the curve"
        ),
        pytest.param(["key"], id="no object"),
        pytest.param([{}] * 65, id="too many"),
    ],
)
def test_a_set_that_was_made_by_mistake_is_refused_whole(idp: Any, members: list[object]) -> None:
    with pytest.raises(KeySetError):
        parse_key_set({"keys": [idp.public_key(), *members]})


@pytest.mark.parametrize("jwks", [None, [], {}, {"keys": {}}, "keys"], ids=str)
def test_what_is_no_key_set_is_refused(jwks: object) -> None:
    with pytest.raises(KeySetError):
        parse_key_set(jwks)


def test_a_short_rsa_key_is_refused() -> None:
    short = rsa.generate_private_key(65_537, 1_024).public_key()
    member = {**json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(short)), "kid": "r", "use": "sig"}

    with pytest.raises(KeySetError, match="2048"):
        parse_key_set({"keys": [member]})
