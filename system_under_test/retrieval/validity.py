"""Which of a tenant's documents are served on a day: those that have begun, have not ended, and are not replaced."""

from collections.abc import Collection
from datetime import UTC, date, datetime, timedelta

from system_under_test.nouns import Document
from system_under_test.retrieval.index import Status


def utc_today() -> date:
    """The day in UTC: every validity date is meant in UTC."""
    return datetime.now(UTC).date()


def statuses_of(documents: Collection[Document], today: date | None) -> dict[str, Status]:
    """The status of each of one tenant's documents by id; without a day, the dates are not looked at.

    A document replaces its older version from the day it begins, and for good: one that has ended does not bring an
    older version back.
    """
    begun = {document.id for document in documents if today is None or document.valid_from <= today.isoformat()}
    superseded = {document.supersedes for document in documents if document.id in begun}
    return {
        document.id: _status(document, today, begun=document.id in begun, superseded=document.id in superseded)
        for document in documents
    }


def next_turn(documents: Collection[Document], today: date | None) -> date | None:
    """The first day after `today` on which a status changes by itself, or None."""
    if today is None:
        return None
    begins = [date.fromisoformat(document.valid_from) for document in documents if document.valid_from]
    ends = [date.fromisoformat(document.valid_until) for document in documents if document.valid_until]
    # The last day that Python can name has no day after it, and a document valid until then never ends.
    after = [end + timedelta(days=1) for end in ends if end < date.max]
    return min((day for day in (*begins, *after) if day > today), default=None)


def _status(document: Document, today: date | None, *, begun: bool, superseded: bool) -> Status:
    if superseded:
        return "superseded"
    if not begun:
        return "waiting"
    # ISO dates compare as texts.
    if today is not None and document.valid_until and document.valid_until < today.isoformat():
        return "expired"
    return "current"
