"""What of a golden set a family takes for its probes: a tenant's questions, the documents and terms they rest on."""

import hashlib
import re
from collections import Counter
from collections.abc import Sequence

from harness.domain.cases import Case
from harness.domain.corpus import Document
from harness.errors import InvalidInput
from harness.probes.families import Given

RARE = 1
"""Terms of one question: the order of its answers changes where one of them weighs less and the others do not."""
_WORD = re.compile(r"[^\W_]{4,}")


def sampled(given: Given, tenant: str) -> tuple[Case, ...]:
    """A fixed sample of the tenant's answerable cases, in order of the sha256 of their ids; all where there are fewer.

    Raises InvalidInput where the tenant has none: it would be one that nobody tries.
    """
    own = [case for case in given.golden_set.cases if case.kind == "answerable" and case.principal.tenant == tenant]
    if not own:
        raise InvalidInput(
            f"the suite {given.suite!r} asks every tenant its own questions, and {tenant!r} has no answerable case in "
            f"{given.golden_set.name}",
            next_step="add an answerable case of that tenant to the golden set",
        )
    own.sort(key=lambda case: hashlib.sha256(case.id.encode("utf-8")).hexdigest())
    return tuple(own[: given.plan.questions])


def words(text: str) -> set[str]:
    """The words of at least four letters or digits, folded."""
    return {word.casefold() for word in _WORD.findall(text)}


def rare_terms(documents: Sequence[Document], case: Case) -> tuple[str, ...]:
    """The words of the question that the fewest documents of its tenant hold, but for those that none holds."""
    wanted = words(case.question)
    known = Counter(
        word
        for document in documents
        if document.tenant == case.principal.tenant
        for word in wanted & words(f"{document.title} {document.text}")
    )
    return tuple(sorted(known, key=lambda word: (known[word], word))[:RARE])


def likest(documents: Sequence[Document], text: str, number: int) -> list[Document]:
    """The documents that share the most words with the text."""
    wanted = words(text)
    return sorted(documents, key=lambda item: (-len(wanted & words(f"{item.title} {item.text}")), item.id))[:number]


def best_documents(documents: Sequence[Document], cases: Sequence[Case], number: int) -> list[Document]:
    """The documents that answer the cases best, by their judgments; the likest of the tenant's where they say none."""
    graded = [judgment for case in cases for judgment in case.judgments if judgment.grade]
    graded.sort(key=lambda judgment: -judgment.grade)
    by_id = {document.id: document for document in documents}
    best = dict.fromkeys(judgment.document for judgment in graded if judgment.document in by_id)
    tenants = {case.principal.tenant for case in cases}
    others = [document for document in documents if document.tenant in tenants and document.id not in best]
    found = [by_id[name] for name in best] + likest(others, " ".join(case.question for case in cases), number)
    return found[:number]
