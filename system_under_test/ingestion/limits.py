"""What one file may cost. Whatever exceeds a limit is refused by name; nothing is cut short."""

import json
from dataclasses import asdict, dataclass

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """Every bound is inclusive."""

    source_bytes: int = 50 * MIB
    """A file as it lies in the folder."""
    unpacked_bytes: int = 64 * MIB
    """The XML of a DOCX after decompression; the parser needs many times that in memory."""
    entries: int = 5_000
    """Parts of a DOCX."""
    pages: int = 1_000
    """Pages of a PDF."""
    text_characters: int = 5_000_000
    """The Markdown that a file becomes."""
    seconds: float = 300.0
    """Wall-clock time of one conversion; the child that takes longer is killed."""
    start_seconds: float = 120.0
    """Wall-clock time until a child is ready; it imports the converters, which takes seconds on a busy machine."""
    memory_bytes: int = 2048 * MIB
    """Address space of the child, of which the imports alone take about 460 MiB."""
    metadata_bytes: int = 16 * 1024
    """Front matter, or a sidecar."""
    files: int = 100_000
    """Files of a folder."""
    depth: int = 64
    """Folders inside folders."""


def limits_message(limits: Limits) -> bytes:
    """The limits as the child is told them: a JSON object."""
    return json.dumps(asdict(limits)).encode("ascii")


def read_limits(message: bytes) -> Limits:
    """The limits in a message that `limits_message` made."""
    return Limits(**json.loads(message))
