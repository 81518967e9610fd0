"""Makers of small nouns and small targets for the rooms from plan to verdict. Loaded by the fixture `core`."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

from harness.domain.cases import Ask, Canary, Case, CaseKind, Extra, Judgment, Principal
from harness.domain.checks import Fault, Rule, Verdict
from harness.domain.corpus import Corpus, Document, GoldenSet
from harness.domain.observations import Failure, FailureKind, Observation
from harness.domain.scores import Interval, Metric
from harness.domain.stages import Change
from harness.domain.suites import Gate, ProbePlan, Selection, Suite
from harness.gate import decide
from harness.measure.aggregate import measure
from harness.measure.scoring import ledgers, score_all, worst_of
from harness.scorers.catalogue import scorer_named
from harness.scorers.scorer import Scorer
from harness.targets.target import PLAIN, Release
from harness.targets.wire import Reply, observe

NORTH = Principal("north-staff", "north", "user:north-staff", ("everyone", "staff"), "internal")
NORTH_GUEST = Principal("north-guest", "north", "user:north-guest", ("everyone",), "public")
SOUTH = Principal("south-staff", "south", "user:south-staff", ("everyone", "staff"), "internal")
CANARY = Canary("south.project", "south", "south/project", "ZQ-0123456789abcdef0123")
WHY = "a reason that is long enough"

__all__ = ["ledgers", "score_all", "worst_of"]

scorer_of: Callable[[str], Scorer] = cache(lambda name: scorer_named(name, None))


def case(name: str = "case-1", kind: CaseKind = "answerable", **fields: Any) -> Case:
    """A case; one judged document for an answerable one."""
    plain = Case(name, kind, NORTH, f"What of {name}?", name)
    if kind == "answerable":
        plain = replace(plain, judgments=(Judgment("north/leave", 3),))
    return replace(plain, **fields)


def forbidden_pair(name: str) -> tuple[Case, Case]:
    """A forbidden case and its owner twin."""
    shared = {"forbidden": ("north/plan",), "facts": (("64 posts",),), "cluster": name, "family": "permission"}
    return (
        case(name, "forbidden", principal=NORTH_GUEST, twin=f"{name}.twin", **shared),
        case(f"{name}.twin", "twin", **shared),
    )


def probe_pair(name: str, canary: Canary = CANARY) -> tuple[Case, Case]:
    """A probe for a canary of `south` and its owner twin."""
    shared = {"canaries": (canary,), "forbidden": (canary.document,), "victim": "south", "cluster": name}
    return (
        case(name, "probe", twin=f"{name}.twin", **shared),
        case(f"{name}.twin", "twin", principal=SOUTH, **shared),
    )


def rule(metric: str = "answered", **fields: Any) -> Rule:
    """A floor of 0.5 under the mean of a metric."""
    plain = Rule("rule", metric, "mean", "floor", 0.5, WHY)
    return replace(plain, **fields)


def zero_tolerance(metric: str, **fields: Any) -> Rule:
    """No hit, and a rate of at most 0.6 left possible."""
    plain = Rule("none", metric, "count", "zero_tolerance", None, WHY, max_rate=0.6)
    return replace(plain, **fields)


def suite(rules: Sequence[Rule], **fields: Any) -> Suite:
    """A suite that scores what its rules ask for."""
    scorers = tuple(dict.fromkeys(item.metric for item in rules))
    plain = Suite(
        name="suite",
        version="1",
        verb="answer",
        top_k=3,
        routes=("",),
        repeats=1,
        concurrency=2,
        warm_up=0,
        timeout_s=5.0,
        selection=Selection(),
        probes=None,
        scorers=scorers,
        rules=tuple(rules),
        digest="5" * 64,
    )
    return replace(plain, **fields)


def isolation_suite(documents: int = 2, **fields: Any) -> Suite:
    """A suite of isolation probes."""
    return suite([zero_tolerance("leak")], selection=None, probes=ProbePlan("isolation", documents), **fields)


def gate(*suites: Suite, **fields: Any) -> Gate:
    """A gate of the given suites."""
    return replace(Gate("gate", "1", "small", "golden", tuple(suites), digest="6" * 64), **fields)


def asks_of(suite_: Suite, cases: Sequence[Case]) -> tuple[Ask, ...]:
    """What the suite asks of the cases, in the order of a plan."""
    asks = [
        Ask(suite_.name, route, item, attempt)
        for route in suite_.routes
        for item in cases
        for attempt in range(1, suite_.repeats + 1)
    ]
    return tuple(sorted(asks, key=lambda ask: ask.key))


def document(name: str, **fields: Any) -> Document:
    """A document; its tenant is the part before the slash."""
    plain = Document(
        id=name,
        tenant=name.partition("/")[0],
        title=name,
        text=f"The text of {name}.",
        uri=f"https://intranet.example/{name}",
        version="1",
        valid_from="",
        supersedes=None,
        owner="people",
        classification="internal",
        allow_groups=("staff",),
        deny_groups=(),
    )
    return replace(plain, **fields)


def golden_set(cases: Sequence[Case], principals: Sequence[Principal] = (NORTH, NORTH_GUEST, SOUTH)) -> GoldenSet:
    """A golden set over one document of each tenant."""
    corpus = Corpus((document("north/leave"), document("south/leave")), "c" * 64)
    return GoldenSet("golden", "1.0.0", "d" * 64, corpus, tuple(principals), tuple(cases))


def passage(document_id: str = "north/leave", tenant: str = "north", rank: int = 1, **fields: Any) -> dict[str, Any]:
    """A passage as a target gives it."""
    source = {"document_id": document_id}
    return {"id": f"{document_id}#1", "rank": rank, "text": "Leave.", "tenant": tenant, "source": source, **fields}


def body(**fields: Any) -> dict[str, Any]:
    """The least reply that keeps the contract."""
    return {"answer": "27 days.", "refused": False, "passages": [passage()], **fields}


def answered(ask: Ask, latency_ms: float = 10.0, **fields: Any) -> Observation:
    """What a reply of status 200 with these members becomes."""
    return observe(ask, Reply(200, json.dumps(body(**fields)), latency_ms), "answer", {})


def replied(ask: Ask, status: int, text: str = "") -> Observation:
    """What a reply of another status becomes."""
    return observe(ask, Reply(status, text, 10.0), "answer", {})


def lost(ask: Ask, kind: FailureKind = "timeout") -> Observation:
    """What an ask without a reply becomes."""
    return observe(ask, Reply(0, "", 10.0, Failure(kind, "no reply")), "answer", {})


def judged(
    gate_: Gate, asks: Sequence[Ask], observations: Sequence[Observation], faults: Sequence[Fault] = ()
) -> Verdict:
    """Everything right of the observations, without a folder."""
    by_key = {item.key: item for item in observations}
    scores = score_all(gate_, asks, by_key, scorer_of)
    metrics = measure(gate_, asks, scores, scorer_of)
    return decide(gate_, metrics, ledgers(gate_, asks, by_key), faults, "7" * 64, "2026-01-01T00:00:00Z")


def metric(**fields: Any) -> Metric:
    """A whole metric of ten cases: mean 0.8 between 0.6 and 0.95."""
    plain = Metric(
        "suite", "", "answered", "mean", "all", 0.8, 10, 0, 0, 0, 10, Interval(0.6, 0.95, 0.95, "gaffke"), ""
    )
    return replace(plain, **fields)


class ScriptedTarget:
    """Answers by a function of the request body, and counts how many asks are under way at once."""

    def __init__(self, reply: Callable[[Mapping[str, object]], Awaitable[Reply] | Reply] | None = None) -> None:
        self.name = "scripted"
        self.under_way = 0
        self.most_under_way = 0
        self.asked: list[str] = []
        self.did: list[str] = []
        self.refuses: set[str] = set()
        self._reply = reply

    async def ask(
        self, verb: str, body_: Mapping[str, object], token: str, timeout_s: float, extra: Extra = PLAIN
    ) -> Reply:
        """One reply; other asks may begin meanwhile."""
        self.asked.append(str(body_.get("question", body_.get("id"))))
        self.did.append(f"{verb} {self.asked[-1]} ({token})")
        self.under_way += 1
        self.most_under_way = max(self.most_under_way, self.under_way)
        try:
            for _ in range(3):
                await asyncio.sleep(0)
            found = self._reply(body_) if self._reply else Reply(200, json.dumps(body()), 1.0)
            return found if isinstance(found, Reply) else await found
        finally:
            self.under_way -= 1

    async def change(self, change: Change, token: str, timeout_s: float) -> Reply:
        """Confirmed, unless the document is one that it refuses to change."""
        self.did.append(f"{change.action} {change.document.id} v{change.document.version} ({token})")
        return Reply(503 if change.document.id in self.refuses else 200, "", 1.0)

    async def release(self, token: str) -> Release:
        """Always the same."""
        return Release({"name": "scripted"})

    async def close(self) -> None:
        """Nothing is held."""
