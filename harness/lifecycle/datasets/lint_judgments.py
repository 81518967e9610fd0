"""Lint of judgments: facts that no document states, documents that the wrong principal may see, old versions."""

from collections import Counter
from collections.abc import Iterator

from harness.domain.cases import Case, CaseKind
from harness.lifecycle.datasets.access import may_see
from harness.lifecycle.datasets.findings import Finding, Inspected
from harness.load.datasets import ANSWERS_IN_PART
from harness.scorers.retrieval import LEAST_RELEVANT
from harness.scorers.text import fold, stands_in

FEW_CASES = 20
"""With fewer, a 95 % interval for a share may span more than 40 points."""
SHOWN = 5
"""Untouched documents that a note names."""
_KINDS: tuple[CaseKind, ...] = ("answerable", "unanswerable", "forbidden")


def judgment_findings(seen: Inspected) -> Iterator[Finding]:
    """Errors in what the cases of the dataset claim."""
    superseded = {document.supersedes for document in seen.golden.corpus.documents}
    owners = seen.owners
    for case in seen.written:
        yield from _facts(seen, case)
        yield from _old_versions(seen, case, superseded)
        if case.kind == "answerable":
            yield from _hidden(seen, case, case, "graded-but-not-visible")
        elif case.kind == "forbidden":
            yield from _forbidden(seen, case)
            yield from _hidden(seen, case, owners[case.twin], "owner-may-not-see")


def coverage_findings(seen: Inspected) -> Iterator[Finding]:
    """Notes on what the cases leave out: documents that none touches, tenants and kinds with few."""
    yield from _untouched(seen)
    kinds = Counter(case.kind for case in seen.written)
    tenants = Counter(case.principal.tenant for case in seen.written)
    few = [(f"the kind {kind!r}", kinds[kind]) for kind in _KINDS]
    few += [(f"the tenant {tenant!r}", tenants[tenant]) for tenant in seen.golden.corpus.tenants]
    for what, count in few:
        if count < FEW_CASES:
            message = f"{what} has {count} cases; with fewer than {FEW_CASES} an interval is very wide"
            yield Finding("note", seen.folder, "few-cases", message)


def _untouched(seen: Inspected) -> Iterator[Finding]:
    touched = {judgment.document for case in seen.written for judgment in case.judgments}
    for tenant in seen.golden.corpus.tenants:
        own = [document.id for document in seen.golden.corpus.documents if document.tenant == tenant]
        rest = [name for name in own if name not in touched]
        if rest:
            shown = ", ".join(rest[:SHOWN]) + (", ..." if len(rest) > SHOWN else "")
            message = f"{len(rest):,} of {len(own):,} documents of {tenant} are judged by no case: {shown}"
            yield Finding("note", seen.folder, "untouched-document", message)


def _facts(seen: Inspected, case: Case) -> Iterator[Finding]:
    """A fact that is not in the documents could not be in a right answer either: compared as the scorers compare."""
    good = [judgment.document for judgment in case.judgments if judgment.grade >= ANSWERS_IN_PART]
    texts = [fold(seen.documents[name].text) for name in good] if case.facts else []
    for fact in case.facts:
        if not any(stands_in(fold(spelling), text) for spelling in fact for text in texts):
            shown = " / ".join(fact)[:120]
            message = f"the fact {shown!r} stands in no document graded {ANSWERS_IN_PART} or more"
            yield seen.at(case, "error", "fact-not-in-document", message)


def _old_versions(seen: Inspected, case: Case, superseded: set[str | None]) -> Iterator[Finding]:
    for judgment in case.judgments:
        if judgment.document in superseded and judgment.grade > LEAST_RELEVANT:
            message = f"{judgment.document!r} is superseded and graded {judgment.grade}"
            yield seen.at(case, "error", "superseded-graded", message)


def _hidden(seen: Inspected, case: Case, asking: Case, rule: str) -> Iterator[Finding]:
    """Relevant documents that one who should get the answer may not see: no right system could find them."""
    for judgment in case.judgments:
        visible = may_see(asking.principal, seen.documents[judgment.document])
        if judgment.grade >= LEAST_RELEVANT and not visible:
            message = f"{asking.principal.id} may not see {judgment.document!r}, graded {judgment.grade}"
            yield seen.at(case, "error", rule, message)


def _forbidden(seen: Inspected, case: Case) -> Iterator[Finding]:
    if not case.forbidden:
        yield seen.at(case, "error", "nothing-forbidden", f"no document is graded {ANSWERS_IN_PART} or more")
    for name in case.forbidden:
        if may_see(case.principal, seen.documents[name]):
            yield seen.at(case, "error", "forbidden-but-visible", f"{case.principal.id} may see {name!r}")
