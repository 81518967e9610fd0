"""Check 30: a proof about a log shows nothing else of it, and is checked with the public key alone."""

import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from system_under_test.audit.proofs import (
    NotProvableError,
    ProofRefusedError,
    ProofUnreadableError,
    check_proof,
    prove_growth,
    prove_record,
)
from system_under_test.audit.verification import TamperedError
from system_under_test.strict_json import canonical


@pytest.mark.parametrize("number", range(1, 11))
def test_check_30_every_signed_record_can_be_proven_and_shows_no_other(ten: Any, number: int) -> None:
    proof = canonical(prove_record(ten.path, ten.key, f"record-{number}"))

    proven = check_proof(proof, ten.key)

    assert proven.record is not None
    assert (proven.record["record_id"], proven.record["seq"]) == (f"record-{number}", number)
    assert f"record {number} of 10 " in proven.words
    assert [f"record-{other}" for other in range(1, 11) if f'record-{other}\\"' in proof.decode()] == [
        f"record-{number}"
    ]


def test_check_30_a_proof_stands_without_the_log(ten: Any) -> None:
    proof = canonical(prove_record(ten.path, ten.key, "record-3"))
    for path in ten.folder.iterdir():
        path.unlink()

    assert check_proof(proof, ten.key).record is not None


@pytest.mark.parametrize("since", range(4))
def test_check_30_a_log_is_proven_to_have_only_grown_and_no_record_is_shown(ten: Any, since: int) -> None:
    proof = canonical(prove_growth(ten.path, ten.key, ten.checkpoints()[since]))

    proven = check_proof(proof, ten.key)

    assert proven.record is None
    assert proven.words.startswith(f"{ten.checkpoints()[since].size} records signed ")
    assert b"record-" not in proof


def test_check_30_growth_that_did_not_happen_cannot_be_proven(ten: Any, write_log: Any, tmp_path: Path) -> None:
    other = write_log(tmp_path / "other", 10)
    proof = prove_growth(ten.path, ten.key, ten.checkpoints()[1])

    for changes in (
        {"since": ten.checkpoints()[2].note},
        {"since": other.checkpoints()[1].note},
        {"checkpoint": ten.checkpoints()[2].note},
        {"path": []},
    ):
        with pytest.raises(ProofRefusedError):
            check_proof(canonical({**proof, **changes}), ten.key)


@pytest.fixture(scope="module")
def both_proofs(ten_records: Any) -> list[bytes]:
    return [
        canonical(prove_record(ten_records.path, ten_records.key, "record-6")),
        canonical(prove_growth(ten_records.path, ten_records.key, ten_records.checkpoints()[1])),
    ]


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_check_30_a_proof_with_any_byte_changed_proves_nothing(
    ten_records: Any, both_proofs: list[bytes], data: Any
) -> None:
    proof = bytearray(data.draw(st.sampled_from(both_proofs)))
    place, mask = data.draw(st.integers(0, len(proof) - 1)), data.draw(st.integers(1, 255))

    proof[place] ^= mask

    with pytest.raises((ProofRefusedError, ProofUnreadableError)):
        check_proof(bytes(proof), ten_records.key)


@pytest.mark.parametrize(
    "changes",
    [
        {"index": 4},
        {"index": -1},
        {"index": 5.0},
        {"index": True},
        {"path": ["00"]},
        {"path": [None]},
        {"path": ["A" * 64]},
        {"path": "x"},
        {"extra": 1},
        {"proof": "another"},
        {"proof": None},
        {"checkpoint": ""},
        {"record": "{}"},
    ],
    ids=str,
)
def test_check_30_a_proof_of_another_shape_proves_nothing(ten: Any, changes: dict[str, object]) -> None:
    proof = prove_record(ten.path, ten.key, "record-6")

    with pytest.raises((ProofRefusedError, ProofUnreadableError)):
        check_proof(canonical({**proof, **changes}), ten.key)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b"{}", b'{"proof":1,"proof":1}', b"\xff"])
def test_check_30_a_file_that_is_no_proof_is_told_apart_from_a_wrong_one(ten: Any, content: bytes) -> None:
    with pytest.raises(ProofUnreadableError):
        check_proof(content, ten.key)


def test_check_30_a_proof_of_another_key_proves_nothing(ten: Any) -> None:
    proof = canonical(prove_record(ten.path, ten.key, "record-6"))

    with pytest.raises(ProofRefusedError, match="not signed with this key"):
        check_proof(proof, Ed25519PrivateKey.generate().public_key())


def test_check_30_nothing_is_proven_of_a_log_that_does_not_hold(ten: Any) -> None:
    ten.put(ten.lines()[:9])

    with pytest.raises(TamperedError):
        prove_record(ten.path, ten.key, "record-6")


def test_check_30_a_record_that_is_missing_or_not_signed_yet_is_told(write_log: Any, tmp_path: Path) -> None:
    crashed = write_log(tmp_path, 7, close=False)

    assert prove_record(crashed.path, crashed.key, "record-4")["index"] == 3
    with pytest.raises(NotProvableError, match="no record"):
        prove_record(crashed.path, crashed.key, "record-8")
    with pytest.raises(NotProvableError, match="no checkpoint"):
        prove_record(crashed.path, crashed.key, "record-5")


def test_check_30_a_checkpoint_that_is_newer_than_the_logs_own_is_told(ten: Any) -> None:
    kept = ten.checkpoints()
    ten.put_checkpoints(kept[:-1])

    with pytest.raises(NotProvableError, match="older"):
        prove_growth(ten.path, ten.key, kept[-1])


def test_check_30_a_signed_line_that_is_no_record_is_refused(ten: Any, tmp_path: Path) -> None:
    proof = prove_record(ten.path, ten.key, "record-6")
    assert json.loads(str(proof["record"]))["seq"] == 6

    with pytest.raises(ProofRefusedError, match="not the one"):
        check_proof(canonical({**proof, "record": str(proof["record"]).replace("acme", "acne")}), ten.key)
