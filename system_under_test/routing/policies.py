"""The policies that pick among eligible routes: pure functions of figures that are handed to them.

None of them draws lots. A share of the traffic is cut by the hash of the conversation, so that a conversation stays on
its route and a run can be repeated.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from system_under_test.routing.errors import RouteFileError
from system_under_test.routing.strict_fields import Fields, above_zero, number, one_of, text

Quality = Literal["basic", "standard", "high"]
QUALITIES: Final[tuple[Quality, ...]] = ("basic", "standard", "high")
"""From the lowest to the highest. Whoever declares a route answers for its class."""

Passed = Literal[
    "not_pinned", "not_default", "quality", "too_slow", "too_dear", "dearer", "slower", "other_share", "not_in_policy"
]
"""Why a policy did not take an eligible route."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """An eligible route with the figures that a policy looks at."""

    name: str
    quality: Quality
    latency_ms: float
    """What a call takes: measured where there are enough calls, else as declared."""
    cost_usd: float
    """What this call is estimated to cost at most."""


@dataclass(frozen=True, slots=True)
class Pick:
    """The name of the route that a policy takes, or None, and why it passed each other candidate."""

    name: str | None
    passed: Mapping[str, Passed] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Declared:
    """The declared default, always."""


@dataclass(frozen=True, slots=True)
class Cheapest:
    """The cheapest route that keeps the latency budget and is of the quality or better."""

    latency_ms: float
    quality: Quality


@dataclass(frozen=True, slots=True)
class Fastest:
    """The fastest route that stays under the cost cap and is of the quality or better."""

    cost_usd: float
    quality: Quality


@dataclass(frozen=True, slots=True)
class Weighted:
    """A declared share of the conversations for each route: a canary."""

    weights: Mapping[str, float]
    """Above 0 in sum; a share is the weight over the sum."""


Policy = Declared | Cheapest | Fastest | Weighted


def pinned(candidates: Sequence[Candidate], name: str) -> Pick:
    """The route that the request names, where it is eligible; never another."""
    return _picked(candidates, name, "not_pinned")


def declared(candidates: Sequence[Candidate], default: str) -> Pick:
    """The declared default, where it is eligible."""
    return _picked(candidates, default, "not_default")


def cheapest(candidates: Sequence[Candidate], policy: Cheapest) -> Pick:
    """Equal prices: the faster one, then the name that sorts first."""
    passed, left = _of_quality(candidates, policy.quality)
    slow = [one for one in left if one.latency_ms > policy.latency_ms]
    quick = sorted((one for one in left if one not in slow), key=lambda one: (one.cost_usd, one.latency_ms, one.name))
    passed.update({one.name: "too_slow" for one in slow})
    passed.update({one.name: "dearer" for one in quick[1:]})
    return Pick(quick[0].name if quick else None, passed)


def fastest(candidates: Sequence[Candidate], policy: Fastest) -> Pick:
    """Equal latencies: the cheaper one, then the name that sorts first."""
    passed, left = _of_quality(candidates, policy.quality)
    dear = [one for one in left if one.cost_usd > policy.cost_usd]
    fair = sorted((one for one in left if one not in dear), key=lambda one: (one.latency_ms, one.cost_usd, one.name))
    passed.update({one.name: "too_dear" for one in dear})
    passed.update({one.name: "slower" for one in fair[1:]})
    return Pick(fair[0].name if fair else None, passed)


def weighted(candidates: Sequence[Candidate], policy: Weighted, key: str) -> Pick:
    """The route whose share the key falls into, over all declared shares.

    Where that one is not eligible nothing is picked: other conversations keep their routes.
    """
    total, reached = sum(policy.weights.values()), 0.0
    place = _place(key) * total
    drawn: str | None = None
    for name, weight in sorted(policy.weights.items()):
        reached += weight
        if drawn is None and place < reached:
            drawn = name
    passed: dict[str, Passed] = {
        one.name: "other_share" if one.name in policy.weights else "not_in_policy"
        for one in candidates
        if one.name != drawn
    }
    return Pick(drawn if any(one.name == drawn for one in candidates) else None, passed)


def read_policy(value: object, where: str) -> Policy:
    """The policy in a mapping. Raises RouteFileError."""
    entry = Fields(value, where)
    kind = entry.take("kind", text)
    policy: Policy
    if kind == "declared":
        policy = Declared()
    elif kind == "cheapest":
        policy = Cheapest(entry.take("latency_ms", above_zero), entry.take("quality", one_of(*QUALITIES)))
    elif kind == "fastest":
        policy = Fastest(entry.take("cost_usd", above_zero), entry.take("quality", one_of(*QUALITIES)))
    elif kind == "weighted":
        policy = Weighted(entry.take("weights", _weights))
    else:
        raise RouteFileError(f"{where}: kind must be declared, cheapest, fastest or weighted")
    entry.done()
    return policy


def _weights(value: object, where: str) -> Mapping[str, float]:
    entry = Fields(value, where)
    weights = {name: entry.take(name, number) for name in entry.names()}
    if not sum(weights.values()) > 0:
        raise RouteFileError(f"{where}: the weights must be above 0 in sum")
    return weights


def _picked(candidates: Sequence[Candidate], name: str, reason: Passed) -> Pick:
    held = any(one.name == name for one in candidates)
    return Pick(name if held else None, {one.name: reason for one in candidates if one.name != name})


def _of_quality(candidates: Sequence[Candidate], least: Quality) -> tuple[dict[str, Passed], list[Candidate]]:
    enough = QUALITIES.index(least)
    left = [one for one in candidates if QUALITIES.index(one.quality) >= enough]
    return {one.name: "quality" for one in candidates if one not in left}, left


def _place(key: str) -> float:
    """A number in [0, 1) that hangs on the key alone."""
    return int.from_bytes(hashlib.sha256(key.encode("utf-8")).digest()[:6], "big") / 2**48
