"""The documents of the run before whose files this run did not use: which of them stay, and which go.

What was looked at decides. A file that was read and cannot be used takes its document out, since its old text and its
old access rules are no longer what the source says; so does a file that is gone, and one that `--ignore` names. Where
nobody could look, nothing is known, and the document stays as it was.
"""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from system_under_test.ingestion.drafts import Draft
from system_under_test.ingestion.folder import Listing, folded, left_out, places_of
from system_under_test.ingestion.state import Previous


@dataclass(frozen=True, slots=True)
class Looked:
    """What a run saw of the folder."""

    listing: Listing
    ignore: tuple[str, ...]
    unread: frozenset[str]
    """Files whose bytes, or whose sidecar's, could not be read."""
    claimed: frozenset[str]
    """The folded ids of all files that were read, usable or not. A document follows its id wherever the file moves."""


@dataclass(frozen=True, slots=True)
class Remains:
    """What stays of the run before."""

    unseen: tuple[Draft, ...]
    """Nobody could look at the file."""
    kept: tuple[Draft, ...]
    """The file is gone, and its document is to stay."""


def remains(previous: Previous, looked: Looked, *, keep_missing: bool) -> Remains:
    """The documents that stay as they were; all others that the run did not make anew go."""
    refused = {problem.path for problem in looked.listing.problems}
    there = {*looked.listing.files, *refused} - looked.unread
    unseen, kept = [], []
    for name, document in previous.documents.items():
        entry = previous.entries.get(name)
        if entry is None or folded(name) in looked.claimed or entry.path in there:
            continue
        if left_out(entry.path, looked.ignore):
            continue
        if entry.path in looked.unread or _is_behind(entry.path, looked.listing.unseen):
            unseen.append(Draft(document, entry))
        elif keep_missing:
            kept.append(Draft(document, entry))
    return Remains(tuple(unseen), tuple(kept))


def _is_behind(path: str, unseen: AbstractSet[str]) -> bool:
    *folders, _ = places_of(path)
    return not unseen.isdisjoint(folders)
