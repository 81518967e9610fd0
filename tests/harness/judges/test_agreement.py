"""Agreement with people: both directions, beside the floor, and the certificate that comes of it."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from harness.errors import MissingData
from harness.judges.agreement import POOLED, agreement_report, certify, overlap, render
from harness.judges.certificate import read_certificate
from harness.judges.fit import FITTED_ON, VALIDATED_ON
from harness.judges.lexical import LexicalJudge

TODAY = date(2026, 1, 5)


def test_the_floor_is_the_share_of_words_in_the_evidence() -> None:
    assert overlap("Red cats sleep", ["The red dog", "cats"]) == pytest.approx(2 / 3)
    assert overlap("...", ["anything"]) == 0.0


def test_both_directions_are_reported_and_only_one_is_shipped(small_data: Path) -> None:
    rows = agreement_report(small_data)

    assert [(row.fitted_on, row.set, row.shipped) for row in rows] == [
        *((FITTED_ON, name, True) for name in (*VALIDATED_ON, POOLED)),
        *((VALIDATED_ON, name, False) for name in (*FITTED_ON, POOLED)),
    ]


def test_a_clear_case_is_agreed_on(small_data: Path) -> None:
    together = next(row for row in agreement_report(small_data) if row.set == POOLED)

    assert together.n == 12 + 12 + 14
    assert together.judge.balanced_accuracy > 0.9
    assert together.judge_bounds.low <= together.judge.balanced_accuracy <= together.judge_bounds.high


def test_the_table_shows_every_set_with_its_floor(small_data: Path) -> None:
    rows = agreement_report(small_data)

    table = render(rows)

    assert table.count("judge  ") == len(rows)
    assert table.count("floor >= ") == len(rows)
    for name in (*FITTED_ON, *VALIDATED_ON):
        assert name in table


def test_a_certificate_repeats_the_figures_of_all_validation_sets_together(small_data: Path) -> None:
    rows, judge = agreement_report(small_data), LexicalJudge()

    found = certify(rows, judge, TODAY)

    together = next(row for row in rows if row.set == POOLED and row.shipped)
    assert (found.n, found.sets, found.digest) == (together.n, VALIDATED_ON, judge.digest)
    assert found.balanced_accuracy == pytest.approx(together.judge.balanced_accuracy, abs=1e-4)
    assert found.floor == pytest.approx(together.floor.balanced_accuracy, abs=1e-4)


def test_weights_that_are_not_shipped_get_no_certificate(small_data: Path) -> None:
    rows = [replace(row, shipped=False) for row in agreement_report(small_data)]

    with pytest.raises(ValueError, match="shipped weights; found 0"):
        certify(rows, LexicalJudge(), TODAY)


def test_without_the_data_nothing_is_reported(tmp_path: Path) -> None:
    with pytest.raises(MissingData):
        agreement_report(tmp_path)


@pytest.mark.slow
def test_the_shipped_certificate_is_what_the_public_sets_show(shared_data: Path) -> None:
    shipped = read_certificate()

    again = certify(agreement_report(shared_data), LexicalJudge(), shipped.issued)

    assert again == shipped
