"""The certificate of a judge: its measured agreement with human labels, bound to the instrument, with an expiry."""

import json
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from pathlib import Path

from pydantic import Field

from harness.errors import DeclarationError, Place
from harness.load.strict import Declared, read_json

CERTIFICATE_FILE = Path(__file__).resolve().parent / "lexical.certificate.json"
DAYS = 90
"""A calibration speaks for so many days; then it must be measured again."""


@dataclass(frozen=True, slots=True)
class Certificate:
    """What a judge may claim for itself."""

    judge: str
    version: str
    digest: str
    """Of the judge: weights and code. A judge with another digest is not the one that was measured."""
    sets: tuple[str, ...]
    """Human-labelled sets that the judge was not fitted on."""
    n: int
    """Labelled rows of all sets together; every figure below is over them."""
    balanced_accuracy: float
    kappa: float
    """Cohen's, -1..1."""
    sensitivity: float
    specificity: float
    floor: float
    """Balanced accuracy of plain word overlap on the same rows."""
    issued: date
    expires: date
    """The first day on which the certificate no longer speaks."""

    def is_valid(self, today: date) -> bool:
        """Whether the certificate speaks on that day."""
        return self.issued <= today < self.expires

    def is_for(self, digest: str) -> bool:
        """Whether the judge with that digest is the one that was measured."""
        return self.digest == digest


class _CertificateFile(Declared):
    judge: str = Field(min_length=1)
    version: str = Field(min_length=1)
    digest: str = Field(pattern="^[0-9a-f]{64}$")
    sets: list[str] = Field(min_length=1)
    n: int = Field(gt=0)
    balanced_accuracy: float = Field(ge=0, le=1)
    kappa: float = Field(ge=-1, le=1)
    sensitivity: float = Field(ge=0, le=1)
    specificity: float = Field(ge=0, le=1)
    floor: float = Field(ge=0, le=1)
    issued: str
    expires: str


def expiry(issued: date) -> date:
    """The day on which a certificate that is issued on that day expires."""
    return issued + timedelta(days=DAYS)


def read_certificate(path: Path = CERTIFICATE_FILE) -> Certificate:
    """The certificate in a file. Raises MissingData or DeclarationError."""
    found = read_json(path, _CertificateFile)
    issued, expires = (_date(value, path) for value in (found.issued, found.expires))
    if not issued < expires <= expiry(issued):
        raise DeclarationError(Place(str(path)), f"expires must be after issued, and at most {DAYS} days after it")
    values = found.model_dump() | {"sets": tuple(found.sets), "issued": issued, "expires": expires}
    return Certificate(**values)


def write_certificate(certificate: Certificate, path: Path = CERTIFICATE_FILE) -> None:
    """The certificate as JSON that people review, one claim a line."""
    dates = {"issued": certificate.issued.isoformat(), "expires": certificate.expires.isoformat()}
    path.write_text(json.dumps(asdict(certificate) | dates, indent=2) + "\n", encoding="utf-8")


def _date(value: str, path: Path) -> date:
    try:
        found = date.fromisoformat(value)
    except ValueError as fault:
        raise DeclarationError(Place(str(path)), f"{value!r} is not an ISO date") from fault
    if found.isoformat() != value:
        raise DeclarationError(Place(str(path)), f"{value!r} is not in the form YYYY-MM-DD")
    return found
