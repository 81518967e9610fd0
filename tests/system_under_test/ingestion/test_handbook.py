"""A real handbook of 246 pages: a larger run, twice."""

import json
from pathlib import Path

import pytest

from system_under_test.ingestion.child import Child
from system_under_test.ingestion.corpus import Options, ingest
from system_under_test.ingestion.drafts import Defaults
from system_under_test.ingestion.limits import Limits
from system_under_test.retrieval.chunk import chunks_of
from system_under_test.retrieval.documents import read_documents


@pytest.mark.slow
def test_a_handbook_is_ingested_whole_and_then_left_alone(tmp_path: Path, shared_data: Path) -> None:
    source = shared_data / "handbook" / "corpus.jsonl"
    if not source.is_file():
        pytest.skip(f"no handbook at {source}")
    pages = [json.loads(line) for line in source.read_text(encoding="utf-8").splitlines()]
    folder = tmp_path / "handbook"
    for page in pages:
        path = folder / f"{page['_id']}.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"---\ntitle: {json.dumps(page['title'])}\n---\n{page['text']}", encoding="utf-8")
    output = tmp_path / "documents.jsonl"
    options = Options("gsa", Defaults("tts", "public", frozenset({"everyone"})))

    with Child(Limits()) as child:
        first = ingest(folder, output, options, child)
        second = ingest(folder, output, options, child)

    blank = [page["_id"] for page in pages if not any(letter.isalnum() for letter in page["text"])]
    assert first.new + len(first.problems) == len(pages)
    assert {problem.path for problem in first.problems} == {f"{name}.md" for name in blank}
    assert (second.unchanged, second.converted) == (first.new, len(first.problems))
    assert all(chunks_of(document) for document in read_documents(output))
