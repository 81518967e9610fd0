"""Check 2: the 401 JWS vectors of Wycheproof through the function that the gateway checks signatures with."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import jwt
import pytest

from system_under_test.gateway.jws import check_signature, read_jws
from system_under_test.gateway.keys import KeySetError, VerificationKey, parse_key_set
from system_under_test.gateway.rejection import RejectedError

Keys = Mapping[str, VerificationKey]
Verify = Callable[[dict[str, Any], str], bool]

_KEY_NAMES_ANOTHER = (
    "The header says PS384, the key PS256. RFC 7517, 4.4: `alg` identifies the algorithm intended for use with the key."
    " Vector 338 is the same case (header PS256, a sound PS256 signature, key PS512) and must be refused."
)
_KEY_NAMES_NONE = (
    "The key says ES521, which is no algorithm. RFC 7517, 4.4: the value should be registered (RFC 7518, 3.1: ES512) or"
    " contain a Collision-Resistant Name. A key for an unknown algorithm is not used."
)
_SAME_AS_357 = (
    "Byte for byte the text of vector 357, which is marked valid (C2SP/wycheproof issue 236): no verifier takes the"
    " one and refuse the other. RFC 7515, 2: base64url has all trailing `=` omitted, and this text has none."
)
_NOT_BASE64URL = (
    "A `?` inside a segment. RFC 7515, 5.2, steps 2 and 6: decode following the restriction that no line breaks,"
    " whitespace, or other additional characters have been used."
)
DEVIATIONS: Final[Mapping[int, str]] = {
    346: _KEY_NAMES_ANOTHER,
    347: _KEY_NAMES_NONE,
    350: _KEY_NAMES_ANOTHER,
    351: _KEY_NAMES_NONE,
    367: _SAME_AS_357,
    370: _SAME_AS_357,
    372: _NOT_BASE64URL,
    373: _NOT_BASE64URL,
}
"""Vectors whose expected result is not ours, each with the sentence that we follow instead."""


@pytest.fixture(scope="module")
def groups(shared_data: Path) -> list[dict[str, Any]]:
    path = shared_data / "jose" / "json_web_signature_test.json"
    if not path.is_file():
        pytest.skip(f"the Wycheproof vectors are not at {path}")
    read: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))["testGroups"]
    return read


def keys_of(group: dict[str, Any]) -> Keys:
    """The group's keys: through the gateway's own reader, but for symmetric ones, which that reader must refuse."""
    if "public" in group:
        return parse_key_set({"keys": [group["public"]]})
    member = group["private"]
    return {member["kid"]: VerificationKey(member["kid"], member["alg"], jwt.PyJWK(member, member["alg"]))}


def ours(group: dict[str, Any], text: str) -> bool:
    try:
        jws = read_jws(text, limit_bytes=8 * 1024)
        key = keys_of(group).get(str(jws.header.get("kid")))
        if key is None:
            return False
        check_signature(jws, key)
    except RejectedError:
        return False
    return True


def lenient(group: dict[str, Any], text: str) -> bool:
    """PyJWT handed the key as it is: what the gateway would be without its own reader."""
    member = group.get("public", group["private"])
    try:
        key = jwt.PyJWK(member)
        jwt.PyJWS().decode(text, key=key, algorithms=[str(member.get("alg", key.algorithm_name))])
    except jwt.PyJWTError:
        return False
    return True


def deviations(groups: list[dict[str, Any]], verify: Verify) -> set[int]:
    return {
        test["tcId"]
        for group in groups
        for test in group["tests"]
        if verify(group, test["jws"]) != (test["result"] == "valid")
    }


def test_check_02_every_vector_gives_its_expected_result_but_for_the_argued_deviations(
    groups: list[dict[str, Any]],
) -> None:
    results = [test["result"] for group in groups for test in group["tests"]]

    found = deviations(groups, ours)

    assert (len(results), results.count("valid"), results.count("invalid")) == (401, 46, 355)
    assert found == set(DEVIATIONS)


def test_check_02_no_deviation_accepts_bytes_that_only_an_invalid_vector_has(groups: list[dict[str, Any]]) -> None:
    vectors = {test["tcId"]: test for group in groups for test in group["tests"]}
    valid = {test["jws"] for test in vectors.values() if test["result"] == "valid"}

    wrongly_accepted = [number for number in DEVIATIONS if vectors[number]["result"] == "invalid"]

    assert wrongly_accepted == [367, 370]
    assert {vectors[number]["jws"] for number in wrongly_accepted} == {vectors[357]["jws"]}
    assert vectors[357]["jws"] in valid


def test_check_02_the_file_itself_refuses_what_346_and_350_would_have_accepted(groups: list[dict[str, Any]]) -> None:
    group, text = next((group, test["jws"]) for group in groups for test in group["tests"] if test["tcId"] == 338)
    keys = parse_key_set({"keys": [{**group["public"], "alg": "PS256"}]})

    jws = read_jws(text, limit_bytes=8 * 1024)

    check_signature(jws, keys[group["public"]["kid"]])  # sound, if only the header were asked
    assert not ours(group, text)


def test_check_02_symmetric_keys_of_the_vectors_never_reach_the_gateway(groups: list[dict[str, Any]]) -> None:
    symmetric = [group["private"] for group in groups if "public" not in group]

    assert len(symmetric) == 4
    for member in symmetric:
        with pytest.raises(KeySetError, match="symmetric"):
            parse_key_set({"keys": [member]})


def test_check_02_a_lenient_verifier_is_caught_by_the_same_comparison(groups: list[dict[str, Any]]) -> None:
    found = deviations(groups, lenient)

    assert {353, 354, 355, 356} <= found - set(DEVIATIONS)
