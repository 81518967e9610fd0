"""canaries.json -> what was planted in a target that the harness did not start itself."""

from pathlib import Path

from pydantic import Field

from harness.domain.cases import Canary
from harness.errors import DeclarationError, Place
from harness.load.strict import Declared, read_json


class _CanaryItem(Declared):
    id: str = Field(min_length=1)
    tenant: str = Field(min_length=1)
    document: str = Field(min_length=1)
    marker: str = Field(pattern=r"^[A-Za-z0-9-]{16,200}$")


class _CanaryFile(Declared):
    canaries: list[_CanaryItem] = Field(min_length=1)


def load_canaries(path: Path) -> tuple[Canary, ...]:
    """The canaries of the file, in its order: the n-th of each tenant is on the n-th topic of the planted documents.

    Raises MissingData or DeclarationError; a marker that stands twice could not tell whose document leaked.
    """
    found: list[Canary] = []
    for item in read_json(path, _CanaryFile).canaries:
        for other in found:
            if item.id == other.id or item.marker == other.marker:
                what = "id" if item.id == other.id else "marker"
                raise DeclarationError(Place(str(path)), f"two canaries have the {what} of {other.id!r}")
        found.append(Canary(item.id, item.tenant, item.document, item.marker))
    return tuple(found)
