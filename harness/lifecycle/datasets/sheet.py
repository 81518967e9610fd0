"""The data sheet of an imported collection: where it came from, what it holds, what was changed and why."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from harness.domain.digest import digest_of_bytes
from harness.lifecycle.datasets.counts import rendered_counts
from harness.lifecycle.datasets.foreign import Collection
from harness.load.strict import read_text

_NO_SOURCE = "The source folder holds no SOURCE.txt: where the collection came from is not recorded."
_NO_LICENCE = "The source folder holds no licence file. Find out the terms before you pass these files on."

_SHEET = """\
# {name} {version}

A collection in the layout `{layout}`, brought in by `harness dataset import`. It was not written for this project.

## Source

{source}

| file read | sha256 |
|---|---|
{files}

## Licence

{licence}

## Composition

Printed by `harness dataset lint`:

```text
{counts}```

## Access

Each tenant has one principal, `<tenant>-reader` (group `everyone`, clearance `public`). Every document is public and
allowed to `everyone`: the collection declares no access rule within a tenant, so that these cases measure retrieval and
isolation between tenants, not permissions.

## Cases

Every question has kind `answerable`, `facts` is empty, and a case is scored by the documents that were judged. The
cluster of a case is its first relevant document: questions about one document are not independent evidence.

## What was changed or left out, and why

{notes}
"""


@dataclass(frozen=True, slots=True)
class Sheet:
    """What the data sheet says beside what stands in the source."""

    name: str
    version: str
    licences: tuple[str, ...]
    """Names of the licence files that were copied."""
    counts: Mapping[str, int]
    notes: tuple[str, ...]


def write_sheet(folder: Path, source: Path, found: Collection, sheet: Sheet) -> None:
    """README.md in `folder`; the text of the source's SOURCE.txt is shown as it is."""
    origin = source / "SOURCE.txt"
    told = read_text(origin).strip().splitlines() if origin.is_file() else []
    read = [f"| `{path}` | `{digest_of_bytes((source / path).read_bytes())}` |" for path in found.files]
    beside = " and ".join(f"`{file}`" for file in sheet.licences)
    text = _SHEET.format(
        name=sheet.name,
        version=sheet.version,
        layout=found.layout,
        source="\n".join(f"    {line}".rstrip() for line in told) or _NO_SOURCE,
        files="\n".join(read),
        licence=f"The terms of the source stand in {beside}, copied unchanged." if beside else _NO_LICENCE,
        counts=rendered_counts(sheet.counts),
        notes="\n".join(f"- {note}" for note in sheet.notes) or "Nothing.",
    )
    (folder / "README.md").write_text(text, encoding="utf-8", newline="\n")
