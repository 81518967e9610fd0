"""Freeze: refused while something is wrong, never silently over another freeze, and read back as it was."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.errors import EvidenceError, InvalidInput
from harness.lifecycle.datasets.counts import counts_of, rendered_counts
from harness.lifecycle.datasets.freeze import freeze
from harness.load.datasets import load_golden_set, read_dataset
from harness.load.manifests import read_manifest


def test_a_frozen_dataset_is_named_by_its_folder_and_counted(small: Any) -> None:
    done = freeze(small.folder, "Apache-2.0")

    manifest = read_manifest(small.folder)
    assert manifest == done.manifest
    assert (manifest.name, manifest.version, manifest.licence) == ("sample", "1.0.0", "Apache-2.0")
    assert set(manifest.files) == {
        "README.md", "principals.jsonl", "cases/ash.jsonl", "cases/birch.jsonl", "documents/ash/leave.md",
        "documents/ash/leave-v1.md", "documents/ash/plan.md", "documents/birch/leave.md",
    }  # fmt: skip
    counts = manifest.counts
    assert (counts["cases"], counts["kind=forbidden"], counts["tenant=ash"], counts["tag=number"]) == (4, 1, 3, 1)
    assert (counts["documents"], counts["class=restricted"], counts["grade=3"]) == (4, 1, 3)


def test_freezing_again_changes_nothing_and_keeps_the_licence(small: Any) -> None:
    first = freeze(small.folder, "MIT")
    before = (small.folder / "manifest.json").read_bytes()

    second = freeze(small.folder)

    assert (first.unchanged, second.unchanged) == (False, True)
    assert (small.folder / "manifest.json").read_bytes() == before


def test_a_dataset_with_an_error_is_not_frozen(small: Any) -> None:
    small.case("ash-f001", principal="ash-executive")

    with pytest.raises(InvalidInput, match=r"the linter found: 1, .*forbidden-but-visible") as caught:
        freeze(small.folder, "MIT")

    assert "harness dataset lint" in caught.value.next_step
    assert not (small.folder / "manifest.json").exists()


def test_a_licence_must_be_named_the_first_time(small: Any) -> None:
    with pytest.raises(InvalidInput, match="its licence is not known") as caught:
        freeze(small.folder)

    assert "--licence" in caught.value.next_step


def test_a_changed_set_is_a_new_version_unless_it_is_replaced_on_purpose(small: Any) -> None:
    freeze(small.folder, "MIT")
    before = (small.folder / "manifest.json").read_bytes()
    small.case("ash-a001", question="How much leave do I get?")

    with pytest.raises(InvalidInput, match="a changed set is a new version"):
        freeze(small.folder)

    assert (small.folder / "manifest.json").read_bytes() == before
    assert not freeze(small.folder, replace=True).unchanged
    assert load_golden_set(small.folder).cases[0].question == "How much leave do I get?"


def test_a_damaged_manifest_is_written_over_only_on_purpose(small: Any) -> None:
    freeze(small.folder, "MIT")
    path = small.folder / "manifest.json"
    path.write_text(path.read_text(encoding="ascii").replace("MIT", "BSD"), encoding="ascii")

    with pytest.raises(EvidenceError, match="not as it was written"):
        freeze(small.folder, "MIT")

    assert freeze(small.folder, "MIT", replace=True).manifest.licence == "MIT"


def test_a_copied_folder_is_frozen_as_the_next_version(small: Any) -> None:
    freeze(small.folder, "MIT")
    copy = small.folder.with_name("1.1.0")
    shutil.copytree(small.folder, copy)

    done = freeze(copy)

    assert (done.manifest.version, done.manifest.licence) == ("1.1.0", "MIT")


_QUESTION = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40)


@given(
    questions=st.lists(_QUESTION, min_size=1, max_size=4, unique_by=lambda text: "".join(text.casefold().split())),
    grade=st.integers(1, 3),
    tags=st.lists(st.sampled_from(["number", "when", "who"]), unique=True),
)
@settings(max_examples=20, deadline=None)
def test_what_freeze_wrote_reads_as_the_same_golden_set(
    tmp_path_factory: pytest.TempPathFactory, write_dataset: Callable[[Path], Any], questions: list[str],
    grade: int, tags: list[str],
) -> None:  # fmt: skip
    small = write_dataset(tmp_path_factory.mktemp("round"))
    cases = [
        {"id": f"ash-a{number}", "kind": "answerable", "principal": "ash-staff", "owner": None, "question": question,
         "judgments": [{"document": "ash/leave", "grade": grade}], "facts": [], "tags": tags, "cluster": "leave"}
        for number, question in enumerate(questions)
    ]  # fmt: skip
    small.lines("cases/ash.jsonl", cases)
    before = read_dataset(small.folder, "sample", "1.0.0")

    freeze(small.folder, "MIT")

    assert load_golden_set(small.folder) == before
    assert [case.question for case in before.cases[: len(questions)]] == questions


def test_the_default_dataset_is_frozen_and_its_data_sheet_tells_its_counts(repository: Path) -> None:
    folder = repository / "datasets" / "four-firms" / "1.0.0"

    counts = counts_of(load_golden_set(folder))

    assert counts == read_manifest(folder).counts
    assert f"```text\n{rendered_counts(counts)}```" in (folder / "README.md").read_text(encoding="utf-8")
