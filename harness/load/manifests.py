"""The manifest of a frozen dataset: it pins every file, itself included, so that no changed byte is read in silence."""

import json
from pathlib import Path

from harness.domain.digest import digest_of, digest_of_bytes
from harness.errors import EvidenceError, MissingData
from harness.load.strict import Declared, read_json

MANIFEST = "manifest.json"
FREEZE_NEXT = "run `harness dataset diff` to see the change, and `harness dataset freeze` if it is wanted"


class Manifest(Declared):
    """What a frozen dataset is, by digest."""

    name: str
    version: str
    licence: str
    corpus_digest: str
    counts: dict[str, int]
    files: dict[str, str]
    """sha256 of every file but this one, by its path with forward slashes."""
    digest: str
    """sha256 over the canonical JSON of the other keys."""


def manifest_of(
    *, name: str, version: str, licence: str, corpus_digest: str, counts: dict[str, int], files: dict[str, str]
) -> Manifest:
    """The manifest with these values and the digest over them."""
    unsigned = Manifest(
        name=name, version=version, licence=licence, corpus_digest=corpus_digest, counts=counts, files=files, digest=""
    )
    return unsigned.model_copy(update={"digest": _digest(unsigned)})


def rendered(manifest: Manifest) -> bytes:
    """The one way in which a manifest is written."""
    return (json.dumps(manifest.model_dump(), sort_keys=True, indent=2, ensure_ascii=True) + "\n").encode("ascii")


def files_of(folder: Path) -> dict[str, str]:
    """sha256 of every file of the dataset but its manifest, by path."""
    return {
        path.relative_to(folder).as_posix(): digest_of_bytes(path.read_bytes())
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path != folder / MANIFEST
    }


def read_manifest(folder: Path) -> Manifest:
    """The manifest of the frozen dataset in `folder`.

    Raises MissingData where there is none, DeclarationError where it cannot be read, EvidenceError where it was
    changed after it was written.
    """
    if not folder.is_dir():
        raise MissingData(
            f"{folder}: no such dataset",
            next_step="check `golden_set` in the gate file, or make the dataset with `harness dataset import`",
        )
    path = folder / MANIFEST
    if not path.is_file():
        raise MissingData(f"{folder}: not frozen (no {MANIFEST})", next_step=f"run `harness dataset freeze {folder}`")
    manifest = read_json(path, Manifest)
    if manifest.digest != _digest(manifest) or path.read_bytes() != rendered(manifest):
        raise EvidenceError(f"{path}: not as it was written when the dataset was frozen", next_step=FREEZE_NEXT)
    return manifest


def refuse_changes(folder: Path, manifest: Manifest) -> None:
    """Raises EvidenceError for the first file that was added, removed or changed since the dataset was frozen."""
    actual = files_of(folder)
    for path in sorted(actual.keys() | manifest.files.keys()):
        if path not in actual:
            raise EvidenceError(f"{folder}: {path} is in the manifest but not in the folder", next_step=FREEZE_NEXT)
        if path not in manifest.files:
            raise EvidenceError(f"{folder}: {path} is in the folder but not in the manifest", next_step=FREEZE_NEXT)
        if actual[path] != manifest.files[path]:
            raise EvidenceError(f"{folder}: {path} is not the file that was frozen", next_step=FREEZE_NEXT)


def _digest(manifest: Manifest) -> str:
    return digest_of(manifest.model_dump(exclude={"digest"}))
