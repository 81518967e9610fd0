"""Lint of questions: the same twice, almost the same twice, or unanswerable beside one that is answered."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from rapidfuzz import fuzz, process

from harness.domain.cases import Case
from harness.lifecycle.datasets.findings import Finding, Inspected
from harness.scorers.text import fold

NEAR_DUPLICATE = 90.0
"""Likeness from which two questions are almost the same: `fuzz.token_sort_ratio`, 0 to 100, of the folded questions."""
NEAR_ANSWERED = 80.0
"""The lower likeness from which an unanswerable question is set beside an answerable one for a person to compare."""
MOST_QUESTIONS = 5000
"""Of one tenant; with more, comparing each with each would take minutes and is left out, with a note."""


def question_findings(seen: Inspected) -> Iterator[Finding]:
    """Within each tenant: duplicates (error), near-duplicates and answered unanswerable ones (notes)."""
    by_tenant: dict[str, list[Case]] = defaultdict(list)
    for case in seen.written:
        by_tenant[case.principal.tenant].append(case)
    for tenant, cases in by_tenant.items():
        texts = [fold(case.question) for case in cases]
        yield from _duplicates(seen, cases, texts)
        if len(cases) > MOST_QUESTIONS:
            message = f"{tenant} has more than {MOST_QUESTIONS:,} questions; near-duplicates were not looked for"
            yield Finding("note", seen.folder, "near-duplicate-question", message)
        else:
            yield from _near_duplicates(seen, cases, texts)


def _duplicates(seen: Inspected, cases: Sequence[Case], texts: Sequence[str]) -> Iterator[Finding]:
    first: dict[str, Case] = {}
    for case, text in zip(cases, texts, strict=True):
        other = first.setdefault(text, case)
        if other is case:
            continue
        message = f"asks what {other.id} asks ({seen.case_places[other.id]})"
        asked_alike = other.principal.id == case.principal.id or "unanswerable" in (other.kind, case.kind)
        yield seen.at(case, "error" if asked_alike else "note", "duplicate-question", message)


def _near_duplicates(seen: Inspected, cases: Sequence[Case], texts: Sequence[str]) -> Iterator[Finding]:
    for index, (case, text) in enumerate(zip(cases, texts, strict=True)):
        alike = process.extract(
            text, texts[:index], scorer=fuzz.token_sort_ratio, score_cutoff=NEAR_ANSWERED, limit=None
        )
        for other_text, likeness, at in sorted(alike, key=lambda match: match[2]):
            other = cases[at]
            if other_text == text:
                continue
            told = f"{likeness:.0f} % like {other.id} ({seen.case_places[other.id]})"
            if {case.kind, other.kind} == {"unanswerable", "answerable"}:
                message = f"{told}: one of them is answered, the other is said to have no answer"
                yield seen.at(case, "note", "unanswerable-near-answerable", message)
            elif likeness >= NEAR_DUPLICATE:
                yield seen.at(case, "note", "near-duplicate-question", told)
