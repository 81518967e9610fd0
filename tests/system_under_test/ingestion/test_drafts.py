"""What file and run together say of a document."""

import hashlib

import pytest

from system_under_test.ingestion.drafts import Body, Defaults, document_id, draft, settle
from system_under_test.ingestion.faults import FileFault
from system_under_test.ingestion.metadata import Metadata
from system_under_test.ingestion.state import Entry
from system_under_test.nouns import Document

DEFAULTS = Defaults("it", "internal", frozenset({"staff"}), frozenset({"interns"}), "https://x.example/")
STAFF = Defaults(owner="it", classification="internal")


def made(metadata: Metadata, before: Entry | None = None, text: str = "Text.") -> tuple[Document, Entry]:
    name = document_id("acme", "hr/my leave.md", metadata)
    result = draft(
        ("acme", name),
        "hr/my leave.md",
        Body("00", text, "Found"),
        metadata,
        settle("hr/my leave.md", metadata, DEFAULTS),
        before,
    )
    return result.document, result.entry


def test_a_file_that_says_nothing_gets_the_defaults() -> None:
    document, _ = made(Metadata())

    assert document == Document(
        id="acme/hr/my leave.md",
        tenant="acme",
        title="Found",
        text="Text.",
        uri="https://x.example/hr/my%20leave.md",
        version="1",
        valid_from="",
        supersedes=None,
        owner="it",
        classification="internal",
        allow_groups=frozenset({"staff"}),
        deny_groups=frozenset({"interns"}),
        sha256=hashlib.sha256(b"Text.").hexdigest(),
    )


def test_what_a_file_says_counts_and_no_default_is_added_to_it() -> None:
    said = Metadata(
        "x/1",
        "Title",
        "hr",
        "restricted",
        frozenset({"hr"}),
        frozenset(),
        "7",
        "2026-01-01",
        "2027-01-01",
        "x/0",
        "urn:x",
    )

    document, _ = made(said)

    assert (document.id, document.title, document.owner, document.classification) == (
        "x/1",
        "Title",
        "hr",
        "restricted",
    )
    assert (document.allow_groups, document.deny_groups) == (frozenset({"hr"}), frozenset())
    assert (document.version, document.valid_from, document.valid_until) == ("7", "2026-01-01", "2027-01-01")
    assert (document.supersedes, document.uri) == ("x/0", "urn:x")


@pytest.mark.parametrize(
    ("metadata", "defaults", "code"),
    [
        (Metadata(), STAFF, "access"),
        (Metadata(allow_groups=frozenset()), DEFAULTS, "access"),
        (Metadata(), Defaults(None, "internal", frozenset({"staff"})), "metadata"),
        (Metadata(), Defaults("it", None, frozenset({"staff"})), "metadata"),
    ],
    ids=["no-group", "nobody-declared", "no-owner", "no-classification"],
)
def test_what_is_nowhere_declared_is_refused(metadata: Metadata, defaults: Defaults, code: str) -> None:
    with pytest.raises(FileFault) as caught:
        settle("a.md", metadata, defaults)

    assert caught.value.code == code


def test_a_version_counts_the_texts() -> None:
    first, entry = made(Metadata())
    same, entry = made(Metadata(), entry)
    second, entry = made(Metadata(), entry, "Other.")
    third, _ = made(Metadata(), entry, "Third.")

    assert [document.version for document in (first, same, second, third)] == ["1", "1", "2", "3"]


def test_a_declared_version_is_marked_when_the_text_changes_under_it() -> None:
    first, entry = made(Metadata(version="3.10"))
    second, entry = made(Metadata(version="3.10"), entry, "Other.")
    third, _ = made(Metadata(version="3.11"), entry, "Other.")

    assert [document.version for document in (first, second, third)] == ["3.10", "3.10+2", "3.11"]
