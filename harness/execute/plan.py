"""The plan: every ask of a run, fixed before the target is asked anything. It is the denominator of every figure."""

import hashlib
import secrets
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from harness.domain.cases import CONTROLS, Ask, Canary, Case
from harness.domain.corpus import GoldenSet
from harness.domain.stages import Stage
from harness.domain.suites import Gate, Selection, Suite
from harness.errors import InvalidInput
from harness.probes.authentication import authentication_cases
from harness.probes.families import Given
from harness.probes.isolation import isolation_cases
from harness.probes.staged import STAGED


@dataclass(frozen=True, slots=True)
class Plan:
    """What is asked, and what is changed between the asks."""

    asks: tuple[Ask, ...]
    """By suite, stage, route, case and attempt: the order in which they are made."""
    stages: tuple[Stage, ...]
    """By suite and number; a suite without changes has none."""


def plan(
    gate: Gate,
    golden_set: GoldenSet,
    canaries: Sequence[Canary],
    random_hex: Callable[[int], str] = secrets.token_hex,
) -> Plan:
    """Everything that the gate asks. Raises InvalidInput where a suite would ask nothing.

    `random_hex(n)` gives n random bytes as hexadecimal, for the markers of what is planted while asking.
    """
    asks: list[Ask] = []
    stages: list[Stage] = []
    for suite in gate.suites:
        cases = list(_cases_of(suite, golden_set, canaries))
        if suite.probes is not None and suite.probes.family in STAGED:
            script = STAGED[suite.probes.family].script(Given(suite.name, golden_set, suite.probes, random_hex))
            cases, stages = list(script.cases), [*stages, *script.stages]
        if not any(case.kind not in CONTROLS for case in cases):
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
    _refuse_shadows(asks)
    asks.sort(key=lambda ask: (ask.suite, ask.case.stage, *ask.key))
    return Plan(tuple(asks), tuple(stages))


def _refuse_shadows(asks: Sequence[Ask]) -> None:
    """A case id names one case in all of a run: records, scores and the kept plan find a case by its id alone."""
    known: dict[str, Case] = {}
    keys: set[tuple[str, str, str, int]] = set()
    for ask in asks:
        if known.setdefault(ask.case.id, ask.case) != ask.case or ask.key in keys:
            raise InvalidInput(
                f"two cases of the gate have the id {ask.case.id!r}",
                next_step="rename the case of the golden set: ids that begin like a probe's are taken",
            )
        keys.add(ask.key)


def _cases_of(suite: Suite, golden_set: GoldenSet, canaries: Sequence[Canary]) -> Iterator[Case]:
    if suite.selection is not None:
        yield from _selected(golden_set.cases, suite.selection)
    elif suite.probes is not None and suite.probes.family == "isolation":
        wanted = _first_of_each_tenant(canaries, suite.probes.documents)
        _refuse_gaps(suite, wanted, golden_set)
        yield from isolation_cases(wanted, golden_set.principals, suite.probes.forms)
    elif suite.probes is not None and suite.probes.family == "authentication":
        asker = next((case for case in golden_set.cases if case.kind == "answerable"), None)
        if asker is None:
            raise InvalidInput(
                f"the suite {suite.name!r} needs an answerable case of {golden_set.name} to ask with each token",
                next_step="add an answerable case to the golden set",
            )
        yield from authentication_cases(asker.principal, asker.question)


def _refuse_gaps(suite: Suite, wanted: Sequence[Canary], golden_set: GoldenSet) -> None:
    """Every tenant needs its canaries and a principal who asks: one left out would be a pair that nobody tries."""
    askers = {principal.tenant for principal in golden_set.principals}
    planted = Counter(canary.tenant for canary in wanted)
    documents = suite.probes.documents if suite.probes else 0
    for tenant in sorted({*golden_set.corpus.tenants, *planted}):
        if tenant not in askers:
            raise InvalidInput(
                f"the suite {suite.name!r} probes every tenant, and {tenant!r} has no principal in {golden_set.name}",
                next_step="add a principal of that tenant to the golden set",
            )
        if planted[tenant] < documents:
            raise InvalidInput(
                f"the suite {suite.name!r} asks for {documents} canaries of each tenant; {tenant!r} has "
                f"{planted[tenant]}",
                next_step="plant as many with `harness dataset plant`, or ask for fewer in the suite",
            )


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
