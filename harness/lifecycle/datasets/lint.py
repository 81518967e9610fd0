"""`harness dataset lint`: what is wrong with a golden set before anything is asked."""

from collections.abc import Sequence
from pathlib import Path

from harness.errors import Place
from harness.lifecycle.datasets.findings import Finding, Inspected
from harness.lifecycle.datasets.lint_content import content_findings
from harness.lifecycle.datasets.lint_judgments import coverage_findings, judgment_findings
from harness.lifecycle.datasets.lint_questions import question_findings
from harness.load.datasets import case_places, read_dataset
from harness.load.documents import read_documents


def lint(folder: Path) -> list[Finding]:
    """Everything found in the dataset, frozen or not: errors first, then by place.

    Raises MissingData or DeclarationError where the dataset cannot be read at all.
    """
    return lint_inspected(inspect(folder))


def inspect(folder: Path) -> Inspected:
    """The dataset in `folder`, named `<name>/<version>`, with the places of its parts."""
    golden = read_dataset(folder, folder.resolve().parent.name, folder.resolve().name)
    return Inspected(
        golden=golden,
        documents={document.id: document for document in golden.corpus.documents},
        case_places=case_places(folder),
        document_places={document.id: place for place, document in read_documents(folder)},
        folder=Place(str(folder)),
    )


def lint_inspected(seen: Inspected) -> list[Finding]:
    """The same for a dataset that was read already."""
    found = [
        *judgment_findings(seen),
        *question_findings(seen),
        *content_findings(seen),
        *coverage_findings(seen),
    ]
    return sorted(found, key=lambda item: (item.severity, item.place.file, item.place.line, item.rule, item.message))


def errors_of(findings: Sequence[Finding]) -> list[Finding]:
    """The findings that stop a freeze."""
    return [finding for finding in findings if finding.severity == "error"]
