"""How much a golden set holds: the figures of its manifest and of its data sheet."""

from collections import Counter
from collections.abc import Mapping

from harness.domain.corpus import GoldenSet


def counts_of(golden: GoldenSet) -> dict[str, int]:
    """Documents by class, cases by kind, tenant and tag, judgments by grade.

    A positive control (kind `twin`) is derived from its forbidden case and not counted: the figures are what was
    written.
    """
    cases = [case for case in golden.cases if case.kind != "twin"]
    sliced = Counter(f"kind={case.kind}" for case in cases)
    sliced.update(f"class={document.classification}" for document in golden.corpus.documents)
    sliced.update(f"grade={judgment.grade}" for case in cases for judgment in case.judgments)
    sliced.update(f"tenant={case.principal.tenant}" for case in cases)
    sliced.update(f"tag={tag}" for case in cases for tag in case.tags)
    superseded = {document.supersedes for document in golden.corpus.documents if document.supersedes}
    return {
        "documents": len(golden.corpus.documents),
        "documents superseded": len(superseded),
        "tenants": len(golden.corpus.tenants),
        "principals": len(golden.principals),
        "cases": len(cases),
        "judgments": sum(len(case.judgments) for case in cases),
        **dict(sorted(sliced.items())),
    }


def rendered_counts(counts: Mapping[str, int]) -> str:
    """One count a line, aligned; what `harness dataset lint` prints and the data sheet quotes."""
    width = max(len(name) for name in counts)
    return "".join(f"{name:<{width}} {count:>7,}\n" for name, count in counts.items())
