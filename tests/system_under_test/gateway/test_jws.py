"""Taking tokens apart, and checking signatures. Every refused token has a good twin."""

import base64
import json
import random
from dataclasses import replace
from types import ModuleType
from typing import Any

import pytest

from system_under_test.gateway.access_token import take_apart
from system_under_test.gateway.jws import check_signature, read_jws
from system_under_test.gateway.keys import parse_key_set
from system_under_test.gateway.rejection import RejectedError

LIMIT = 8 * 1024


@pytest.fixture(scope="module")
def idp(doubles: ModuleType) -> Any:
    return doubles.Idp()


def test_a_right_token_is_taken_apart_and_its_signature_holds(idp: Any) -> None:
    key = parse_key_set(idp.jwks())["key-1"]

    token = take_apart(idp.token(), limit_bytes=LIMIT)
    check_signature(token.jws, key)

    assert (token.jws.algorithm, token.key_id, token.claims["tenant"]) == ("ES256", "key-1", "acme")


@pytest.mark.parametrize("kind", ["at+jwt", "application/at+jwt"])
def test_both_spellings_of_the_access_token_type_are_taken(idp: Any, kind: str) -> None:
    token = take_apart(idp.token({"typ": kind}), limit_bytes=LIMIT)

    assert token.key_id == "key-1"


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        pytest.param({"typ": "JWT"}, "type_wrong", id="plain JWT"),
        pytest.param({"typ": "logout+jwt"}, "type_wrong", id="logout token"),
        pytest.param({"typ": "AT+JWT"}, "type_wrong", id="other case"),
        pytest.param({"typ": None}, "type_wrong", id="null type"),
        pytest.param({"typ": ["at+jwt"]}, "type_wrong", id="list as type"),
        pytest.param({"cty": "JWT"}, "type_wrong", id="nested token"),
        pytest.param({"alg": "none"}, "algorithm_forbidden", id="none"),
        pytest.param({"alg": "nOnE"}, "algorithm_forbidden", id="none in another case"),
        pytest.param({"alg": "HS256"}, "algorithm_forbidden", id="symmetric"),
        pytest.param({"alg": "ES256K"}, "algorithm_forbidden", id="unlisted curve"),
        pytest.param({"alg": ["ES256"]}, "algorithm_forbidden", id="list as algorithm"),
        pytest.param({"kid": None}, "key_unknown", id="null key id"),
        pytest.param({"kid": ["key-1"]}, "key_unknown", id="list as key id"),
        pytest.param({"kid": "k" * 129}, "key_unknown", id="long key id"),
        pytest.param({"kid": "key\n1"}, "key_unknown", id="control character in key id"),
        pytest.param({"jku": "https://evil.example"}, "header_forbidden", id="jku"),
        pytest.param({"x5u": "https://evil.example"}, "header_forbidden", id="x5u"),
        pytest.param({"x5c": []}, "header_forbidden", id="x5c"),
        pytest.param({"jwk": {}}, "header_forbidden", id="jwk"),
        pytest.param({"crit": []}, "header_forbidden", id="crit"),
        pytest.param({"b64": False}, "header_forbidden", id="b64"),
    ],
)
def test_a_header_that_is_not_agreed_is_refused(idp: Any, header: dict[str, object], reason: str) -> None:
    with pytest.raises(RejectedError) as caught:
        take_apart(idp.token(header), limit_bytes=LIMIT)

    assert caught.value.reason == reason


@pytest.mark.parametrize("member", ["typ", "alg", "kid"])
def test_a_missing_header_member_is_refused(idp: Any, doubles: ModuleType, member: str) -> None:
    with pytest.raises(RejectedError):
        take_apart(idp.token({member: doubles.REMOVED}), limit_bytes=LIMIT)


def test_a_duplicate_member_is_refused_in_header_and_claims(idp: Any) -> None:
    header, claims = json.dumps(idp.header()), json.dumps(idp.claims())
    twice = [
        idp.signed(header[:-1] + ', "alg": "ES256"}', claims),
        idp.signed(header, claims[:-1] + ', "tenant": "globex"}'),
    ]

    for token in twice:
        with pytest.raises(RejectedError) as caught:
            take_apart(token, limit_bytes=LIMIT)
        assert caught.value.reason == "token_ambiguous"
    assert take_apart(idp.signed(header, claims), limit_bytes=LIMIT)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda token: token.rsplit(".", 1)[0], id="two segments"),
        pytest.param(lambda token: token + ".x", id="four segments"),
        pytest.param(lambda token: token + "..x", id="five segments"),
        pytest.param(lambda token: token + "=", id="padding"),
        pytest.param(lambda token: token + " ", id="blank at the end"),
        pytest.param(lambda token: "Bearer " + token, id="scheme twice"),
        pytest.param(lambda token: token.replace(".", ". ", 1), id="blank inside"),
        pytest.param(lambda token: "", id="empty"),
        pytest.param(lambda token: "..", id="empty segments"),
        pytest.param(lambda token: json.dumps({"payload": token}), id="JSON serialisation"),
        pytest.param(lambda token: token.replace("e", "\u0435", 1), id="Cyrillic letter"),
        pytest.param(lambda token: "W10." + token.split(".", 1)[1], id="list as header"),
        pytest.param(lambda token: "bm90anNvbg." + token.split(".", 1)[1], id="header is no JSON"),
    ],
)
def test_a_token_of_another_form_is_refused(idp: Any, change: Any) -> None:
    with pytest.raises(RejectedError):
        take_apart(change(idp.token()), limit_bytes=LIMIT)


def test_spare_bits_in_the_last_character_are_refused(idp: Any) -> None:
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    token = idp.token()
    other = token[:-1] + letters[letters.index(token[-1]) + 1]

    assert base64.urlsafe_b64decode(other.split(".")[2] + "==") == base64.urlsafe_b64decode(token.split(".")[2] + "==")
    with pytest.raises(RejectedError):
        take_apart(other, limit_bytes=LIMIT)


def test_the_size_is_looked_at_before_anything_else(idp: Any) -> None:
    token = idp.token(sub="x" * 100)

    assert take_apart(token, limit_bytes=len(token))
    with pytest.raises(RejectedError) as caught:
        take_apart(token, limit_bytes=len(token) - 1)
    assert caught.value.reason == "token_too_large"


def test_deep_nesting_is_refused_and_breaks_nothing(idp: Any) -> None:
    token = idp.signed(json.dumps(idp.header()), "[" * 3_000)

    with pytest.raises(RejectedError):
        take_apart(token, limit_bytes=LIMIT)


def test_no_single_flipped_bit_of_a_signature_holds(idp: Any) -> None:
    key = parse_key_set(idp.jwks())["key-1"]
    jws = read_jws(idp.token(), limit_bytes=LIMIT)

    for bit in random.Random(20_260).sample(range(512), 64):
        flipped = bytearray(jws.signature)
        flipped[bit // 8] ^= 1 << bit % 8
        with pytest.raises(RejectedError, match="signature_wrong"):
            check_signature(replace(jws, signature=bytes(flipped)), key)


@pytest.mark.parametrize("position", [0, 7, 31, 60, 85])
def test_a_changed_signature_is_refused(idp: Any, position: int) -> None:
    key = parse_key_set(idp.jwks())["key-1"]
    head, signature = idp.token().rsplit(".", 1)
    letter = "A" if signature[position] != "A" else "Q"
    jws = read_jws(f"{head}.{signature[:position]}{letter}{signature[position + 1 :]}", limit_bytes=LIMIT)

    with pytest.raises(RejectedError) as caught:
        check_signature(jws, key)

    assert caught.value.reason == "signature_wrong"


def test_another_key_and_another_algorithm_than_the_keys_own_are_refused(idp: Any, doubles: ModuleType) -> None:
    stranger = parse_key_set(doubles.Idp().jwks())["key-1"]
    own = parse_key_set(idp.jwks())["key-1"]

    with pytest.raises(RejectedError, match="signature_wrong"):
        check_signature(read_jws(idp.token(), limit_bytes=LIMIT), stranger)
    with pytest.raises(RejectedError, match="algorithm_not_of_key"):
        check_signature(read_jws(idp.token({"alg": "ES384"}), limit_bytes=LIMIT), own)


def test_a_jws_may_have_an_empty_payload_and_an_access_token_may_not(idp: Any) -> None:
    token = idp.signed(json.dumps(idp.header()), "")

    check_signature(read_jws(token, limit_bytes=LIMIT), parse_key_set(idp.jwks())["key-1"])
    with pytest.raises(RejectedError, match="token_ambiguous"):
        take_apart(token, limit_bytes=LIMIT)


def test_an_empty_signature_never_holds(idp: Any) -> None:
    key = parse_key_set(idp.jwks())["key-1"]
    unsigned = idp.token().rpartition(".")[0] + "."

    with pytest.raises(RejectedError, match="signature_wrong"):
        check_signature(read_jws(unsigned, limit_bytes=LIMIT), key)
