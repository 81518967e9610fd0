"""The plan: every ask of a run, fixed before the target is asked anything. It is the denominator of every figure."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence

from harness.domain.cases import Ask, Canary, Case
from harness.domain.corpus import Document, GoldenSet
from harness.domain.suites import Gate, Selection, Suite
from harness.errors import InvalidInput
from harness.probes.authentication import authentication_cases
from harness.probes.isolation import isolation_cases


def plan(
    gate: Gate, golden_set: GoldenSet, canaries: Sequence[Canary], documents: Mapping[str, Document]
) -> tuple[Ask, ...]:
    """Every ask of the gate, in order of its key. Raises InvalidInput where a suite would ask nothing.

    `documents` are those of the golden set and the planted ones, by id.
    """
    asks: list[Ask] = []
    for suite in gate.suites:
        cases = list(_cases_of(suite, golden_set, canaries, documents))
        if not any(case.kind not in {"twin", "good_credential"} for case in cases):
            raise InvalidInput(
                f"the suite {suite.name!r} selects no case of {golden_set.name} {golden_set.version}; "
                "an empty suite is not evidence",
                next_step="mend `cases` in the suite, or plant more with `probes`",
            )
        asks.extend(
            Ask(suite.name, route, case, attempt)
            for route in suite.routes
            for case in cases
            for attempt in range(1, suite.repeats + 1)
        )
    asks.sort(key=lambda ask: ask.key)
    return tuple(asks)


def _cases_of(
    suite: Suite, golden_set: GoldenSet, canaries: Sequence[Canary], documents: Mapping[str, Document]
) -> Iterator[Case]:
    if suite.selection is not None:
        yield from _selected(golden_set.cases, suite.selection)
    elif suite.probes is not None and suite.probes.family == "isolation":
        wanted = _first_of_each_tenant(canaries, suite.probes.documents)
        yield from isolation_cases(wanted, documents, golden_set.principals)
    elif suite.probes is not None:
        asker = next(case for case in golden_set.cases if case.kind == "answerable")
        yield from authentication_cases(asker.principal, asker.question)


def _selected(cases: Sequence[Case], selection: Selection) -> Iterator[Case]:
    """The cases that the selection takes; a forbidden case brings its positive control along."""
    twins = {case.id: case for case in cases if case.kind == "twin"}
    taken = [
        case
        for case in cases
        if case.kind != "twin"
        and (not selection.kinds or case.kind in selection.kinds)
        and (not selection.tags or set(selection.tags) & set(case.tags))
    ]
    if selection.limit is not None:
        taken.sort(key=lambda case: hashlib.sha256(case.id.encode("utf-8")).hexdigest())
        taken = taken[: selection.limit]
    for case in taken:
        yield case
        if case.twin:
            yield twins[case.twin]


def _first_of_each_tenant(canaries: Sequence[Canary], number: int) -> list[Canary]:
    taken: dict[str, list[Canary]] = {}
    for canary in canaries:
        own = taken.setdefault(canary.tenant, [])
        if len(own) < number:
            own.append(canary)
    return [canary for own in taken.values() for canary in own]
