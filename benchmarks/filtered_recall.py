"""What a filter does to the dense leg: recall against every allowed passage looked at, by the share that is allowed.

    python benchmarks/filtered_recall.py --passages 20000

`served` is the leg as the system asks it, exact; `approximate` is the engine's graph over the same points, for
comparison. Fails if what is served falls below the floor, or if either returns a passage outside the scope.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import click
import numpy as np
from numpy.typing import NDArray
from qdrant_edge import Query, QueryRequest, SearchParams

from system_under_test.nouns import Document, Passage
from system_under_test.retrieval.access import Scope
from system_under_test.retrieval.chunk import passage_id
from system_under_test.retrieval.edge import EdgeIndex, scope_filter
from system_under_test.retrieval.index import DENSE, Entry, Hit
from system_under_test.retrieval.sparse import SparseVector

SEED = 20_260_101
TENANT = "acme"
BANDS = {"100 %": 1.0, "10 %": 0.1, "1 %": 0.01, "0.1 %": 0.001}
DIMENSIONS, CLUSTERS, SPREAD = 384, 200, 1.0
"""A vector is a cluster's centre and as much again of noise."""
LIMIT = 10
FLOOR = 0.99

Vectors = NDArray[np.float32]
Search = Callable[[Scope, Vectors], list[Hit]]


@dataclass(frozen=True, slots=True)
class World:
    """Points of one tenant, each in the groups of the bands that take it, and questions near them."""

    entries: Sequence[Entry]
    vectors: Vectors
    questions: Vectors


@dataclass(frozen=True, slots=True)
class Figures:
    """Of all questions of a band."""

    recall: float
    outside: int
    milliseconds: float
    """CPU, median."""


@click.command()
@click.option("--passages", type=click.IntRange(1000), default=20_000, show_default=True)
@click.option("--questions", type=click.IntRange(1), default=100, show_default=True)
def main(*, passages: int, questions: int) -> None:
    """Print recall and time of both ways in each band."""
    world = make_world(passages, questions)
    with TemporaryDirectory() as folder:
        index = EdgeIndex(Path(folder))
        index.upsert(world.entries, world.vectors, [SparseVector((1,), (1.0,))] * passages)
        served = {band: measured(world, band, exact_search(index)) for band in BANDS}
        started = time.process_time()
        with index._shards.of(TENANT) as shard:
            if shard is not None:
                shard.optimize()
        built = time.process_time() - started
        approximate = {band: measured(world, band, graph_search(index)) for band in BANDS}
        index.close()
    click.echo(f"{passages:,} passages, {questions} questions, graph built in {built:.0f} CPU seconds")
    click.echo(f"{'allowed':<8}{'served recall':>15}{'CPU ms':>8}{'approximate recall':>20}{'CPU ms':>8}{'outside':>9}")
    for band in BANDS:
        ours, graph = served[band], approximate[band]
        click.echo(
            f"{band:<8}{ours.recall:15.4f}{ours.milliseconds:8.2f}{graph.recall:20.4f}{graph.milliseconds:8.2f}"
            f"{ours.outside + graph.outside:9}"
        )
        if ours.recall < FLOOR or ours.outside or graph.outside:
            raise click.ClickException(f"recall below {FLOOR}, or a passage outside the scope, where {band} is allowed")


def make_world(passages: int, questions: int) -> World:
    """Clustered unit vectors; each band's group is given to the first points of one random order."""
    random = np.random.default_rng(SEED)
    centres = _unit(random.standard_normal((CLUSTERS, DIMENSIONS)))
    vectors = _near(random, centres[random.integers(CLUSTERS, size=passages)])
    asked = _near(random, centres[random.integers(CLUSTERS, size=questions)])
    order = random.permutation(passages)
    entries = []
    for row in range(passages):
        groups = frozenset(band for band, share in BANDS.items() if order[row] < share * passages)
        document = Document(
            id=f"{TENANT}/{row}",
            tenant=TENANT,
            title="Title",
            text="Text.",
            uri="https://acme.example",
            version="1",
            valid_from="",
            supersedes=None,
            owner="benchmark",
            classification="public",
            allow_groups=groups,
            deny_groups=frozenset(),
            sha256="",
        )
        name = passage_id(TENANT, document.id, 0, 5)
        entries.append(Entry(Passage(name, document, "", document.text, 0, 5), "current"))
    return World(entries, vectors, asked)


def exact_search(index: EdgeIndex) -> Search:
    """The dense leg as it is served."""
    return lambda scope, vector: index.dense(scope, vector, LIMIT)


def graph_search(index: EdgeIndex) -> Search:
    """The same filter, answered from the engine's graph."""

    def search(scope: Scope, vector: Vectors) -> list[Hit]:
        query = Query.Nearest(vector.tolist(), using=DENSE)
        request = QueryRequest(limit=LIMIT, query=query, filter=scope_filter(scope), params=SearchParams(exact=False))
        with index._shards.of(TENANT) as shard:
            points = shard.query(request) if shard is not None else []
        return [Hit(str(point.id), point.score) for point in points]

    return search


def measured(world: World, band: str, search: Search) -> Figures:
    """Recall of the best ten, and what it took."""
    scope = Scope(frozenset({TENANT}), frozenset({band}), "restricted")
    rows = [row for row, entry in enumerate(world.entries) if band in entry.passage.document.allow_groups]
    ids = [world.entries[row].passage.id for row in rows]
    allowed, block = set(ids), world.vectors[rows]
    recalls, spent, outside = [], [], 0
    for vector in world.questions:
        started = time.process_time()
        found = {hit.id for hit in search(scope, vector)}
        spent.append((time.process_time() - started) * 1000)
        best = {ids[row] for row in np.argsort(-(block @ vector))[:LIMIT]}
        recalls.append(len(best & found) / len(best))
        outside += len(found - allowed)
    return Figures(float(np.mean(recalls)), outside, float(np.median(spent)))


def _near(random: np.random.Generator, centres: NDArray[np.float64]) -> Vectors:
    return _unit(centres + SPREAD * _unit(random.standard_normal(centres.shape))).astype(np.float32)


def _unit(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


if __name__ == "__main__":
    main()
