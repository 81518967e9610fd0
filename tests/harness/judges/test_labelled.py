"""Reading labelled sets: what counts, what is left out, and what is not independent."""

import json
from pathlib import Path

import pytest

from harness.errors import DeclarationError, MissingData
from harness.judges.fit import FITTED_ON, VALIDATED_ON
from harness.judges.labelled import SETS, begin_wow, factcheck, mtrag, read_sets


def write_rows(folder: Path, *rows: tuple[str, str, str]) -> None:
    lines = [json.dumps({"claim": claim, "evidence": evidence, "label": label}) for claim, evidence, label in rows]
    (folder / "begin_wow_dev.jsonl").write_text("\n".join(lines))


def test_unclear_labels_are_left_out_and_counted(small_data: Path) -> None:
    found = factcheck(small_data / "grounding")

    assert len(found.examples) == 24
    assert sum(example.supported for example in found.examples) == 8
    assert found.left_out == 8


def test_a_repeated_row_counts_once_and_a_contradicted_one_not_at_all(tmp_path: Path) -> None:
    yes, no = "Fully attributable", "Not fully attributable"
    write_rows(tmp_path, ("a", "x", yes), ("a", "x", yes), ("b", "y", yes), ("b", "y", no), ("c", "y", no))

    found = begin_wow(tmp_path)

    assert [(example.claim, example.supported) for example in found.examples] == [("a", True), ("c", False)]
    assert found.left_out == 3


def test_rows_that_share_a_claim_or_a_document_are_one_cluster(tmp_path: Path) -> None:
    yes = "Fully attributable"
    write_rows(tmp_path, ("a", "x", yes), ("a", "y", yes), ("b", "y", yes), ("c", "z", yes))

    clusters = [example.cluster for example in begin_wow(tmp_path).examples]

    assert clusters[0] == clusters[1] == clusters[2] != clusters[3]


def test_mtrag_is_labelled_by_the_median_rater_on_answerable_tasks(small_data: Path) -> None:
    found = mtrag(small_data / "grounding")

    assert [example.supported for example in found.examples] == [True, False] * 7
    assert found.left_out == 2
    assert found.whole_answers


@pytest.mark.parametrize("name", SETS)
def test_an_absent_set_is_missing_data_with_the_place_to_look(tmp_path: Path, name: str) -> None:
    with pytest.raises(MissingData, match=str(tmp_path / "grounding")) as refused:
        read_sets(tmp_path, [name])

    assert "HARNESS_DATA" in refused.value.next_step


@pytest.mark.parametrize(
    "line",
    ["{", '{"claim": "a"}', '{"claim": "a", "evidence": "b", "label": "Perhaps"}'],
    ids=["torn", "lacks", "label"],
)
def test_a_row_in_another_form_is_refused_with_its_line(tmp_path: Path, line: str) -> None:
    good = json.dumps({"claim": "a", "evidence": "b", "label": "Fully attributable"})
    (tmp_path / "begin_wow_dev.jsonl").write_text(f"{good}\n{line}\n")

    with pytest.raises(DeclarationError, match=r"begin_wow_dev\.jsonl:2"):
        begin_wow(tmp_path)


def test_evaluations_in_another_form_are_refused(tmp_path: Path) -> None:
    (tmp_path / "mtrag_human_evaluations.json").write_text('{"documents": [], "tasks": []}')

    with pytest.raises(DeclarationError, match="published form"):
        mtrag(tmp_path)


def test_no_document_and_no_claim_is_on_both_sides(shared_data: Path) -> None:
    sides = [
        {piece for one in read_sets(shared_data, names) for e in one.examples for piece in (e.claim, *e.evidence)}
        for names in (FITTED_ON, VALIDATED_ON)
    ]

    assert sides[0]
    assert sides[1]
    assert not sides[0] & sides[1]


def test_the_public_sets_have_the_sizes_that_the_documentation_states(shared_data: Path) -> None:
    sizes = {one.name: (len(one.examples), one.left_out) for one in read_sets(shared_data, SETS)}

    assert sizes == {
        "scifact": (771, 524),
        "factcheck": (2734, 571),
        "begin_wow": (429, 1),
        "begin_cmu": (337, 79),
        "mtrag": (404, 73),
    }
