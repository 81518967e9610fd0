"""The laws that no sequence of evidence may break: worse or less of it never makes a gate pass more easily."""

from types import ModuleType
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

BETTER_FIRST = ("PASSED", "INCONCLUSIVE", "FAILED", "INVALID")


def small_gate(core: ModuleType) -> tuple[Any, tuple[Any, ...]]:
    """A gate of questions, forbidden cases and probes that good evidence passes, and what it asks."""
    questions = core.suite([core.rule(threshold=0.3)], name="a-quality")
    forbidden = core.suite([core.zero_tolerance("withheld")], name="b-permission")
    probes = core.suite([core.zero_tolerance("leak")], name="c-isolation")
    asks = (
        *core.asks_of(questions, [core.case(f"q{number}") for number in range(6)]),
        *core.asks_of(forbidden, [item for number in range(4) for item in core.forbidden_pair(f"f{number}")]),
        *core.asks_of(probes, [item for number in range(4) for item in core.probe_pair(f"p{number}")]),
    )
    return core.gate(questions, forbidden, probes), asks


def good_observation(core: ModuleType, ask: Any) -> Any:
    """What a sound target does with the ask."""
    if ask.case.kind == "twin" and ask.case.canaries:
        return core.answered(ask, answer=core.CANARY.marker)
    if ask.case.kind == "twin":
        return core.answered(ask, passages=[core.passage("north/plan")])
    return core.answered(ask, refused=ask.case.kind != "answerable")


def test_good_evidence_passes_the_small_gate(core: ModuleType) -> None:
    gate, asks = small_gate(core)

    verdict = core.judged(gate, asks, [good_observation(core, ask) for ask in asks])

    assert verdict.outcome == "PASSED"


WORSE = ("errored", "denied", "refused", "unreadable", "leaked")


def worse_observation(core: ModuleType, ask: Any, how: str) -> Any:
    """The same ask, gone wrong."""
    if how == "errored":
        return core.lost(ask)
    if how == "denied":
        return core.replied(ask, 403)
    if how == "unreadable":
        return core.replied(ask, 200, "not JSON")
    if how == "leaked" and ask.case.canaries:
        return core.answered(ask, answer=core.CANARY.marker)
    if how == "leaked":
        return core.answered(ask, passages=[core.passage("north/plan")])
    return core.answered(ask, refused=True)


@settings(max_examples=60, deadline=None)
@given(damage=st.lists(st.tuples(st.integers(0, 21), st.sampled_from((*WORSE, "absent"))), max_size=6))
def test_worse_or_less_evidence_never_makes_the_small_gate_pass_more_easily(
    core: ModuleType, damage: list[tuple[int, str]]
) -> None:
    gate, asks = small_gate(core)
    found: dict[int, Any] = {at: good_observation(core, ask) for at, ask in enumerate(asks)}
    outcomes = ["PASSED"]

    for at, how in damage:
        before = found.get(at)
        sound = before is not None and before == good_observation(core, asks[at])
        if sound and how == "absent":
            del found[at]
        elif sound:
            found[at] = worse_observation(core, asks[at], how)
        outcomes.append(core.judged(gate, asks, list(found.values())).outcome)

    harmless = {"refused", "leaked"}
    for (_, how), before, after in zip(damage, outcomes, outcomes[1:], strict=False):
        if how not in harmless and before != "FAILED":
            assert BETTER_FIRST.index(before) <= BETTER_FIRST.index(after)
        assert before == "PASSED" or after != "PASSED"


@settings(max_examples=40, deadline=None)
@given(lost=st.sets(st.integers(0, 21), min_size=1))
def test_whatever_fails_or_is_absent_among_probes_the_small_gate_does_not_pass(
    core: ModuleType, lost: set[int]
) -> None:
    gate, asks = small_gate(core)
    blind = {at for at in lost if asks[at].case.kind != "answerable"}

    failed = [core.lost(ask) if at in blind else good_observation(core, ask) for at, ask in enumerate(asks)]
    absent = [good_observation(core, ask) for at, ask in enumerate(asks) if at not in lost]

    assert (core.judged(gate, asks, failed).outcome == "PASSED") == (not blind)
    assert core.judged(gate, asks, absent).outcome == "INVALID"
