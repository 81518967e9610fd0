"""What a shard for each tenant costs to make, to keep open and to open again, and what it saves.

    python benchmarks/many_tenants.py --tenants 1000 --passages 10
    python benchmarks/many_tenants.py --tenants 20 --passages 5000 [--together]

Nothing is embedded: vectors and terms come from a seed. `--together` puts all tenants into one shard. `open` asks both
legs of tenants whose shard is open, `closed` of those whose shard was closed to make room (`--most-open 500`).
"""

import resource
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import click
import numpy as np
from qdrant_edge import EdgeShard

from system_under_test.nouns import Document, Passage
from system_under_test.retrieval.access import Scope
from system_under_test.retrieval.chunk import passage_id
from system_under_test.retrieval.edge import EdgeIndex
from system_under_test.retrieval.index import LEG_LIMIT, Entry
from system_under_test.retrieval.shards import MOST_OPEN, Shards
from system_under_test.retrieval.sparse import SparseVector

SEED = 20_260_101
DIMENSIONS, STEMS, TERMS = 384, 30_000, 80
WEIGHTS = np.cumsum(1 / (np.arange(STEMS) + 30))
ASKED = 100

Spent = tuple[float, float]
"""Milliseconds: of the processor, and on the clock."""


class OneShard(Shards):
    """Shards with one fault: all tenants have the same one."""

    @contextmanager
    def of(self, tenant: str) -> Iterator[EdgeShard | None]:  # noqa: ARG002 that is the fault
        """The only shard."""
        with super().of("all") as shard:
            yield shard

    @contextmanager
    def writing(self, tenant: str, points: int) -> Iterator[EdgeShard]:  # noqa: ARG002 that is the fault
        """The only shard."""
        with super().writing("all", points) as shard:
            yield shard


@click.command()
@click.option("--tenants", type=click.IntRange(1), default=1000, show_default=True)
@click.option("--passages", type=click.IntRange(1), default=10, show_default=True, help="Of each tenant.")
@click.option("--together", is_flag=True, help="All tenants in one shard, for comparison.")
@click.option("--most-open", type=click.IntRange(1), default=MOST_OPEN, show_default=True)
def main(*, tenants: int, passages: int, together: bool, most_open: int) -> None:
    """Make the shards, ask them, and print the figures."""
    random = np.random.default_rng(SEED)
    names = [f"tenant-{number}" for number in range(tenants)]
    with TemporaryDirectory() as folder:
        index = EdgeIndex(Path(folder), most_open)
        if together:
            index._shards = OneShard(Path(folder) / "together")
        before, maps = _memory(), _maps()
        making = [_clocked(partial(_fill, index, random, name, passages)) for name in names]
        opened = len(index._shards._open)
        click.echo(f"{tenants:,} tenants of {passages} passages, {opened:,} shards open")
        click.echo(
            f"each open shard: {(_memory() - before) / opened:.2f} MB resident, {(_maps() - maps) / opened:.0f} maps; "
            f"on the disk {_on_disk(Path(folder)) / tenants:.2f} MB for each tenant"
        )
        spent = {"make": making, "open": [_asked(index, random, name) for name in (names * ASKED)[-ASKED:]]}
        if tenants > opened:
            spent["closed"] = [_asked(index, random, name) for name in names[: min(ASKED, tenants - opened)]]
        closing = _clocked(index.close)
    click.echo(f"{'milliseconds':<14}{'CPU p50':>9}{'CPU p95':>9}{'wall p50':>10}{'wall p95':>10}")
    for name, values in spent.items():
        (middle, wall_middle), (high, wall_high) = np.percentile(values, [50, 95], axis=0)
        click.echo(f"{name:<14}{middle:9.2f}{high:9.2f}{wall_middle:10.2f}{wall_high:10.2f}")
    click.echo(f"closing them all: {closing[0]:.0f} ms CPU")


def _fill(index: EdgeIndex, random: np.random.Generator, tenant: str, passages: int) -> None:
    document = Document(
        id=f"{tenant}/1",
        tenant=tenant,
        title="Title",
        text="Text.",
        uri=f"https://{tenant}.example",
        version="1",
        valid_from="",
        supersedes=None,
        owner="benchmark",
        classification="public",
        allow_groups=frozenset({"everyone"}),
        deny_groups=frozenset(),
        sha256="",
    )
    names = [passage_id(tenant, document.id, number, number + 1) for number in range(passages)]
    entries = [Entry(Passage(name, document, "", document.text, 0, 5), "current") for name in names]
    rows = random.standard_normal((passages, DIMENSIONS)).astype(np.float32)
    index.upsert(entries, rows, [_terms(random, TERMS) for _ in entries])


def _asked(index: EdgeIndex, random: np.random.Generator, tenant: str) -> Spent:
    scope = Scope(frozenset({tenant}), frozenset({"everyone"}), "restricted")
    vector, terms = random.standard_normal(DIMENSIONS).astype(np.float32), _terms(random, 8)

    def ask() -> None:
        index.dense(scope, vector, LEG_LIMIT)
        index.sparse(scope, terms, LEG_LIMIT)

    return _clocked(ask)


def _terms(random: np.random.Generator, many: int) -> SparseVector:
    # By Zipf's law, as in synthetic_corpus.py.
    places = np.searchsorted(WEIGHTS, random.random(many) * WEIGHTS[-1])
    drawn: list[int] = np.unique(places).tolist()
    return SparseVector(tuple(drawn), (1.0,) * len(drawn))


def _clocked(work: Callable[[], object]) -> Spent:
    clock, processor = time.perf_counter(), time.process_time()
    work()
    return (time.process_time() - processor) * 1000, (time.perf_counter() - clock) * 1000


def _memory() -> float:
    """Resident memory of this process, MB."""
    return int(Path("/proc/self/statm").read_text("ascii").split()[1]) * resource.getpagesize() / 1e6


def _maps() -> int:
    """Memory maps of this process."""
    return Path("/proc/self/maps").read_text("utf-8").count("\n")


def _on_disk(folder: Path) -> float:
    """MB that files really take; they are sparse, and their lengths say a thousand times as much."""
    return sum(path.stat().st_blocks * 512 for path in folder.rglob("*")) / 1e6


if __name__ == "__main__":
    main()
