"""Sets of claims with human labels of support, read from a folder of public data that is not part of the project.

What is left out, and which labels count as supported, is decided here once and stated beside each set.
"""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from harness.domain.digest import digest_of_bytes
from harness.errors import DeclarationError, MissingData, Place

Row = tuple[str, tuple[str, ...], bool | None, str, tuple[str, ...]]
"""Claim, evidence, label (None: left out), key of the claim, keys of the evidence."""


@dataclass(frozen=True, slots=True)
class Example:
    """One claim with its evidence and what people said of it."""

    claim: str
    evidence: tuple[str, ...]
    supported: bool
    cluster: int
    """Examples of one cluster share a claim or a document, through others if need be: they are not independent."""


@dataclass(frozen=True, slots=True)
class LabelledSet:
    """One public collection, read."""

    name: str
    sha256: str
    """Of the file."""
    examples: tuple[Example, ...]
    left_out: int
    """Rows without a clear label, repeated rows, rows without evidence."""
    whole_answers: bool
    """True where a label speaks of an answer as mostly supported, False where every part of a claim must be."""


def scifact(folder: Path) -> LabelledSet:
    """SciFact: supported against contradicted by an abstract. Both share the abstract's words: the hardest set."""
    return _pairs(folder, "scifact", "scifact_claims.jsonl", "label", {"supported": True, "contradicted": False})


def factcheck(folder: Path) -> LabelledSet:
    """Factcheck-GPT stance: completely-support against refute and irrelevant; partially-support is left out.

    Irrelevant evidence does not support a claim, which is what groundedness asks. Partial support is neither.
    """
    labels = {"completely-support": True, "refute": False, "irrelevant": False, "partially-support": None}
    return _pairs(folder, "factcheck", "factcheck_gpt_stance.jsonl", "stance", labels)


def begin_wow(folder: Path) -> LabelledSet:
    """BEGIN, Wizard of Wikipedia: fully attributable against not fully attributable."""
    return _begin(folder, "begin_wow", "begin_wow_dev.jsonl")


def begin_cmu(folder: Path) -> LabelledSet:
    """BEGIN, CMU documents: the same; Generic replies claim nothing and are left out, which flatters no figure."""
    return _begin(folder, "begin_cmu", "begin_cmu_dev.jsonl")


def mtrag(folder: Path) -> LabelledSet:
    """MTRAG human evaluations: median faithfulness 3 or 4 (mostly yes, yes) against below 3 (mostly no, no).

    The benchmark itself aggregates by the median. Only answerable tasks with at least one passage count: the scorer
    applies to answerable cases alone. The cluster is the conversation and whatever shares a document with it.
    """
    path, content = _content(folder, "mtrag_human_evaluations.json")
    try:
        data = json.loads(content)
        documents = {document["document_id"]: document["text"] for document in data["documents"]}
        tasks = {task["task_id"]: task for task in data["tasks"]}
        rows = [_mtrag_row(evaluation, tasks[evaluation["task_id"]], documents) for evaluation in data["evaluations"]]
    except (ValueError, KeyError, TypeError, IndexError) as fault:
        raise DeclarationError(Place(str(path)), "not in the published form of MTRAG human evaluations") from fault
    return _set("mtrag", content, rows, whole_answers=True)


SETS: dict[str, Callable[[Path], LabelledSet]] = {
    "scifact": scifact,
    "factcheck": factcheck,
    "begin_wow": begin_wow,
    "begin_cmu": begin_cmu,
    "mtrag": mtrag,
}
"""Every set by name."""


def read_sets(data_folder: Path, names: Iterable[str]) -> list[LabelledSet]:
    """The named sets from `data_folder`/grounding. Raises MissingData or DeclarationError."""
    return [SETS[name](data_folder / "grounding") for name in names]


def _content(folder: Path, file: str) -> tuple[Path, bytes]:
    path = folder / file
    if not path.is_file():
        step = f"get the public collection that SOURCE.txt names, put it at {path}, or set HARNESS_DATA to its folder"
        raise MissingData(f"{path}: no such file", next_step=step)
    return path, path.read_bytes()


def _begin(folder: Path, name: str, file: str) -> LabelledSet:
    labels = {"Fully attributable": True, "Not fully attributable": False, "Generic": None}
    return _pairs(folder, name, file, "label", labels)


def _pairs(folder: Path, name: str, file: str, key: str, labels: dict[str, bool | None]) -> LabelledSet:
    path, content = _content(folder, file)
    rows: list[Row] = []
    for number, line in enumerate(content.decode("utf-8").splitlines(), 1):
        try:
            row = json.loads(line)
            claim, evidence, label = str(row["claim"]), str(row["evidence"]), labels[row[key]]
        except (ValueError, KeyError, TypeError) as fault:
            raise DeclarationError(Place(str(path), number), f"not a row of {name} as published") from fault
        rows.append((claim, (evidence,), label, claim, (evidence,)))
    return _set(name, content, rows, whole_answers=False)


def _mtrag_row(evaluation: dict[str, Any], task: dict[str, Any], documents: dict[str, str]) -> Row:
    ids = tuple(context["document_id"] for context in task["contexts"])
    ratings = [int(rater["value"]) for rater in evaluation["annotations"]["faithfulness"].values()]
    judged = task["Answerability"][0] == "ANSWERABLE" and bool(ids)
    conversation = evaluation["task_id"].split("<::>")[0]
    label = median(ratings) >= 3 if judged else None
    return evaluation["model_response"], tuple(documents[one] for one in ids), label, conversation, ids


def _set(name: str, content: bytes, rows: list[Row], *, whole_answers: bool) -> LabelledSet:
    said: dict[tuple[str, tuple[str, ...]], set[bool | None]] = {}
    for claim, evidence, label, _, _ in rows:
        said.setdefault((claim, evidence), set()).add(label)
    cluster_of = _clusters(rows)
    examples: dict[tuple[str, tuple[str, ...]], Example] = {}
    for claim, evidence, label, key, _ in rows:
        if label is not None and len(said[claim, evidence]) == 1:
            examples[claim, evidence] = Example(claim, evidence, label, cluster_of[key])
    left_out = len(rows) - len(examples)
    return LabelledSet(name, digest_of_bytes(content), tuple(examples.values()), left_out, whole_answers)


def _clusters(rows: list[Row]) -> dict[str, int]:
    parent: dict[tuple[str, str], tuple[str, str]] = {}

    def root(node: tuple[str, str]) -> tuple[str, str]:
        while parent.setdefault(node, node) != node:
            parent[node] = parent[parent[node]]
            node = parent[node]
        return node

    for _, _, _, key, documents in rows:
        for document in documents:
            parent[root(("document", document))] = root(("claim", key))
    numbers: dict[tuple[str, str], int] = {}
    return {key: numbers.setdefault(root(("claim", key)), len(numbers)) for _, _, _, key, _ in rows}
