"""What can be wrong with a file, and what its owner can do about it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from system_under_test.errors import ReferenceSystemError

FaultCode = Literal[
    "access",
    "binary",
    "broken",
    "died",
    "disagrees",
    "doctype",
    "duplicate",
    "empty",
    "encoding",
    "encrypted",
    "glyphs",
    "large",
    "length",
    "memory",
    "metadata",
    "name",
    "nesting",
    "pages",
    "reader",
    "sidecar",
    "special",
    "symlink",
    "time",
    "unpacked",
    "unreadable",
    "unsupported",
]

CODES: frozenset[str] = frozenset(get_args(FaultCode))

_SHOWN_CHARACTERS = 200

_SENTENCES: Mapping[FaultCode, tuple[str, str]] = {
    "access": (
        "names no group that may see it, so nobody could",
        "declare allow_groups in its front matter or sidecar, or give --allow-group for the whole folder",
    ),
    "binary": ("holds control characters, so it is not text", "give it the extension of what it is, or remove it"),
    "broken": ("cannot be read as what its extension says", "open it in its own program and save it again"),
    "died": ("made the converter end without an answer", "open it in its own program and save it again"),
    "disagrees": ("is not what its extension says", "give it the extension of what it is"),
    "doctype": ("declares a document type, through which a parser could be made to read other files", "save it again"),
    "duplicate": ("has the id of another file", "give each file an id of its own"),
    "empty": ("holds no text", "if it is a scan, run text recognition (OCR) over it first; otherwise remove it"),
    "encoding": ("is not in an encoding that can be read", "save it as UTF-8"),
    "encrypted": ("is encrypted", "save it without a password"),
    "glyphs": ("has fonts that do not say which letters they show", "run text recognition (OCR) over it first"),
    "large": ("is larger than one file may be", "divide it, or raise --max-mib"),
    "length": ("becomes more text than one document may hold", "divide it"),
    "memory": ("needs more memory than one file may have", "divide it"),
    "metadata": ("has metadata that cannot be used", "correct it at the place named"),
    "name": ("has a name with control or direction characters, or one that is not UTF-8", "rename it"),
    "nesting": ("is nested too deeply", "save it with a simpler layout"),
    "pages": ("has more pages than one file may have", "divide it, or raise --max-pages"),
    "reader": ("is refused by the reader of documents", "correct its metadata"),
    "sidecar": (
        "has a sidecar that cannot be used, and without it would get other access rules",
        "correct the sidecar",
    ),
    "special": ("is neither a regular file nor a folder", "remove it"),
    "symlink": ("is a symbolic link", "put the file itself into the folder"),
    "time": ("takes longer to convert than one file may", "divide it, or raise --max-seconds"),
    "unpacked": ("becomes larger when unpacked than one file may be", "remove what is embedded in it, or divide it"),
    "unreadable": ("cannot be opened", "let the user who runs this read it"),
    "unsupported": (
        "has an extension that is not read",
        "convert it to .md, .txt, .html, .pdf or .docx, or leave it out with --ignore",
    ),
}


class IngestionError(ReferenceSystemError):
    """The whole run cannot go on: the folder, the output or the state of the run before cannot be used."""


class FileFault(ReferenceSystemError):  # noqa: N818 - it is the fault of a file, not of the program
    """One file cannot be used. The others can."""

    def __init__(self, code: FaultCode, detail: str = "") -> None:
        what, self.remedy = _SENTENCES[code]
        self.what = f"{what} ({shown(detail)})" if detail else what
        self.code: FaultCode = code
        self.detail = detail
        super().__init__(self.what)


@dataclass(frozen=True, slots=True)
class Problem:
    """A file that was skipped: its path in the folder, what is wrong, what to do."""

    path: str
    what: str
    remedy: str

    @classmethod
    def of(cls, path: str, fault: FileFault) -> "Problem":
        """The problem that a fault is, for a person to read."""
        return cls(path, fault.what, fault.remedy)


def shown(text: str) -> str:
    """Untrusted text as it may be printed: escaped where it is not printable, at most 200 characters."""
    cut = text if len(text) <= _SHOWN_CHARACTERS else f"{text[:_SHOWN_CHARACTERS]}..."
    return "".join(character if character.isprintable() else ascii(character)[1:-1] for character in cut)
