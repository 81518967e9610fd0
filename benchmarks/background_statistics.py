"""Would a tenant's few passages give better term statistics if ordinary text were counted with them? See ADR 0007.

    python benchmarks/background_statistics.py
    python benchmarks/background_statistics.py --dataset datasets/four-firms/1.0.0

On enterprise5, unless told otherwise, whose five tenants have 161 to 315 passages each. The background is the
public-domain handbook of a government agency, counted as if the tenant had that many passages more of it. Shared
statistics are shown as what they would be worth; they let one tenant's documents move another's scores, so they are
never served.
"""

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import click
from retrieval_legs import PASSAGES, figures, fitted, imported, principal_of, ranking_of

from harness.domain.cases import Case
from harness.load.datasets import load_golden_set
from harness.load.documents import write_documents
from system_under_test.retrieval.access import scope_of
from system_under_test.retrieval.fuse import legs_of, question_of
from system_under_test.retrieval.lexicon import Lexicon, TermStatistics, statistics_of, stem_set
from system_under_test.retrieval.rerank import rerank_scores
from system_under_test.retrieval.retriever import Retriever, build_retriever
from system_under_test.retrieval.vectors import Vector

WORDS = 130
"""Of a passage of the background, as many as enterprise5's passages have."""
SHARES = (50, 200, 1000)

Ranking = dict[str, float]


@dataclass(frozen=True, slots=True)
class Mixed(TermStatistics):
    """A tenant's statistics as if it had some passages more, which hold each stem as often as the background does."""

    background: TermStatistics
    more: int

    def idf(self, stem: int) -> float:
        """The inverse document frequency over both."""
        likely = self.background.frequencies.get(stem, 0) / self.background.passages
        counted = {stem: self.frequencies.get(stem, 0) + likely * self.more}
        return TermStatistics(self.passages + self.more, counted).idf(stem)


@click.command()
@click.option("--dataset", type=click.Path(file_okay=False, path_type=Path))
def main(*, dataset: Path | None) -> None:
    """Print one line for each kind of statistics."""
    golden = load_golden_set(imported("enterprise5") if dataset is None else dataset)
    cases = [case for case in golden.cases if case.kind == "answerable"]
    with TemporaryDirectory() as folder:
        documents = Path(folder) / "documents.jsonl"
        write_documents(golden.corpus.documents, documents)
        retriever = build_retriever(documents, Path(folder), Path(".cache"))
        kinds = _kinds(retriever)
        click.echo(f"{'nDCG@10':<30}" + "".join(f"{part:>10}" for part in ("BM25", "fused", "re-ranked") * 2))
        click.echo(f"{'':<30}{'all questions':>30}{'the half not fitted on':>30}")
        vectors = [retriever.query_vector(case.question) for case in cases]
        for name, kind in kinds.items():
            rankings = (
                _rankings(retriever, case, vector, kind[case.principal.tenant])
                for case, vector in zip(cases, vectors, strict=True)
            )
            runs = [list(run) for run in zip(*rankings, strict=True)]
            whole = [figures(cases, run, lambda _: True)[0] for run in runs]
            half = [figures(cases, run, lambda case: not fitted(case))[0] for run in runs]
            click.echo(f"{name:<30}" + "".join(f"{value:10.4f}" for value in (*whole, *half)))
        retriever.close()


def _kinds(retriever: Retriever) -> Mapping[str, Mapping[str, TermStatistics]]:
    engine = retriever.corpus.engine
    own = {tenant: shelf.statistics for tenant, shelf in engine.library.shelves.items()}
    background = statistics_of([stem_set(stems) for stems in _handbook(engine.lexicon)])
    shared = engine.library.statistics_of(own)
    mixed = {
        f"tenant and {more:,} of handbook": {
            tenant: Mixed(one.passages, one.frequencies, background, more) for tenant, one in own.items()
        }
        for more in SHARES
    }
    return {"tenant": own, "all tenants together": dict.fromkeys(own, shared), **mixed}


def _handbook(lexicon: Lexicon) -> Iterator[tuple[int, ...]]:
    source = Path(os.environ.get("HARNESS_DATA", "../shared/data")) / "handbook" / "corpus.jsonl"
    for line in source.read_text("utf-8").splitlines():
        words = json.loads(line)["text"].split()
        for start in range(0, len(words), WORDS):
            yield lexicon.stems(" ".join(words[start : start + WORDS]))


def _rankings(
    retriever: Retriever, case: Case, vector: Vector, statistics: TermStatistics
) -> tuple[Ranking, Ranking, Ranking]:
    """By BM25, fused, and re-ranked: every passage of the tenant is a candidate."""
    engine, scope = retriever.corpus.engine, scope_of(principal_of(case))
    records = [record for shelf in engine.library.of(scope.tenants) for record in shelf.records.values()]
    names = [record.passage.document.id for record in records]
    asked = question_of(vector, engine.lexicon.stems(case.question), statistics)
    legs = legs_of(asked, records)
    bm25, fused, reranked = (
        ranking_of(sorted(zip(scores.tolist(), names, strict=True))[-PASSAGES:])
        for scores in (legs.bm25, legs.fused, rerank_scores(asked, records, legs))
    )
    return bm25, fused, reranked


if __name__ == "__main__":
    main()
