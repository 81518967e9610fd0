"""Whether an index holds exactly what it should: the points of the documents' passages, each as it is now."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from system_under_test.nouns import Document
from system_under_test.retrieval.chunk import chunks_of
from system_under_test.retrieval.index import Entry, Held, Index, stamp_of
from system_under_test.retrieval.library import Record, dense_vectors, entry_of, sparse_vectors
from system_under_test.retrieval.validity import statuses_of

_TOGETHER = 1000
"""Records written to an index at a time."""


@dataclass(frozen=True, slots=True)
class Difference:
    """Passage ids by tenant. All empty means that index and documents agree."""

    missing: Mapping[str, frozenset[str]]
    """Passages that the index does not hold."""
    stale: Mapping[str, frozenset[str]]
    """Points of an older version, permission or status."""
    extra: Mapping[str, frozenset[str]]
    """Points of no passage: what a deletion should have removed."""

    def __bool__(self) -> bool:
        """Whether there is any difference."""
        return bool(self.missing or self.stale or self.extra)

    def counts(self) -> dict[str, int]:
        """How many passages differ, by kind, all tenants together."""
        kinds = {"missing": self.missing, "stale": self.stale, "extra": self.extra}
        return {kind: sum(map(len, by_tenant.values())) for kind, by_tenant in kinds.items()}


def entries_of(documents: Iterable[Document], today: date) -> list[Entry]:
    """What an index should hold of documents on a day, made from the documents alone."""
    by_tenant: dict[str, list[Document]] = {}
    for document in documents:
        by_tenant.setdefault(document.tenant, []).append(document)
    entries = []
    for own in by_tenant.values():
        statuses = statuses_of(own, today)
        entries += [Entry(chunk.passage, statuses[one.id]) for one in own for chunk in chunks_of(one)]
    return entries


def difference(entries: Iterable[Entry], index: Index) -> Difference:
    """What the index holds against what it should hold."""
    wanted = {entry.passage.id: Held(entry.passage.document.tenant, stamp_of(entry)) for entry in entries}
    held = index.held()
    both = wanted.keys() & held.keys()
    return Difference(
        missing=_by_tenant(wanted, wanted.keys() - held.keys()),
        stale=_by_tenant(wanted, {name for name in both if wanted[name] != held[name]}),
        extra=_by_tenant(held, held.keys() - wanted.keys()),
    )


def repair(index: Index, records: Mapping[str, Record], found: Difference) -> None:
    """Make the index hold the records (by passage id) that `found` was made from, at the cost of what differs."""
    for tenant, extra in found.extra.items():
        index.delete(tenant, sorted(extra))
    for by_tenant in (found.missing, found.stale):
        write(index, [records[name] for names in by_tenant.values() for name in sorted(names)])


def write(index: Index, records: Iterable[Record]) -> None:
    """Put records into an index; no records are no work."""
    listed = list(records)
    # A point takes more memory than the record that it is made of, so they are never all there.
    for start in range(0, len(listed), _TOGETHER):
        some = listed[start : start + _TOGETHER]
        index.upsert([entry_of(record) for record in some], dense_vectors(some), sparse_vectors(some))


def _by_tenant(points: Mapping[str, Held], names: Iterable[str]) -> dict[str, frozenset[str]]:
    grouped: dict[str, set[str]] = {}
    for name in names:
        grouped.setdefault(points[name].tenant, set()).add(name)
    return {tenant: frozenset(own) for tenant, own in sorted(grouped.items())}
