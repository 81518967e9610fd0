"""A planted corpus, as `harness dataset plant` writes it: documents.jsonl and canaries.jsonl in one folder."""

from pathlib import Path

from pydantic import Field

from harness.domain.cases import Canary
from harness.domain.corpus import Document, GoldenSet
from harness.errors import DeclarationError, EvidenceError
from harness.load.documents import load_corpus
from harness.load.strict import Declared, read_json_lines

LEAST_MARKER = 16
"""Characters of a marker: fewer could be met by chance."""


class _CanaryLine(Declared):
    id: str
    tenant: str
    document: str
    marker: str = Field(min_length=LEAST_MARKER)


def load_planted(folder: Path, golden_set: GoldenSet) -> tuple[tuple[Document, ...], tuple[Canary, ...]]:
    """The whole corpus that the target holds, and the canaries in it.

    Raises EvidenceError where it is not the golden set's corpus with planted documents added, DeclarationError where a
    canary stands in no document of its tenant.
    """
    documents = load_corpus(folder).documents
    known = {document.id: document for document in documents}
    changed = [item.id for item in golden_set.corpus.documents if known.get(item.id) != item]
    if changed:
        raise EvidenceError(
            f"{folder}: {changed[0]!r} is not the document that the judgments of {golden_set.name} are bound to",
            next_step="plant again from the frozen dataset, and ingest what it writes",
        )
    canaries: list[Canary] = []
    for place, line in read_json_lines(folder / "canaries.jsonl", _CanaryLine):
        canary = Canary(**line.model_dump())
        document = known.get(canary.document)
        if document is None or document.tenant != canary.tenant or canary.marker not in document.text:
            raise DeclarationError(place, f"the canary {canary.id!r} stands in no document of its tenant")
        canaries.append(canary)
    return documents, tuple(canaries)
