"""What a tenant allows to be done with its passages: where, by whom, and with which classes of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from system_under_test.nouns import CLASSIFICATIONS, Classification, RankedPassage
from system_under_test.routing.strict_fields import Fields, some_of, texts

LOCAL_REGION: Final = "local"
"""The region of what runs in this process."""
EXTRACTIVE_PROVIDER: Final = "extractive"
"""The provider that runs in this process."""


@dataclass(frozen=True, slots=True)
class Constraints:
    """What one tenant admits. An empty set admits nothing."""

    regions: frozenset[str]
    providers: frozenset[str]
    classes_outside: frozenset[Classification]
    """The classes of passages that may leave this process."""


UNLISTED: Final = Constraints(frozenset({LOCAL_REGION}), frozenset({EXTRACTIVE_PROVIDER}), frozenset())
"""For a tenant that the file does not name: every route in this process, and none outside."""


def read_constraints(value: object, where: str) -> Constraints:
    """The constraints in a mapping. Raises RouteFileError."""
    entry = Fields(value, where)
    found = Constraints(
        regions=frozenset(entry.take("regions", texts)),
        providers=frozenset(entry.take("providers", texts)),
        classes_outside=entry.take("classes_outside", some_of(*CLASSIFICATIONS)),
    )
    entry.done()
    return found


def read_tenants(value: object, where: str) -> Mapping[str, Constraints]:
    """The constraints of each tenant that is named. Raises RouteFileError."""
    entry = Fields(value, where)
    return {name: entry.take(name, read_constraints) for name in entry.names()}


def classes_of(passages: tuple[RankedPassage, ...]) -> frozenset[Classification]:
    """The classes of the passages. A class that nobody knows counts as the highest."""
    return frozenset(_known(ranked.passage.document.classification) for ranked in passages)


def _known(declared: str) -> Classification:
    for known in CLASSIFICATIONS:
        if known == declared:
            return known
    return CLASSIFICATIONS[-1]
