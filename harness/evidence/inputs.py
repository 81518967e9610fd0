"""What a run was given, copied into its folder before the target is asked anything."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from harness.domain.cases import Canary
from harness.domain.corpus import Document
from harness.domain.digest import digest_of_bytes
from harness.domain.runs import Run
from harness.domain.suites import Gate
from harness.evidence.folder import RunFolder, plain, write_bytes, write_json, write_lines, write_plan
from harness.execute.plan import Plan
from harness.load.documents import write_documents


def keep_documents(folder: RunFolder, documents: Iterable[Document]) -> None:
    """The corpus as the target is given it, canaries included."""
    write_documents(documents, folder.documents)


def digest_of_documents(folder: RunFolder) -> str:
    """sha256 of the corpus as it was given to the target."""
    return digest_of_bytes(folder.documents.read_bytes())


def keep_inputs(folder: RunFolder, gate_path: Path, gate: Gate, plan: Plan, canaries: Sequence[Canary]) -> None:
    """Gate and suite files byte for byte, the plan, the canaries."""
    write_bytes(folder.gate, gate_path.read_bytes())
    for name in gate.files:
        write_bytes(folder.gate.parent / name, (gate_path.parent / name).read_bytes())
    write_plan(folder, plan)
    write_lines(folder.inputs / "canaries.jsonl", canaries, Canary)


def keep_run(folder: RunFolder, run: Run) -> None:
    """What the run is. From now on the folder is a run, which `harness list` shows and `harness resume` can finish."""
    write_json(folder.path / "run.json", plain(run, Run))
