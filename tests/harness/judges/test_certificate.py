"""Certificates: bound to one instrument, strict when read, silent after their expiry."""

import json
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from harness.errors import DeclarationError, MissingData
from harness.judges.certificate import Certificate, expiry, read_certificate, write_certificate
from harness.judges.fit import VALIDATED_ON
from harness.judges.lexical import LexicalJudge

ISSUED = date(2026, 1, 5)
CERTIFICATE = Certificate(
    judge="lexical",
    version="1.0.0",
    digest="ab" * 32,
    sets=("one", "two"),
    n=100,
    balanced_accuracy=0.8,
    kappa=0.6,
    sensitivity=0.9,
    specificity=0.7,
    floor=0.75,
    issued=ISSUED,
    expires=expiry(ISSUED),
)


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    write_certificate(CERTIFICATE, tmp_path / "c.json")

    assert read_certificate(tmp_path / "c.json") == CERTIFICATE


@pytest.mark.parametrize(
    ("days", "valid"),
    [
        pytest.param(-1, False, id="before it was issued"),
        pytest.param(0, True, id="the day of issue"),
        pytest.param(89, True, id="the last day"),
        pytest.param(90, False, id="the day of expiry"),
    ],
)
def test_a_certificate_speaks_from_its_issue_until_its_expiry(days: int, valid: bool) -> None:
    assert CERTIFICATE.is_valid(ISSUED + timedelta(days=days)) is valid


def test_a_certificate_speaks_for_one_instrument_only() -> None:
    assert CERTIFICATE.is_for("ab" * 32)
    assert not CERTIFICATE.is_for("cd" * 32)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"note": "trust me"}, id="unknown key"),
        pytest.param({"kappa": None}, id="a figure lacks"),
        pytest.param({"sensitivity": 1.2}, id="out of range"),
        pytest.param({"n": 0}, id="no rows"),
        pytest.param({"sets": []}, id="no sets"),
        pytest.param({"digest": "abc"}, id="no digest"),
        pytest.param({"issued": "5 January 2026"}, id="no date"),
        pytest.param({"issued": "20260105"}, id="another form of date"),
        pytest.param({"expires": "2027-01-05"}, id="too long"),
        pytest.param({"expires": "2026-01-05"}, id="no time at all"),
    ],
)
def test_a_damaged_certificate_is_refused(tmp_path: Path, change: dict[str, object]) -> None:
    file = tmp_path / "c.json"
    write_certificate(CERTIFICATE, file)
    file.write_text(json.dumps(json.loads(file.read_text()) | change))

    with pytest.raises(DeclarationError):
        read_certificate(file)


def test_a_certificate_that_is_not_there_is_missing_data(tmp_path: Path) -> None:
    with pytest.raises(MissingData):
        read_certificate(tmp_path / "none.json")


def test_the_shipped_certificate_is_for_the_shipped_judge() -> None:
    shipped = read_certificate()

    assert shipped.is_for(LexicalJudge().digest), "weights or code of the judge changed: measure again and reissue"
    assert shipped.sets == VALIDATED_ON


def test_a_changed_digest_is_seen() -> None:
    assert not replace(read_certificate(), digest="00" * 32).is_for(LexicalJudge().digest)
