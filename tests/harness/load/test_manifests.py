"""A frozen dataset: what was frozen is what is read, and no changed byte is read in silence."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.domain.corpus import GoldenSet
from harness.errors import DeclarationError, EvidenceError, InvalidInput, MissingData
from harness.load.datasets import load_golden_set, read_dataset
from harness.load.manifests import files_of, manifest_of, read_manifest, rendered


def _freeze(folder: Path) -> GoldenSet:
    found = read_dataset(folder, "sample", "1.0.0")
    manifest = manifest_of(
        name="sample", version="1.0.0", licence="MIT", corpus_digest=found.corpus.digest,
        counts={"cases": 4}, files=files_of(folder),
    )  # fmt: skip
    (folder / "manifest.json").write_bytes(rendered(manifest))
    return found


def test_what_was_frozen_is_what_is_read(small: Any) -> None:
    found = _freeze(small.folder)

    assert load_golden_set(small.folder) == found
    assert read_manifest(small.folder).licence == "MIT"


def test_a_dataset_that_is_not_frozen_is_missing_its_manifest(small: Any) -> None:
    with pytest.raises(MissingData, match="not frozen") as caught:
        load_golden_set(small.folder)

    assert "harness dataset freeze" in caught.value.next_step


def test_a_dataset_that_is_not_there_is_missing_data(tmp_path: Path) -> None:
    with pytest.raises(MissingData, match="no such dataset"):
        load_golden_set(tmp_path / "gone")


def _change(small: Any) -> None:
    small.case("ash-a001", question="How much leave do I get?")


def _add(small: Any) -> None:
    small.raw("cases/notes.txt", "more\n")


def _add_inner_manifest(small: Any) -> None:
    small.raw("documents/manifest.json", "{}")


def _remove(small: Any) -> None:
    (small.folder / "README.md").unlink()


@pytest.mark.parametrize(
    ("act", "told"),
    [
        (_change, "cases/ash.jsonl is not the file that was frozen"),
        (_add, "cases/notes.txt is in the folder but not in the manifest"),
        (_add_inner_manifest, "documents/manifest.json is in the folder but not in the manifest"),
        (_remove, "README.md is in the manifest but not in the folder"),
    ],
    ids=["changed", "added", "added under the manifest's name", "removed"],
)
def test_a_file_that_is_not_as_it_was_frozen_is_refused_by_name(
    small: Any, act: Callable[[Any], None], told: str
) -> None:
    _freeze(small.folder)

    act(small)

    with pytest.raises(EvidenceError, match=told):
        load_golden_set(small.folder)


@pytest.mark.parametrize(
    ("old", "new"),
    [("MIT", "BSD"), ('"cases": 4', '"cases": 5'), ("1.0.0", "1.0.1"), ("  ", "\t\t")],
    ids=["licence", "count", "version", "white space"],
)
def test_a_manifest_that_was_edited_is_refused(small: Any, old: str, new: str) -> None:
    _freeze(small.folder)
    path = small.folder / "manifest.json"

    path.write_text(path.read_text(encoding="ascii").replace(old, new, 1), encoding="ascii")

    with pytest.raises(EvidenceError, match="not as it was written when the dataset was frozen"):
        load_golden_set(small.folder)


def test_an_unknown_key_in_a_manifest_is_refused_by_name(small: Any) -> None:
    _freeze(small.folder)
    path = small.folder / "manifest.json"

    path.write_text(path.read_text(encoding="ascii").replace('"licence"', '"license"', 1), encoding="ascii")

    with pytest.raises(DeclarationError, match=r"manifest\.json:1: .*'licen"):
        load_golden_set(small.folder)


def test_judgments_that_are_bound_to_another_corpus_are_refused(small: Any) -> None:
    found = read_dataset(small.folder, "sample", "1.0.0")
    manifest = manifest_of(
        name="sample", version="1.0.0", licence="MIT", corpus_digest="0" * 64, counts={}, files=files_of(small.folder)
    )
    small.raw("manifest.json", rendered(manifest))

    with pytest.raises(EvidenceError, match="the corpus is not the one that its judgments are bound to"):
        load_golden_set(small.folder)
    assert found.corpus.digest != "0" * 64


@pytest.fixture(scope="module")
def frozen(tmp_path_factory: pytest.TempPathFactory, write_dataset: Callable[[Path], Any]) -> Path:
    folder: Path = write_dataset(tmp_path_factory.mktemp("frozen")).folder
    _freeze(folder)
    return folder


@given(data=st.data())
@settings(max_examples=150, deadline=None)
def test_any_single_changed_byte_of_any_file_is_refused(frozen: Path, data: st.DataObject) -> None:
    path = data.draw(st.sampled_from(sorted(item for item in frozen.rglob("*") if item.is_file())))
    before = path.read_bytes()
    at = data.draw(st.integers(0, len(before) - 1))
    byte = data.draw(st.integers(0, 255).filter(lambda value: value != before[at]))

    path.write_bytes(before[:at] + bytes([byte]) + before[at + 1 :])

    try:
        with pytest.raises(InvalidInput):
            load_golden_set(frozen)
    finally:
        path.write_bytes(before)
