"""How long hybrid retrieval takes, in process and filtered by tenant and groups, and what a passage costs in memory.

    python benchmarks/retrieval_speed.py --passages 100000 --tenants 20

The corpus is made up from a seed (synthetic_corpus.py), so that nothing has to be embedded for hours; embedding a
question is timed with the real model beside it. Every ratio compares figures of one run.
"""

import resource
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

import click
import numpy as np
from synthetic_corpus import Asked, Language, WordVectors, documents_of, questions_of

from system_under_test.retrieval.access import allowed, scope_of
from system_under_test.retrieval.edge import EdgeIndex
from system_under_test.retrieval.embed import MiniLm
from system_under_test.retrieval.index import LEG_LIMIT
from system_under_test.retrieval.ingest import fill
from system_under_test.retrieval.lexicon import Lexicon
from system_under_test.retrieval.library import Library, build_library
from system_under_test.retrieval.live import Engine
from system_under_test.retrieval.retriever import Retriever
from system_under_test.retrieval.sparse import SparseEncoder
from system_under_test.retrieval.vectors import VectorCache

SEED = 20_260_101
WARM_UP = 20
TOP_K = 10

T = TypeVar("T")
Spent = tuple[float, float]
"""Milliseconds: of the processor, and on the clock, which other work on the machine makes longer."""
Timings = dict[str, list[Spent]]
"""Of each question, by part."""


@click.command()
@click.option("--passages", type=click.IntRange(100), default=100_000, show_default=True)
@click.option("--tenants", type=click.IntRange(1), default=20, show_default=True)
@click.option("--questions", type=click.IntRange(1), default=300, show_default=True)
def main(*, passages: int, tenants: int, questions: int) -> None:
    """Build a corpus, ask it, and print the figures."""
    language = Language(SEED)
    documents = list(documents_of(language, tenants, passages, SEED + 1))
    asked = questions_of(documents, questions + WARM_UP, SEED + 2)
    base = _memory()
    with TemporaryDirectory() as folder:
        embedder, encoder = WordVectors(language, SEED + 3), SparseEncoder()
        lexicon = Lexicon(encoder)
        library, library_seconds = _timed(lambda: build_library(documents, embedder, encoder, lexicon))
        held = _memory()
        index = EdgeIndex(Path(folder))
        _, index_seconds = _timed(lambda: fill(index, library))
        count = index.count()
        click.echo(f"{count:,} passages of {tenants} tenants, {len(asked) - WARM_UP} questions")
        click.echo(f"build, CPU seconds: library {library_seconds:.0f}, index {index_seconds:.0f}")
        click.echo(
            f"resident memory, KB for each passage: library {(held - base) / count:.1f}, "
            f"index {(_memory() - held) / count:.1f}; in all {_memory() / 1e6:.2f} GB, at most {_peak() / 1e6:.2f} GB"
        )
        retriever = Retriever(Engine(index, embedder, encoder, lexicon, library), {})
        timings = _ask(retriever, MiniLm(Path(".cache"), VectorCache(Path(folder))), asked)
        timings |= _by_tenant(library, embedder, asked)
        retriever.close()
    _print(timings)


def _ask(retriever: Retriever, model: MiniLm, asked: Sequence[Asked]) -> Timings:
    timings: Timings = {name: [] for name in ("embed", "search", "search + embed", "dense", "sparse", "rest")}
    engine = retriever.corpus.engine
    for number, one in enumerate(asked):
        scope = scope_of(one.principal)
        vector = engine.embedder.query(one.text)
        terms = engine.encoder.question(one.text)
        _, embed = _clocked(lambda text=one.text: model.query(text))
        found, search = _clocked(lambda one=one, v=vector: retriever.search(one.principal, one.text, TOP_K, vector=v))
        _, dense = _clocked(lambda s=scope, v=vector: engine.index.dense(s, v, LEG_LIMIT))
        _, sparse = _clocked(lambda s=scope, t=terms: engine.index.sparse(s, t, LEG_LIMIT))
        if any(not allowed(scope, ranked.passage.document) for ranked in found.passages):
            raise click.ClickException("a passage outside the scope was returned")
        if number >= WARM_UP:
            both = (search[0] + embed[0], search[1] + embed[1])
            rest = (search[0] - dense[0] - sparse[0], search[1] - dense[1] - sparse[1])
            for name, spent in zip(timings, (embed, search, both, dense, sparse, rest), strict=True):
                timings[name].append(spent)
    return timings


def _by_tenant(library: Library, embedder: WordVectors, asked: Sequence[Asked]) -> Timings:
    """The least that an exact dense leg could cost: one product with the vectors of the tenant, and nothing else."""
    blocks = {
        tenant: np.stack([record.vector for record in shelf.records.values()])
        for tenant, shelf in library.shelves.items()
    }
    found: list[Spent] = []
    for one in asked[WARM_UP:]:
        block, vector = blocks[one.principal.tenant], embedder.query(one.text)
        kept = min(LEG_LIMIT, len(block))
        # Row by row, since a product on several threads spends more on waiting than on multiplying.
        _, spent = _clocked(lambda b=block, v=vector, k=kept: np.argpartition(np.vecdot(b, v), -k)[-k:])
        found.append(spent)
    return {"product": found}


def _print(timings: Timings) -> None:
    limit = float(np.percentile([spent[0] for spent in timings["product"]], 50))
    click.echo(
        f"{'milliseconds':<16}{'CPU p50':>9}{'CPU p95':>9}{'wall p50':>10}{'wall p95':>10}{'p50 to product':>16}"
    )
    for name, values in timings.items():
        (middle, wall_middle), (high, wall_high) = np.percentile(values, [50, 95], axis=0)
        ratio = middle / limit
        click.echo(f"{name:<16}{middle:9.2f}{high:9.2f}{wall_middle:10.2f}{wall_high:10.2f}{ratio:15.1f}x")


def _timed(work: Callable[[], T]) -> tuple[T, float]:
    started = time.process_time()
    return work(), time.process_time() - started


def _clocked(work: Callable[[], T]) -> tuple[T, Spent]:
    clock, processor = time.perf_counter(), time.process_time()
    result = work()
    return result, ((time.process_time() - processor) * 1000, (time.perf_counter() - clock) * 1000)


def _memory() -> float:
    """Resident memory of this process, KB."""
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    return pages * resource.getpagesize() / 1000


def _peak() -> float:
    """The most that was ever resident, KB."""
    return float(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss) * 1.024


if __name__ == "__main__":
    main()
