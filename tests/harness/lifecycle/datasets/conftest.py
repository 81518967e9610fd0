"""Collections in the three foreign layouts, small and right, to be changed by the tests."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

QRELS = "query-id\tcorpus-id\tscore\n"


def write_json_lines(path: Path, values: list[Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(value) + "\n" for value in values), encoding="utf-8")


def _enterprise5(folder: Path) -> None:
    texts = {"oak/loans": "Loans for oaks.", "oak/cards": "Cards for oaks.", "elm/cards": "Cards for elms."}
    documents = [
        {"_id": name, "tenant": name[:3], "title": name[4:], "source_path": f"data/{name[4:]} \u2013 x.md",
         "sha256": hashlib.sha256(text.encode()).hexdigest(), "text": text}
        for name, text in texts.items()
    ]  # fmt: skip
    fact = {"doc": "oak/loans", "text": "Paraphrased."}
    questions = [
        {"_id": "q-0", "tenant": "oak", "text": "Which loans?", "types": ["Open-Ended"], "facts": [fact]},
        {"_id": "q-1", "tenant": "elm", "text": "Which cards?", "types": ["Eligibility Inquiry"], "facts": []},
    ]
    write_json_lines(folder / "corpus.jsonl", documents)
    write_json_lines(folder / "queries.jsonl", questions)
    (folder / "qrels.tsv").write_text(QRELS + "q-0\toak/loans\t1\nq-1\telm/cards\t1\n", encoding="utf-8")
    (folder / "LICENSE").write_text("MIT\n", encoding="utf-8")
    (folder / "SOURCE.txt").write_text("Two {firms}.\n", encoding="utf-8")


def _documents(folder: Path) -> None:
    documents = [
        {"_id": "D 1", "title": "First", "text": "One."},
        {"_id": "d-2", "title": "", "text": "Two.", "metadata": {"url": "x"}},
        {"_id": "D-2", "title": "Third", "text": ""},
    ]
    write_json_lines(folder / "corpus.jsonl", documents)


def _beir(folder: Path) -> None:
    _documents(folder)
    questions = [{"_id": "PLAIN-1", "text": "First?"}, {"_id": "q2", "text": "Second?"}, {"_id": "q3", "text": "None?"}]
    write_json_lines(folder / "queries.jsonl", questions)
    (folder / "qrels").mkdir()
    lines = "PLAIN-1\tD 1\t7\nPLAIN-1\td-2\t-1\nq2\tD-2\t2\nq3\td-2\t0\n"
    (folder / "qrels" / "test.tsv").write_text(QRELS + lines, encoding="utf-8")


def _trec(folder: Path) -> None:
    _documents(folder)
    (folder / "topics.tsv").write_text("301\tFirst?\n302\tSecond?\n", encoding="utf-8")
    (folder / "qrels.txt").write_text("301 0 d-2 1\n302 0 D-2 2\n", encoding="utf-8")


@pytest.fixture
def collection(tmp_path: Path) -> Callable[[str], Path]:
    """Writes the collection of that layout; gives its folder."""

    def write(layout: str) -> Path:
        folder = tmp_path / "source" / layout
        folder.mkdir(parents=True)
        {"enterprise5": _enterprise5, "beir": _beir, "trec": _trec}[layout](folder)
        return folder

    return write
