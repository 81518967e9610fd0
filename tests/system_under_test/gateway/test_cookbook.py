"""The signature examples of RFC 7520, RFC 8037 and RFC 7797 through the function that checks signatures."""

import json
from pathlib import Path
from typing import Any

import jwt
import pytest

from system_under_test.gateway.jws import check_signature, read_jws
from system_under_test.gateway.keys import KeySetError, VerificationKey, parse_key_set
from system_under_test.gateway.rejection import RejectedError

SIGNED = [
    pytest.param("jws/4_1.rsa_v15_signature.json", id="RFC 7520, 4.1, RS256"),
    pytest.param("jws/4_2.rsa-pss_signature.json", id="RFC 7520, 4.2, PS384"),
    pytest.param("jws/4_3.ecdsa_signature.json", id="RFC 7520, 4.3, ES512"),
    pytest.param("jws/4_4.hmac-sha2_integrity_protection.json", id="RFC 7520, 4.4, HS256"),
    pytest.param("curve25519/jws.json", id="RFC 8037, A.4, EdDSA"),
    pytest.param("6.nesting_signatures_and_encryption.json", id="RFC 7520, 6, the inner PS256"),
]
JSON_ONLY = ["jws/4_6.protecting_specific_header_fields.json", "jws/4_7.protecting_content_only.json"]
JSON_ONLY += ["jws/4_8.multiple_signatures.json"]
LIMIT = 8 * 1024


@pytest.fixture(scope="module")
def cookbook(shared_data: Path) -> Path:
    folder = shared_data / "jose" / "cookbook"
    if not folder.is_dir():
        pytest.skip(f"the JOSE cookbook is not at {folder}")
    return folder


def example(cookbook: Path, name: str) -> dict[str, Any]:
    read: dict[str, Any] = json.loads((cookbook / name).read_text(encoding="utf-8"))
    signed: dict[str, Any] = read.get("sign", read)
    return signed


def key_of(read: dict[str, Any]) -> VerificationKey:
    """The public half of the example's key, bound to the algorithm that the example names."""
    member, algorithm = read["input"]["key"], read["input"]["alg"]
    if member["kty"] == "oct":
        return VerificationKey("", algorithm, jwt.PyJWK(member, algorithm))
    public = {name: value for name, value in member.items() if name in {"kty", "use", "n", "e", "crv", "x", "y"}}
    return parse_key_set({"keys": [{**public, "alg": algorithm, "kid": "example"}]})["example"]


@pytest.mark.parametrize("name", SIGNED)
def test_a_compact_example_verifies_and_its_changed_twin_does_not(cookbook: Path, name: str) -> None:
    read = example(cookbook, name)
    head, payload, signature = read["output"]["compact"].split(".")
    other = ("A" if payload[0] != "A" else "B") + payload[1:]

    check_signature(read_jws(f"{head}.{payload}.{signature}", limit_bytes=LIMIT), key_of(read))

    with pytest.raises(RejectedError, match="signature_wrong"):
        check_signature(read_jws(f"{head}.{other}.{signature}", limit_bytes=LIMIT), key_of(read))


def test_a_detached_signature_holds_for_its_content_and_not_for_nothing(cookbook: Path) -> None:
    read = example(cookbook, "jws/4_5.signature_with_detached_content.json")
    payload = read["signing"]["sig-input"].split(".")[1]
    detached = read["output"]["compact"]

    check_signature(read_jws(detached.replace("..", f".{payload}."), limit_bytes=LIMIT), key_of(read))

    with pytest.raises(RejectedError, match="signature_wrong"):
        check_signature(read_jws(detached, limit_bytes=LIMIT), key_of(read))


@pytest.mark.parametrize("name", JSON_ONLY)
@pytest.mark.parametrize("form", ["json", "json_flat"])
def test_the_json_serialisations_are_refused(cookbook: Path, name: str, form: str) -> None:
    output = example(cookbook, name)["output"]

    with pytest.raises(RejectedError, match="token_malformed"):
        read_jws(json.dumps(output.get(form, output["json"])), limit_bytes=LIMIT)


def test_an_unencoded_payload_is_refused(cookbook: Path) -> None:
    compact = example(cookbook, "rfc7797/hmac-sha2_b64_false.json")["output"]["compact"]
    head, _, signature = compact.split(".")

    with pytest.raises(RejectedError, match="token_malformed"):
        read_jws(compact, limit_bytes=LIMIT)
    with pytest.raises(RejectedError, match="header_forbidden"):
        read_jws(f"{head}.AAAA.{signature}", limit_bytes=LIMIT)


@pytest.mark.parametrize("name", ["3_1.ec_public_key.json", "3_3.rsa_public_key.json"])
def test_the_public_keys_are_taken(cookbook: Path, name: str) -> None:
    member = json.loads((cookbook / "jwk" / name).read_text(encoding="utf-8"))

    assert set(parse_key_set({"keys": [member]})) == {"bilbo.baggins@hobbiton.example"}


@pytest.mark.parametrize("number", ["3_2", "3_4", "3_5", "3_6"])
def test_the_private_and_symmetric_keys_are_refused(cookbook: Path, number: str) -> None:
    (path,) = (cookbook / "jwk").glob(f"{number}.*")

    with pytest.raises(KeySetError, match=r"private|symmetric"):
        parse_key_set({"keys": [json.loads(path.read_text(encoding="utf-8"))]})
