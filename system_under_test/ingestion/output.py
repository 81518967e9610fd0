"""The file of documents, as the retrieval reads it."""

import tempfile
from collections.abc import Sequence
from pathlib import Path

from system_under_test.errors import DocumentError
from system_under_test.ingestion.atomic import write_atomically
from system_under_test.ingestion.drafts import Draft
from system_under_test.ingestion.faults import FileFault, IngestionError, Problem
from system_under_test.nouns import Document
from system_under_test.retrieval.document_form import members_of
from system_under_test.retrieval.documents import read_documents
from system_under_test.strict_json import canonical


def write_accepted(output: Path, drafts: Sequence[Draft]) -> tuple[list[Draft], list[Problem]]:
    """Write the documents that the retrieval's own reader takes, in the order of their ids.

    A document that it refuses (a circle of `supersedes`, say) is left out with what the reader said. If none is left,
    the output is left empty, which the reader refuses: what it held may not be served any more. Raises OSError if the
    folder cannot be written.
    """
    left = sorted(drafts, key=lambda item: item.document.id)
    problems: list[Problem] = []
    content = b""
    with tempfile.TemporaryDirectory(dir=output.parent, prefix=f".{output.name}.") as folder:
        trial = Path(folder) / output.name
        while left:
            content = b"".join(line_of(item.document) for item in left)
            trial.write_bytes(content)
            try:
                read_documents(trial)
            except DocumentError as refusal:
                if refusal.line < 1:
                    raise IngestionError(f"what was written cannot be read again: {refusal.reason}") from refusal
                item = left.pop(refusal.line - 1)
                problems.append(Problem.of(item.entry.path, FileFault("reader", refusal.reason)))
                content = b""
            else:
                break
    write_atomically(output, content)
    return left, problems


def line_of(document: Document) -> bytes:
    """The line of a document."""
    return canonical(members_of(document)) + b"\n"
