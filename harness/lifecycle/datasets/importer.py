"""`harness dataset import`: a public collection -> a frozen dataset folder, whole or not at all."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from harness.errors import DeclarationError, InvalidInput, MissingData, Place
from harness.lifecycle.datasets.adapted import adapt
from harness.lifecycle.datasets.counts import counts_of
from harness.lifecycle.datasets.foreign import refuse_faults
from harness.lifecycle.datasets.freeze import write_manifest
from harness.lifecycle.datasets.layouts import TENANT, Layout, layout_of, read_collection
from harness.lifecycle.datasets.sheet import Sheet, write_sheet
from harness.lifecycle.datasets.staging import put_in_place, staged
from harness.lifecycle.datasets.writer import copy_terms, write_adapted
from harness.load.datasets import read_dataset
from harness.load.manifests import MANIFEST, files_of

NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,62}")


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import left behind."""

    folder: Path
    name: str
    version: str
    layout: Layout
    counts: dict[str, int]
    notes: tuple[str, ...]
    """What was changed or left out, in words."""
    unchanged: bool
    """True where the folder held the same bytes already."""


def import_dataset(
    source: Path, destination: Path, layout: Layout | Literal["auto"], name: str, version: str, licence: str = ""
) -> Imported:
    """The collection in `source` as the frozen dataset `name` `version` in `destination`.

    `licence` is the short id for the manifest; empty: the name of the licence file that came with the collection.
    Raises MissingData where the source is not there, DeclarationError with file and line where it cannot be read, and
    InvalidInput where `destination` holds something else. A folder that holds the same bytes is left as it is.
    """
    _refuse_bad_names(name, version)
    if not source.is_dir():
        raise _absent(source, destination, layout)
    actual: Layout = layout_of(source) if layout == "auto" else layout
    found = read_collection(source, actual, re.sub(r"[._]", "-", name))
    if not found.documents:
        raise DeclarationError(Place(str(source / "corpus.jsonl")), "the collection holds no document")
    refuse_faults(found)
    adapted = adapt(found)
    with staged(destination) as folder:
        write_adapted(adapted, folder)
        licences = copy_terms(source, folder)
        counts = counts_of(read_dataset(folder, name, version))
        write_sheet(folder, source, found, Sheet(name, version, licences, counts, adapted.notes))
        write_manifest(folder, name, version, licence or (f"see {licences[0]}" if licences else "not stated"))
        unchanged = _same_bytes(folder, destination)
        if not unchanged:
            put_in_place(folder, destination)
    return Imported(destination, name, version, actual, counts, adapted.notes, unchanged)


def _refuse_bad_names(name: str, version: str) -> None:
    for what, text in (("name", name), ("version", version)):
        if not NAME.fullmatch(text):
            raise InvalidInput(
                f"the {what} {text!r} is not lower-case letters, digits, dots, dashes and underscores",
                next_step=f"give another with --{what}",
            )
    if not re.match(TENANT, re.sub(r"[._]", "-", name)):
        raise InvalidInput(f"the name {name!r} is too short to name a tenant", next_step="give another with --name")


def _absent(source: Path, destination: Path, layout: str) -> MissingData:
    if layout == "enterprise5" or source.name == "enterprise5":
        return MissingData(
            f"{source}: not there. It is RAG-Multi-Corpus, five fictional enterprises with 236 documents and 1,066 "
            "questions (MIT), as corpus.jsonl, queries.jsonl and qrels.tsv; the original is at "
            "github.com/udayallu/RAG-Multi-Corpus",
            next_step=f"get it, or set HARNESS_DATA to the folder that holds it, and run "
            f'`harness dataset import "$HARNESS_DATA/enterprise5" {destination}`',
        )
    return MissingData(
        f"{source}: no such folder",
        next_step=f"check the path and run `harness dataset import SOURCE {destination}` again",
    )


def _same_bytes(folder: Path, destination: Path) -> bool:
    """Whether the destination is the same dataset already."""
    manifest = destination / MANIFEST
    return (
        manifest.is_file()
        and manifest.read_bytes() == (folder / MANIFEST).read_bytes()
        and files_of(destination) == files_of(folder)
    )
