"""The embedded engine's shards, one for each tenant: posting lists, statistics and files that are the tenant's alone.

A shard is made with a tenant's first point and removed with its last, so that a tenant without points and one that was
never heard of are the same. Folders are numbered: nothing of a tenant's name reaches the file system.
"""

import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from qdrant_edge import (
    CountRequest,
    Distance,
    EdgeConfig,
    EdgeShard,
    EdgeSparseVectorParams,
    EdgeVectorParams,
    Modifier,
    PayloadSchemaType,
    UpdateOperation,
)

from system_under_test.errors import IndexFault
from system_under_test.retrieval.index import DENSE, SPARSE
from system_under_test.retrieval.vectors import DIMENSIONS

MOST_OPEN = 2000
"""Shards open at a time, those with indexed fields counted four times. One takes a thread and 19 memory maps, with
indexes 70; Linux gives a process 65,530 maps."""
INDEXED_FROM = 100
"""Points from which a shard indexes the fields of the filter. A smaller one is made in a third of the time without."""
_WEIGHT, _INDEXED_WEIGHT = 1, 4
_FIELDS = {
    **dict.fromkeys(("tenant", "status", "allow", "deny"), PayloadSchemaType.Keyword),
    "level": PayloadSchemaType.Integer,
}
"""Every field of the filter: with one of them not indexed, a search of 5,000 points takes 9 ms CPU, not 1."""


@dataclass(slots=True)
class _Place:
    """Where a tenant's shard is, and what is known of it while it is closed."""

    folder: Path
    indexed: bool = False
    points: int = 0

    @property
    def weight(self) -> int:
        """How many shards it counts for while it is open."""
        return _INDEXED_WEIGHT if self.indexed else _WEIGHT


class Shards:
    """The shards of all tenants by tenant. Callable from several threads at once; one shard is used at a time.

    That costs no time: the engine holds Python's lock while it searches. It makes closing a shard safe.
    """

    def __init__(self, folder: Path, most_open: int = MOST_OPEN) -> None:
        """No shards yet; they will be in `folder`, at most `most_open` of them open at a time."""
        self._folder = folder
        self._most_open = most_open
        self._lock = threading.Lock()
        self._places: dict[str, _Place] = {}
        self._open: dict[str, EdgeShard] = {}
        """Least recently used first."""
        self._made = 0
        self._closed = False

    @contextmanager
    def of(self, tenant: str) -> Iterator[EdgeShard | None]:
        """The tenant's own shard, for this caller alone until it is done; None for a tenant without points."""
        with self._lock:
            self._refuse_closed()
            yield self._opened(tenant) if tenant in self._places else None

    @contextmanager
    def writing(self, tenant: str, points: int) -> Iterator[EdgeShard]:
        """The tenant's own shard, made if there is none, to write so many points to."""
        with self._lock:
            self._refuse_closed()
            shard = self._opened(tenant) if tenant in self._places else self._new(tenant)
            place = self._places[tenant]
            if not place.indexed and _count(shard) + points >= INDEXED_FROM:
                for field, schema in _FIELDS.items():
                    shard.update(UpdateOperation.create_field_index(field, schema))
                place.indexed = True
            yield shard

    def drop_if_empty(self, tenant: str) -> None:
        """Remove the tenant's shard and its files if it holds nothing any more."""
        with self._lock:
            self._refuse_closed()
            if tenant in self._places and not _count(self._opened(tenant)):
                self._open.pop(tenant).close()
                shutil.rmtree(self._places.pop(tenant).folder)

    def tenants(self) -> list[str]:
        """The tenants that have a shard."""
        with self._lock:
            self._refuse_closed()
            return sorted(self._places)

    def count(self) -> int:
        """Points of all shards together; none is opened for it."""
        with self._lock:
            self._refuse_closed()
            closed = sum(place.points for tenant, place in self._places.items() if tenant not in self._open)
            return closed + sum(map(_count, self._open.values()))

    def close(self) -> None:
        """Close every shard. Closed shards cannot be asked again; doing it twice changes nothing."""
        with self._lock:
            self._closed = True
            while self._open:
                self._open.popitem()[1].close()

    def _refuse_closed(self) -> None:
        if self._closed:
            raise IndexFault("the index is closed")

    def _opened(self, tenant: str) -> EdgeShard:
        """The shard, open, and the most recently used from now on."""
        shard = self._open.pop(tenant, None)
        if shard is None:
            place = self._places[tenant]
            self._make_room(place.weight)
            shard = EdgeShard.load(str(place.folder), _config())
        self._open[tenant] = shard
        return shard

    def _new(self, tenant: str) -> EdgeShard:
        self._made += 1
        place = _Place(self._folder / str(self._made))
        self._make_room(place.weight)
        shard = EdgeShard.create(str(place.folder), _config())
        self._places[tenant], self._open[tenant] = place, shard
        return shard

    def _make_room(self, weight: int) -> None:
        while self._open and sum(self._places[one].weight for one in self._open) + weight > self._most_open:
            tenant, shard = next(iter(self._open.items()))
            self._places[tenant].points = _count(shard)
            # Without a log of updates, what is not flushed is lost.
            shard.flush()
            del self._open[tenant]
            shard.close()


def _count(shard: EdgeShard) -> int:
    return shard.count(CountRequest(exact=True))


def _config() -> EdgeConfig:
    return EdgeConfig(
        vectors={DENSE: EdgeVectorParams(DIMENSIONS, Distance.Dot)},
        # Always by posting lists: up to 5,000 points the engine would read every vector instead, for twice the time.
        sparse_vectors={SPARSE: EdgeSparseVectorParams(modifier=Modifier.Idf, full_scan_threshold=1)},
        # Nothing is reopened after a crash, so a log of updates would only cost.
        wal_enabled=False,
        # The engine holds Python's lock while it searches: its own threads only made each search slower.
        max_search_threads=1,
    )
