"""What each part of the reference system's retrieval is worth: its legs alone, fused, and re-ranked.

    python benchmarks/retrieval_legs.py --enterprise5
    python benchmarks/retrieval_legs.py --dataset datasets/four-firms/1.0.0

Document-level figures by ir_measures, which shares no code with the harness. The re-ranker's weights were fitted on the
first half of enterprise5 (by sha256 of the question's id, even), so the other half is shown beside it.
"""

import hashlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import click
import ir_measures
from ir_measures import RR, R, nDCG

from harness.domain.cases import Case
from harness.lifecycle.datasets.importer import import_dataset
from harness.load.datasets import load_golden_set
from harness.load.documents import write_documents
from system_under_test.nouns import Principal
from system_under_test.retrieval.access import scope_of
from system_under_test.retrieval.fuse import legs_of, question_of
from system_under_test.retrieval.retriever import Retriever, build_retriever

PASSAGES = 100
MEASURES = [nDCG @ 10, R @ 10, RR @ 10]
ENTERPRISE5 = Path(".cache/datasets/enterprise5/1.0.0")

Ranking = dict[str, float]
"""Document id -> its best passage's score."""


@click.command()
@click.option("--enterprise5", is_flag=True, help="Use enterprise5, imported from HARNESS_DATA where it must be.")
@click.option("--dataset", type=click.Path(file_okay=False, path_type=Path), default=Path("datasets/four-firms/1.0.0"))
def main(*, enterprise5: bool, dataset: Path) -> None:
    """Print one line for each part of retrieval."""
    golden = load_golden_set(_enterprise5() if enterprise5 else dataset)
    cases = [case for case in golden.cases if case.kind == "answerable"]
    with TemporaryDirectory() as folder:
        documents = Path(folder) / "documents.jsonl"
        write_documents(golden.corpus.documents, documents)
        retriever = build_retriever(documents, Path(folder), Path(".cache"))
        runs = {name: [ranked(retriever, case) for case in cases] for name, ranked in PARTS.items()}
        retriever.close()
    click.echo(f"{golden.name} {golden.version}: {len(golden.corpus.documents)} documents, {len(cases)} questions")
    click.echo(f"{'':<10}  {'nDCG@10':>8}  {'R@10':>8}  {'RR@10':>8}  {'nDCG@10, other half':>20}")
    for name, rankings in runs.items():
        whole = _figures(cases, rankings, lambda _: True)
        half = _figures(cases, rankings, lambda case: not _fitted(case))
        click.echo(f"{name:<10}  {'  '.join(f'{value:8.4f}' for value in whole)}  {half[0]:20.4f}")


def _enterprise5() -> Path:
    if not ENTERPRISE5.exists():
        source = Path(os.environ.get("HARNESS_DATA", "../shared/data")) / "enterprise5"
        import_dataset(source, ENTERPRISE5, "enterprise5", "enterprise5", "1.0.0")
    return ENTERPRISE5


def _principal(case: Case) -> Principal:
    who = case.principal
    return Principal(who.tenant, who.subject, frozenset(who.groups), who.clearance, "benchmark", 0)


def _bm25(retriever: Retriever, case: Case) -> Ranking:
    engine = retriever._engine
    hits = engine.index.sparse(scope_of(_principal(case)), engine.encoder.question(case.question), PASSAGES)
    return _documents((hit.score, engine.library.records[hit.id].passage.document.id) for hit in hits)


def _dense(retriever: Retriever, case: Case) -> Ranking:
    engine = retriever._engine
    hits = engine.index.dense(scope_of(_principal(case)), retriever.query_vector(case.question), PASSAGES)
    return _documents((hit.score, engine.library.records[hit.id].passage.document.id) for hit in hits)


def _fused(retriever: Retriever, case: Case) -> Ranking:
    engine, scope = retriever._engine, scope_of(_principal(case))
    vector = retriever.query_vector(case.question)
    found = engine.index.dense(scope, vector, PASSAGES)
    found += engine.index.sparse(scope, engine.encoder.question(case.question), PASSAGES)
    asked = question_of(vector, engine.lexicon.stems(case.question), engine.library.statistics_of(scope.tenants))
    records = [engine.library.records[name] for name in sorted({hit.id for hit in found})]
    fused = legs_of(asked, records).fused.tolist()
    return _documents((score, record.passage.document.id) for score, record in zip(fused, records, strict=True))


def _reranked(retriever: Retriever, case: Case) -> Ranking:
    found = retriever.search(_principal(case), case.question, PASSAGES)
    return _documents((ranked.score, ranked.passage.document.id) for ranked in found.passages)


PARTS: dict[str, Callable[[Retriever, Case], Ranking]] = {
    "BM25": _bm25,
    "dense": _dense,
    "fused": _fused,
    "re-ranked": _reranked,
}


def _documents(scored: Iterator[tuple[float, str]]) -> Ranking:
    best: Ranking = {}
    for score, document in scored:
        best[document] = max(score, best.get(document, score))
    return best


def _fitted(case: Case) -> bool:
    return int(hashlib.sha256(case.id.encode("utf-8")).hexdigest(), 16) % 2 == 0


def _figures(cases: list[Case], rankings: list[Ranking], takes: Callable[[Case], bool]) -> list[float]:
    taken = [(case, ranking) for case, ranking in zip(cases, rankings, strict=True) if takes(case)]
    judged = [ir_measures.Qrel(case.id, item.document, item.grade) for case, _ in taken for item in case.judgments]
    run = [ir_measures.ScoredDoc(case.id, name, score) for case, ranking in taken for name, score in ranking.items()]
    found = ir_measures.calc_aggregate(MEASURES, judged, run)
    return [found[measure] for measure in MEASURES]


if __name__ == "__main__":
    main()
