"""A small data folder in the published forms, so that reading, fitting and measuring need no public data."""

import json
from pathlib import Path

import pytest

TOPICS = ("leave", "expenses", "travel", "parking", "training", "pension", "security", "canteen")
NEVER_FITTED = ("insurance", "heating", "visitors", "laptops", "printing", "childcare", "cycling", "archives")


def _lines(rows: list[dict[str, object]]) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


def _pairs(topics: tuple[str, ...], key: str, yes: str, no: str, other: str) -> str:
    rows: list[dict[str, object]] = []
    for number, topic in enumerate(topics):
        evidence = f"The {topic} policy gives every member of staff {number + 20} days or pounds in Leeds."
        rows += [
            {"evidence": evidence, "claim": f"The {topic} policy gives staff {number + 20} days.", key: yes},
            {"evidence": evidence, "claim": f"Dragons guard treasure number {number} in Norway.", key: no},
            {"evidence": evidence, "claim": f"The {topic} policy never gives 99 dragons.", key: no},
            {"evidence": evidence, "claim": f"Hello {topic}.", key: other},
        ]
    return _lines(rows)


def _mtrag() -> str:
    documents, tasks, evaluations = [], [], []
    for number, topic in enumerate(NEVER_FITTED):
        text = f"The {topic} scheme is open to all staff. It costs {number + 30} pounds a year."
        documents.append({"document_id": f"d{number}", "text": text, "title": topic})
        kind = "UNANSWERABLE" if number == 7 else "ANSWERABLE"
        task = f"talk{number}<::>1"
        tasks.append({"task_id": task, "contexts": [{"document_id": f"d{number}"}], "Answerability": [kind]})
        for response, ratings in ((text, "344"), ("Pirates sail. Whales sing. Volcanoes erupt.", "112")):
            raters = {str(rater): {"value": value} for rater, value in enumerate(ratings)}
            evaluations.append({"task_id": task, "model_response": response, "annotations": {"faithfulness": raters}})
    return json.dumps({"documents": documents, "tasks": tasks, "evaluations": evaluations})


@pytest.fixture
def small_data(tmp_path: Path) -> Path:
    """All five sets in small: 8 topics with 3 clear labels and 1 unclear one each; MTRAG with 7 answerable tasks."""
    folder = tmp_path / "grounding"
    folder.mkdir()
    (folder / "scifact_claims.jsonl").write_text(
        _pairs(TOPICS, "label", "supported", "contradicted", "supported").replace("Hello", "The policy gives staff")
    )
    (folder / "factcheck_gpt_stance.jsonl").write_text(
        _pairs(TOPICS, "stance", "completely-support", "irrelevant", "partially-support")
    )
    for name, topics in (("begin_wow_dev", NEVER_FITTED[:4]), ("begin_cmu_dev", NEVER_FITTED[4:])):
        labels = ("Fully attributable", "Not fully attributable", "Generic")
        (folder / f"{name}.jsonl").write_text(_pairs(topics, "label", *labels))
    (folder / "mtrag_human_evaluations.json").write_text(_mtrag())
    return tmp_path
