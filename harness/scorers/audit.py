"""Scorers of what is left behind and of which way was taken: the audit record, and the route."""

import json
from collections.abc import Iterator
from dataclasses import dataclass

from harness.domain.cases import Case
from harness.domain.observations import Observation
from harness.scorers.citations import QUESTIONS
from harness.scorers.missing import NO_ANSWER
from harness.scorers.scorer import Value


@dataclass(frozen=True, slots=True)
class AuditedScorer:
    """1 where the record of an answer could be read as soon as the answer was there, and names the asker's tenant.

    Such a case is asked with the verb `record`: the reply is the record, or the refusal to show one.
    """

    name: str = "audited"
    version: str = "1"
    lowest: float = 0.0
    highest: float | None = 1.0
    higher_is_better: bool = True
    reads_failures: bool = True

    def applies(self, case: Case) -> bool:
        """Cases that ask for the record of an answer."""
        return case.verb == "record"

    def score(self, case: Case, observation: Observation) -> Value:
        """A record that is refused is not there; where the answer itself failed there is nothing to find."""
        failure = observation.failure
        if failure is not None and failure.kind in {"denied", "rejected"}:
            return Value(0.0, f"there was no record to read: {failure.message}")
        if failure is not None:
            return Value(None, f"{failure.kind}: {failure.message}")
        tenants = set(_named(json.loads(observation.body), "tenant"))
        if not tenants:
            return Value(0.0, "the record names no tenant")
        return Value(1.0, "the record names the tenant") if tenants == {case.principal.tenant} else Value(
            0.0, "the record names another tenant"
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class RouteTakenScorer:
    """1 where the answer came over the route that was asked for, or names the one it took where none was asked for."""

    name: str = "route_taken"
    version: str = "1"
    lowest: float = 0.0
    highest: float | None = 1.0
    higher_is_better: bool = True
    reads_failures: bool = False

    def applies(self, case: Case) -> bool:
        """Questions that are answered: answerable, unanswerable and forbidden cases."""
        return case.kind in QUESTIONS and case.verb in ("", "answer")

    def score(self, case: Case, observation: Observation) -> Value:  # noqa: ARG002  the protocol's signature
        """A route that is not named was not taken; the reason names no route, since its name is the target's word."""
        if observation.answer is None:
            return NO_ANSWER
        route = observation.answer.route
        if route is None or not route.name:
            return Value(0.0, "the reply names no route")
        if observation.route in ("", route.name):
            return Value(1.0, "the route that was asked for")
        return Value(0.0, "another route than the one that was asked for")


def _named(value: object, member: str) -> Iterator[object]:
    """Every value of the members of that name, at any depth."""
    if isinstance(value, dict):
        for name, item in value.items():
            if name == member and isinstance(item, str):
                yield item
            yield from _named(item, member)
    elif isinstance(value, list):
        for item in value:
            yield from _named(item, member)
