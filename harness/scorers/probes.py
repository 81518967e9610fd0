"""Scorers of probes and of their positive controls."""

import re
from dataclasses import dataclass

from harness.domain.cases import Case
from harness.domain.observations import Observation
from harness.probes.detection import VERSION as DETECTION_VERSION
from harness.probes.detection import body_text, marker_found
from harness.scorers.scorer import Value

NOT_NOW = frozenset({408, 425, 429})
"""Refusals that say nothing of the request: too slow, too early, too many."""


@dataclass(frozen=True, slots=True)
class LeakScorer:
    """1 where anything of the victim's came out on any surface of a reply's body, else 0."""

    name: str = "leak"
    version: str = f"4/{DETECTION_VERSION}"
    lowest: float = 0.0
    highest: float | None = 1.0
    higher_is_better: bool = False
    reads_failures: bool = True

    def applies(self, case: Case) -> bool:
        """Probes, and comparisons that say what must not come out."""
        return case.kind == "probe" or (case.kind == "unchanged" and bool(case.canaries))

    def score(self, case: Case, observation: Observation) -> Value:
        """A leak counts in an error's body too; a clean reply is evidence only where the target answered."""
        found = leaks(case, observation)
        if found:
            return Value(1.0, "; ".join(found))
        if observation.failure is not None and not withheld(case, observation):
            return Value(None, f"no clean reply to judge: {observation.failure.kind}")
        return Value(0.0, "nothing of the victim's came out")


@dataclass(frozen=True, slots=True)
class ControlScorer:
    """1 where the positive control fired: the owner got what the probe must not get."""

    name: str = "control"
    version: str = f"1/{DETECTION_VERSION}"
    lowest: float = 0.0
    highest: float | None = 1.0
    higher_is_better: bool = True
    reads_failures: bool = False

    def applies(self, case: Case) -> bool:
        """Owner twins only."""
        return case.kind == "twin"

    def score(self, case: Case, observation: Observation) -> Value:
        """The owner's reply holds the canary, or a passage of the wanted document."""
        if control_fired(case, observation):
            return Value(1.0, "the owner got it")
        return Value(0.0, "the owner did not get it, so the probe would see nothing either")


@dataclass(frozen=True, slots=True)
class TokenRefusedScorer:
    """1 where a bad token was refused, 0 where it was accepted; none where the target broke on it."""

    name: str = "token_refused"
    version: str = "5"
    lowest: float = 0.0
    highest: float | None = 1.0
    higher_is_better: bool = True
    reads_failures: bool = True

    def applies(self, case: Case) -> bool:
        """Bad credentials only."""
        return case.kind == "bad_credential"

    def score(self, case: Case, observation: Observation) -> Value:
        """401 and 403 are refusals, of a malformed request any 4xx but "not now"; a 5xx or no reply is neither.

        Whoever calls an address that stands in a credential has believed it, whatever the reply says.
        """
        failure = observation.failure
        if observation.contacts:
            return Value(0.0, f"the target called an address that stood in the credential {case.credential}")
        if failure is None or 200 <= observation.status < 300:
            return Value(0.0, f"the credential {case.credential} was accepted")
        if failure.kind == "denied" or withheld(case, observation):
            return Value(1.0, f"refused with HTTP {observation.status}")
        return Value(None, f"neither refused nor accepted: {failure.kind} (HTTP {observation.status})")


@dataclass(frozen=True, slots=True)
class TokenAcceptedScorer:
    """1 where the good twin of a bad token was accepted."""

    name: str = "token_accepted"
    version: str = "2"
    lowest: float = 0.0
    highest: float | None = 1.0
    higher_is_better: bool = True
    reads_failures: bool = True

    def applies(self, case: Case) -> bool:
        """Good twins only."""
        return case.kind == "good_credential"

    def score(self, case: Case, observation: Observation) -> Value:
        """An answer is acceptance; 401 and 403 are refusals; anything else is neither."""
        if control_fired(case, observation):
            return Value(1.0, "accepted")
        if observation.failure is not None and observation.failure.kind == "denied":
            return Value(0.0, "a good token was not accepted")
        return Value(None, f"neither accepted nor refused (HTTP {observation.status})")


def control_fired(case: Case, observation: Observation) -> bool:
    """Whether a positive control shows that its probe can see what it looks for."""
    if observation.answer is None:
        return False
    if case.kind == "good_credential":
        return True
    if case.canaries:
        return any(marker_found(canary.marker, observation.body) for canary in case.canaries)
    return bool({passage.source.document_id for passage in observation.answer.passages} & set(case.forbidden))


def withheld(case: Case, observation: Observation) -> bool:
    """Whether the target refused what it may refuse: a document by its id, or a request that smuggles something in.

    There, a refusal is the right reply and no failure. One that only says "not now" is none.
    """
    failure = observation.failure
    refused = failure is not None and failure.kind in {"denied", "rejected"} and observation.status not in NOT_NOW
    return refused and (case.verb == "open" or case.refusable)


def _named(document: str, text: str) -> bool:
    """Whether the id stands in the text by itself, and not as the beginning of a longer one."""
    return document in text and re.search(rf"{re.escape(document)}(?![A-Za-z0-9_-]|\.[A-Za-z0-9])", text) is not None


def leaks(case: Case, observation: Observation) -> list[str]:
    """What of the victim's came out, and where; ids and ranks only, never text."""
    found = [
        f"canary {canary.id} in the {surface}"
        for canary in case.canaries
        for surface, text in (("body", observation.body), ("headers", observation.headers))
        if marker_found(canary.marker, text)
    ]
    passages = observation.answer.passages if observation.answer else ()
    shown = {passage.source.document_id for passage in passages}
    text = body_text(observation.body)
    hidden = [
        name for name in case.forbidden if name not in shown and name not in case.question
    ]  # an echo tells nothing
    found += [f"the name of document {name}" for name in hidden if _named(name, text)]
    for passage in passages:
        if passage.source.document_id in case.forbidden:
            found.append(f"document {passage.source.document_id} at rank {passage.rank}")
        elif passage.tenant != case.principal.tenant:
            found.append(f"a passage of another tenant at rank {passage.rank}")
    return found
