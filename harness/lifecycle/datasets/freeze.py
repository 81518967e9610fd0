"""`harness dataset freeze`: the manifest that pins every byte of a dataset. A changed set is a new version."""

from dataclasses import dataclass
from pathlib import Path

from harness.errors import InvalidInput
from harness.lifecycle.datasets.counts import counts_of
from harness.lifecycle.datasets.lint import errors_of, lint
from harness.load.datasets import read_dataset
from harness.load.manifests import MANIFEST, Manifest, files_of, manifest_of, read_manifest, rendered


@dataclass(frozen=True, slots=True)
class Frozen:
    """The manifest as it now stands, and whether it stood so before."""

    manifest: Manifest
    unchanged: bool


def freeze(folder: Path, licence: str | None = None, *, replace: bool = False) -> Frozen:
    """Freezes the dataset in `folder`, which is named `<name>/<version>`.

    `licence` is a short id such as `Apache-2.0`; None keeps the one of the manifest that is there. `replace` writes
    over the manifest of the same version. Raises MissingData or DeclarationError where the dataset cannot be read, and
    InvalidInput where the linter finds an error, no licence is known, or the version is frozen with other bytes.
    """
    found = errors_of(lint(folder))
    if found:
        raise InvalidInput(
            f"{folder}: not frozen; errors that the linter found: {len(found)}, the first at {found[0]}",
            next_step=f"run `harness dataset lint {folder}` and mend what it names",
        )
    name, version = folder.resolve().parent.name, folder.resolve().name
    manifest = _manifest(folder, name, version, licence or _kept_licence(folder))
    after = rendered(manifest)
    unchanged = (folder / MANIFEST).is_file() and (folder / MANIFEST).read_bytes() == after
    if not unchanged and not replace:
        _refuse_frozen(folder, name, version)
    (folder / MANIFEST).write_bytes(after)
    return Frozen(manifest, unchanged)


def _refuse_frozen(folder: Path, name: str, version: str) -> None:
    """A manifest of another version came with a copied folder, and is no hindrance."""
    if not (folder / MANIFEST).is_file():
        return
    before = read_manifest(folder)
    if (before.name, before.version) == (name, version):
        raise InvalidInput(
            f"{folder}: version {version} is frozen already, with other bytes; a changed set is a new version",
            next_step="copy the folder to the next version and freeze that, or, where no run was ever made with this "
            "version, freeze it again with --replace",
        )


def write_manifest(folder: Path, name: str, version: str, licence: str) -> Manifest:
    """The manifest of the dataset as it lies in `folder`, written."""
    manifest = _manifest(folder, name, version, licence)
    (folder / MANIFEST).write_bytes(rendered(manifest))
    return manifest


def _manifest(folder: Path, name: str, version: str, licence: str) -> Manifest:
    golden = read_dataset(folder, name, version)
    return manifest_of(
        name=name,
        version=version,
        licence=licence,
        corpus_digest=golden.corpus.digest,
        counts=counts_of(golden),
        files=files_of(folder),
    )


def _kept_licence(folder: Path) -> str:
    if not (folder / MANIFEST).is_file():
        raise InvalidInput(
            f"{folder}: not frozen before, so its licence is not known",
            next_step=f"run `harness dataset freeze {folder} --licence <short id, such as Apache-2.0>`",
        )
    return read_manifest(folder).licence
