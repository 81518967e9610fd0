"""Routes, passages and a clock for the routing tests."""

import datetime as dt
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from system_under_test.nouns import CLASSIFICATIONS, Document, Passage, RankedPassage, Retrieved
from system_under_test.routing.answer import Answerer
from system_under_test.routing.clock import Clock
from system_under_test.routing.errors import RouteFailedError
from system_under_test.routing.evidence import Evidence
from system_under_test.routing.policies import Policy
from system_under_test.routing.router import Attempt, Router
from system_under_test.routing.routes import ExtractiveRoute, HostedRoute, Route, Routes, load_routes
from system_under_test.routing.tenants import Constraints

SHIPPED = load_routes()
EVERYTHING = Constraints(
    frozenset({"local", "eu", "us"}), frozenset({"extractive", "one", "two"}), frozenset(CLASSIFICATIONS)
)
QUERY = np.zeros(384, np.float32)
TERMS = ("provider", "region", "data_classes", "quality", "expected_ms", "fallback")


def hosted(name: str, **changes: Any) -> HostedRoute:
    """A hosted route that needs no environment; `changes` may name its terms too."""
    shipped = SHIPPED.by_name["hosted"]
    assert isinstance(shipped, HostedRoute)
    given = {"provider": "one", "region": "eu", "fallback": (), "data_classes": frozenset(CLASSIFICATIONS), **changes}
    terms = replace(shipped.terms, **{one: given.pop(one) for one in TERMS if one in given})
    plain = {"name": name, "model": f"openai/{name}", "api_base_env": "", "api_key_env": "", "terms": terms}
    return replace(shipped, **{**plain, **given})


def extractive(name: str, **changes: Any) -> ExtractiveRoute:
    """An extractive route; `changes` are of its terms."""
    shipped = SHIPPED.by_name["fast"]
    assert isinstance(shipped, ExtractiveRoute)
    return replace(shipped, name=name, terms=replace(shipped.terms, fallback=(), **changes))


def routes(*declared: Route, policy: Policy | None = None, deadline_s: float = 30.0, **tenants: Constraints) -> Routes:
    """Declared routes, the first of which is the default. The tenant `acme` admits everything unless it is given."""
    chosen = {"policy": policy} if policy is not None else {}
    named = {"acme": EVERYTHING, **tenants}
    return Routes(declared[0].name, {one.name: one for one in declared}, deadline_s=deadline_s, tenants=named, **chosen)


def passages(*classes: str, text: str = "Annual leave is 27 days a year.") -> tuple[RankedPassage, ...]:
    """One passage of each class."""
    found = []
    for rank, each in enumerate(classes, 1):
        groups = frozenset({"everyone"})
        document = Document(
            f"d{rank}", "acme", "Leave", text, "", "1", "", None, "people", each, groups, frozenset(), "0" * 64
        )
        found.append(RankedPassage(Passage(f"p{rank}", document, "Leave", text, 0, len(text)), rank, 1 / rank))
    return tuple(found)


class Hands:
    """A clock whose hands are turned by hand; a sleep turns them."""

    def __init__(self) -> None:
        self.now_s = 1_000.0
        self.day = dt.date(2026, 11, 22)
        self.slept: list[float] = []
        self.clock = Clock(lambda: self.now_s, lambda: self.day, self._sleep)

    def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now_s += seconds


@dataclass(frozen=True)
class Completed:
    """What a model sent back."""

    content: str
    model: str = "scripted"
    input_tokens: int = 10
    output_tokens: int = 5
    cost_usd: float = 0.001
    first_token_ms: float | None = 3.0


GOOD = json.dumps({"answer": "27 days.", "refused": False, "citations": [{"passage_id": "p1", "quote": "27 days"}]})


class Script:
    """A completer that does what it is told: a text is a reply, an error is raised, a function is called."""

    def __init__(self, *steps: str | Exception | Callable[[Route], str]) -> None:
        self.steps = list(steps)
        self.asked: list[Route] = []

    def complete(self, route: Route, messages: Sequence[object], evidence: Evidence) -> Completed:
        """The next step; the last one stays."""
        self.asked.append(route)
        step = self.steps.pop(0) if len(self.steps) > 1 else self.steps[0]
        if isinstance(step, Exception):
            raise step
        return Completed(step if isinstance(step, str) else step(route))

    @property
    def names(self) -> list[str]:
        """The routes that were asked, in order."""
        return [route.name for route in self.asked]


class NoSentences:
    """A retrieval that prepares nothing."""

    def sentences(self, _: object) -> list[object]:
        """None."""
        return []


@dataclass
class Routing:
    """A router over a script, with everything around it in reach."""

    router: Router
    script: Script
    hands: Hands
    attempts: list[Attempt]

    def ask(self, asked: Any, found: tuple[RankedPassage, ...] | None = None) -> Any:
        """Choose and answer."""
        retrieved = Retrieved(passages("internal") if found is None else found)
        choice = self.router.choose(asked, retrieved)
        return self.router.answer(choice, asked, QUERY, retrieved, self.attempts.append)

    @property
    def outcomes(self) -> list[tuple[str, str]]:
        """Route and outcome of every attempt."""
        return [(one.route, one.outcome) for one in self.attempts]


def routing(declared: Routes, *steps: str | Exception | Callable[[Route], str], **environment: str) -> Routing:
    """A router over a script of what its models do."""
    hands, script = Hands(), Script(*steps)
    answerer = Answerer(NoSentences(), script)  # type: ignore[arg-type]
    return Routing(Router(declared, answerer, environment, hands.clock), script, hands, [])


def failing(kind: Any = "server_error", **more: Any) -> RouteFailedError:
    """A fault of this kind."""
    return RouteFailedError(f"it failed: {kind}", kind, **more)
