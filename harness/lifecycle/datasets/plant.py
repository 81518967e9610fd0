"""`harness dataset plant`: a corpus with canaries, for a target that is known only by its URL.

The gate plants canaries itself in a target that it starts. Into any other one its operator takes `documents.jsonl`, and
`harness gate --planted FOLDER` then looks for what was planted.
"""

import secrets
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from harness.domain.cases import Canary
from harness.domain.digest import canonical_json
from harness.errors import InvalidInput
from harness.lifecycle.datasets.staging import put_in_place, refuse_existing, staged
from harness.load.datasets import load_golden_set
from harness.load.documents import write_documents
from harness.probes.canaries import plant


@dataclass(frozen=True, slots=True)
class PlantedCorpus:
    """What was written."""

    documents: Path
    """documents.jsonl: the golden corpus and the planted documents, for the target to take in."""
    canaries: Path
    """canaries.jsonl: what was planted where, for the gate alone."""
    planted: int
    total: int
    """Documents in all."""


def plant_corpus(
    dataset: Path, destination: Path, per_tenant: int, random_hex: Callable[[int], str] = secrets.token_hex
) -> PlantedCorpus:
    """Writes the corpus of a frozen dataset, with `per_tenant` canaries for each tenant, into a new folder.

    The markers are drawn for this folder and must stay secret until the gate has run: canaries.jsonl is readable by its
    owner alone. Raises InvalidInput where the destination exists or a planted id is taken, and what `load_golden_set`
    raises.
    """
    refuse_existing(destination)
    golden = load_golden_set(dataset)
    planted = plant(golden.corpus.tenants, per_tenant, random_hex)
    taken = {document.id for document in golden.corpus.documents} & {document.id for document in planted.documents}
    if taken:
        raise InvalidInput(
            f"{dataset}: a document is named {min(taken)!r} already, like one that would be planted",
            next_step="plant fewer documents for each tenant",
        )
    documents = sorted((*golden.corpus.documents, *planted.documents), key=lambda document: document.id)
    with staged(destination) as folder:
        write_documents(documents, folder / "documents.jsonl")
        _write_canaries(planted.canaries, folder / "canaries.jsonl")
        put_in_place(folder, destination)
    return PlantedCorpus(
        destination / "documents.jsonl", destination / "canaries.jsonl", len(planted.canaries), len(documents)
    )


def _write_canaries(canaries: tuple[Canary, ...], path: Path) -> None:
    path.touch(mode=0o600)
    path.write_text("".join(canonical_json(asdict(canary)) + "\n" for canary in canaries), encoding="ascii")
