"""What each part of the reference system's retrieval is worth: its legs alone, fused, and re-ranked.

    python benchmarks/retrieval_legs.py --enterprise5
    python benchmarks/retrieval_legs.py --scifact
    python benchmarks/retrieval_legs.py --dataset datasets/four-firms/1.0.0

Document-level figures by ir_measures, which shares no code with the harness. The re-ranker's weights were fitted on the
first half of enterprise5 (by sha256 of the question's id, even), so the other half is shown beside it. Nothing was
fitted on SciFact.
"""

import hashlib
import os
from collections.abc import Callable, Iterable
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
from system_under_test.retrieval.access import Scope, scope_of
from system_under_test.retrieval.fuse import legs_of, question_of
from system_under_test.retrieval.library import Record
from system_under_test.retrieval.retriever import Retriever, build_retriever

PASSAGES = 100
MEASURES = [nDCG @ 10, R @ 10, RR @ 10]
COLLECTIONS = Path(".cache/datasets")

Ranking = dict[str, float]
"""Document id -> its best passage's score."""


@click.command()
@click.option("--enterprise5", "collection", flag_value="enterprise5", help="Import it from HARNESS_DATA and use it.")
@click.option("--scifact", "collection", flag_value="scifact", help="Import it from HARNESS_DATA and use it.")
@click.option("--dataset", type=click.Path(file_okay=False, path_type=Path), default=Path("datasets/four-firms/1.0.0"))
def main(*, collection: str | None, dataset: Path) -> None:
    """Print one line for each part of retrieval."""
    golden = load_golden_set(dataset if collection is None else imported(collection))
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
        whole = figures(cases, rankings, lambda _: True)
        half = figures(cases, rankings, lambda case: not fitted(case))
        click.echo(f"{name:<10}  {'  '.join(f'{value:8.4f}' for value in whole)}  {half[0]:20.4f}")


def imported(collection: str) -> Path:
    """The folder of a public collection as a dataset, imported once from the public data."""
    target = COLLECTIONS / collection / "1.0.0"
    if not target.exists():
        source = Path(os.environ.get("HARNESS_DATA", "../shared/data")) / collection
        import_dataset(source, target, "auto", collection, "1.0.0")
    return target


def principal_of(case: Case) -> Principal:
    """The case's principal as the gateway would hand it on."""
    who = case.principal
    return Principal(who.tenant, who.subject, frozenset(who.groups), who.clearance, "benchmark", 0)


def _bm25(retriever: Retriever, case: Case) -> Ranking:
    engine, scope = retriever.corpus.engine, scope_of(principal_of(case))
    hits = engine.index.sparse(scope, engine.encoder.question(case.question), PASSAGES)
    return ranking_of((hit.score, _record(retriever, scope, hit.id).passage.document.id) for hit in hits)


def _dense(retriever: Retriever, case: Case) -> Ranking:
    engine, scope = retriever.corpus.engine, scope_of(principal_of(case))
    hits = engine.index.dense(scope, retriever.query_vector(case.question), PASSAGES)
    return ranking_of((hit.score, _record(retriever, scope, hit.id).passage.document.id) for hit in hits)


def _fused(retriever: Retriever, case: Case) -> Ranking:
    engine, scope = retriever.corpus.engine, scope_of(principal_of(case))
    vector = retriever.query_vector(case.question)
    found = engine.index.dense(scope, vector, PASSAGES)
    found += engine.index.sparse(scope, engine.encoder.question(case.question), PASSAGES)
    asked = question_of(vector, engine.lexicon.stems(case.question), engine.library.statistics_of(scope.tenants))
    records = [_record(retriever, scope, name) for name in sorted({hit.id for hit in found})]
    fused = legs_of(asked, records).fused.tolist()
    return ranking_of((score, record.passage.document.id) for score, record in zip(fused, records, strict=True))


def _reranked(retriever: Retriever, case: Case) -> Ranking:
    found = retriever.search(principal_of(case), case.question, PASSAGES)
    return ranking_of((ranked.score, ranked.passage.document.id) for ranked in found.passages)


PARTS: dict[str, Callable[[Retriever, Case], Ranking]] = {
    "BM25": _bm25,
    "dense": _dense,
    "fused": _fused,
    "re-ranked": _reranked,
}


def _record(retriever: Retriever, scope: Scope, passage_id: str) -> Record:
    record = retriever.corpus.engine.library.record(scope.tenants, passage_id)
    if record is None:
        raise click.ClickException("the index returned a passage that is not in the corpus")
    return record


def ranking_of(scored: Iterable[tuple[float, str]]) -> Ranking:
    """The best score of each document, from the scores of its passages."""
    best: Ranking = {}
    for score, document in scored:
        best[document] = max(score, best.get(document, score))
    return best


def fitted(case: Case) -> bool:
    """Whether a case is of the half that weights were fitted on: by the digest of its id, so always the same half."""
    return int(hashlib.sha256(case.id.encode("utf-8")).hexdigest(), 16) % 2 == 0


def figures(cases: list[Case], rankings: list[Ranking], takes: Callable[[Case], bool]) -> list[float]:
    """The mean of each of `MEASURES` over the cases that `takes` takes; a case without a ranking counts as 0."""
    taken = [(case, ranking) for case, ranking in zip(cases, rankings, strict=True) if takes(case)]
    judged = [ir_measures.Qrel(case.id, item.document, item.grade) for case, _ in taken for item in case.judgments]
    run = [ir_measures.ScoredDoc(case.id, name, score) for case, ranking in taken for name, score in ranking.items()]
    found = ir_measures.calc_aggregate(MEASURES, judged, run)
    return [found[measure] for measure in MEASURES]


if __name__ == "__main__":
    main()
