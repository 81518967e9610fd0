"""A gate cut down to some of its suites, as files: what a mutant is judged by first.

Nothing is lost by it. The verdict is the worst of its checks, so what stops a system here stops it in the whole gate.
"""

import json
from collections.abc import Collection
from pathlib import Path

from harness.domain.suites import Gate
from harness.evidence.folder import write_bytes, write_text

GATE = "gate.yaml"


def focused(path: Path, gate: Gate, suites: Collection[str], folder: Path) -> Path:
    """The gate file at `path` with the suites of these names alone, written into `folder` with their files."""
    taken = [file for file, suite in zip(gate.files, gate.suites, strict=True) if suite.name in suites]
    members: dict[str, object] = {
        "gate": gate.name,
        "version": gate.version,
        "about": f"The suites of {gate.name} that should catch one fault: {', '.join(sorted(suites))}.",
        "target": gate.target,
        "golden_set": str(Path(gate.golden_set).resolve()),
        "suites": taken,
    }
    if gate.mapping:
        members["mapping"] = dict(gate.mapping)
    for file in taken:
        write_bytes(folder / file, (path.parent / file).read_bytes())
    write_text(folder / GATE, json.dumps(members, indent=2) + "\n")  # JSON is YAML
    return folder / GATE
