"""Scorers of comparisons: a reply that must equal another one. No judge and no canary is needed for them."""

from dataclasses import dataclass

from harness.domain.cases import Case
from harness.domain.observations import Observation
from harness.scorers.probes import NOT_NOW
from harness.scorers.replies import Replies, difference, told_apart
from harness.scorers.scorer import Value


@dataclass(frozen=True, slots=True)
class ChangedScorer:
    """1 where the answer is another one than its base's, in any part but times and the audit record, else 0.

    Without its A/A control a difference says nothing: the target may give two answers to one question by itself.
    """

    replies: Replies
    name: str = "changed"
    version: str = "1"
    lowest: float = 0.0
    highest: float | None = 1.0
    higher_is_better: bool = False
    reads_failures: bool = False

    def applies(self, case: Case) -> bool:
        """Comparisons of answers."""
        return case.kind == "unchanged"

    def score(self, case: Case, observation: Observation) -> Value:
        """Names the parts that differ, never what stands in them."""
        repeated = _repeated(case, observation, self.replies)
        parts = difference(case, observation, self.replies)
        if parts is None or repeated is None:
            return Value(None, f"void: the base {case.reference} was not answered twice")
        if (alone := difference(case, repeated, self.replies)) != "":
            return Value(None, f"void: the A/A control {case.repeated} differs in {alone or 'that it failed'}")
        return Value(1.0, f"differs from {case.reference} in {parts}") if parts else Value(0.0, "the same as its base")


@dataclass(frozen=True, slots=True)
class DistinguishableScorer:
    """1 where a caller can tell the reply from its base's by status, headers or body, else 0.

    Refusals of bad credentials are compared too: what tells them apart tells an attacker how far a forgery got.
    """

    replies: Replies
    name: str = "distinguishable"
    version: str = "2"
    lowest: float = 0.0
    highest: float | None = 1.0
    higher_is_better: bool = False
    reads_failures: bool = True

    def applies(self, case: Case) -> bool:
        """Comparisons of whole replies, and bad credentials that are to be refused like another one."""
        return case.kind == "indistinguishable" or (case.kind == "bad_credential" and bool(case.reference))

    def score(self, case: Case, observation: Observation) -> Value:
        """A refusal is compared like an answer; a reply that never came is no evidence."""
        parts = told_apart(case, observation, self.replies)
        if parts is None:
            return Value(None, f"nothing to compare: no reply, or none of {case.reference}")
        repeated = _repeated(case, observation, self.replies)
        if case.repeated and (alone := told_apart(case, repeated, self.replies) if repeated else None) != "":
            return Value(None, f"void: the A/A control {case.repeated} differs in {alone or 'that it got no reply'}")
        if observation.status in NOT_NOW or (observation.status >= 500 and not parts):
            return Value(None, f"no clean reply to compare: HTTP {observation.status}")
        found = f"told from {case.reference} by its {parts}"
        return Value(1.0, found) if parts else Value(0.0, "as its base, byte for byte")


def _repeated(case: Case, observation: Observation, replies: Replies) -> Observation | None:
    """The A/A control's reply: of the same suite, route and attempt."""
    return replies.get((observation.suite, observation.route, case.repeated, observation.attempt))
