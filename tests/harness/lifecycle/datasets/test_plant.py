"""Plant: the golden corpus and the canaries, for a target that the gate did not start."""

import json
import stat
from pathlib import Path
from typing import Any

import pytest

from harness.errors import InvalidInput, MissingData
from harness.lifecycle.datasets.freeze import freeze
from harness.lifecycle.datasets.plant import plant_corpus
from harness.load.datasets import load_golden_set


def test_each_marker_stands_in_its_own_document_and_nowhere_else(small: Any, tmp_path: Path) -> None:
    freeze(small.folder, "MIT")

    done = plant_corpus(small.folder, tmp_path / "planted", 3)

    documents = {line["id"]: line for line in map(json.loads, done.documents.read_text("ascii").splitlines())}
    canaries = [json.loads(line) for line in done.canaries.read_text("ascii").splitlines()]
    assert (done.planted, done.total, len(documents), len(canaries)) == (6, 10, 10, 6)
    for canary in canaries:
        holders = [name for name, line in documents.items() if canary["marker"] in json.dumps(line)]
        assert holders == [canary["document"]]
        assert documents[canary["document"]]["tenant"] == canary["tenant"]
    golden = {document.id for document in load_golden_set(small.folder).corpus.documents}
    assert golden < set(documents)


def test_the_file_of_canaries_is_for_its_owner_alone(small: Any, tmp_path: Path) -> None:
    freeze(small.folder, "MIT")

    done = plant_corpus(small.folder, tmp_path / "planted", 1)

    assert stat.S_IMODE(done.canaries.stat().st_mode) == 0o600


def test_two_plantings_have_no_marker_in_common(small: Any, tmp_path: Path) -> None:
    freeze(small.folder, "MIT")

    markers = [
        {
            json.loads(line)["marker"]
            for line in plant_corpus(small.folder, tmp_path / name, 2).canaries.read_text("ascii").splitlines()
        }
        for name in ("one", "two")
    ]

    assert not markers[0] & markers[1]


def test_nothing_is_written_over(small: Any, tmp_path: Path) -> None:
    freeze(small.folder, "MIT")

    with pytest.raises(InvalidInput, match="exists already"):
        plant_corpus(small.folder, tmp_path, 1)


def test_a_corpus_that_has_a_planted_id_already_is_refused(small: Any, tmp_path: Path) -> None:
    small.page("ash/project-halvorsen", text="Ours.")
    freeze(small.folder, "MIT")

    with pytest.raises(InvalidInput, match="'ash/project-halvorsen' already"):
        plant_corpus(small.folder, tmp_path / "planted", 1)
    assert not (tmp_path / "planted").exists()


def test_only_a_frozen_dataset_is_planted(small: Any, tmp_path: Path) -> None:
    with pytest.raises(MissingData, match="not frozen"):
        plant_corpus(small.folder, tmp_path / "planted", 1)
