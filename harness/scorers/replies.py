"""The replies of a run beside one another: whether one equals the reply that it is compared with."""

import json
import re
from collections.abc import Mapping
from types import MappingProxyType

from harness.domain.cases import Case
from harness.domain.observations import Observation

Replies = Mapping[tuple[str, str, str, int], Observation]
"""Every reply of the run by the key of its ask."""
NO_REPLIES: Replies = MappingProxyType({})

VOLATILE = frozenset({"timings_ms", "audit", "request_id"})
"""Members that differ between two right replies to the same question."""
_NAMES = ("answer", "refused", "citations", "passages", "route", "usage")
_NAME_OF_REQUEST = re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}|[0-9a-fA-F]{16,}")


def base_of(case: Case, observation: Observation, replies: Replies) -> Observation | None:
    """The reply that this one is compared with: of the same suite, route and attempt."""
    return replies.get((observation.suite, observation.route, case.reference, observation.attempt))


def difference(case: Case, observation: Observation, replies: Replies) -> str | None:
    """In which parts the answer differs from that of its base; empty where in none, None where one of them is none."""
    base = base_of(case, observation, replies)
    if base is None or base.answer is None or observation.answer is None:
        return None
    one, other = _members(base.body), _members(observation.body)
    differing = {name for name in one.keys() | other.keys() if one.get(name) != other.get(name)}
    named = [name for name in _NAMES if name in differing or _part(base, name) != _part(observation, name)]
    return ", ".join([*named, *(["another member"] if differing - set(_NAMES) else [])])


def told_apart(case: Case, observation: Observation, replies: Replies) -> str | None:
    """By what a caller could tell the reply from its base: status, headers, body. None where one of them never came.

    Whatever looks like the name of a request counts as equal, as long as it is equally long.
    """
    base = base_of(case, observation, replies)
    if base is None or not base.status or not observation.status:
        return None
    parts = {
        "status": (str(base.status), str(observation.status)),
        "headers": (base.headers, observation.headers),
        "body": (base.body, observation.body),
    }
    return ", ".join(name for name, (one, other) in parts.items() if _masked(one) != _masked(other))


def _masked(text: str) -> str:
    return _NAME_OF_REQUEST.sub(lambda found: "*" * len(found[0]), text)


def _members(body: str) -> dict[str, object]:
    value = json.loads(body)
    return {name: item for name, item in value.items() if name not in VOLATILE} if isinstance(value, dict) else {}


def _part(observation: Observation, name: str) -> object:
    """A part of the contract as it was read: through the gate's mapping, where there is one."""
    answer = observation.answer
    return getattr(answer, {"answer": "text"}.get(name, name)) if answer else None
