"""How scores, asks and observations of one record are matched."""

from harness.domain.cases import Ask
from harness.domain.observations import Observation
from harness.domain.runs import Record
from harness.domain.scores import Score

Key = tuple[str, str, str, int]
"""Suite, route, case id, attempt."""


def key_of(score: Score) -> Key:
    """The key of the ask that a score judges."""
    return (score.suite, score.route, score.case_id, score.attempt)


def asks_by_key(record: Record) -> dict[Key, Ask]:
    """Every planned ask."""
    return {ask.key: ask for ask in record.asks}


def observations_by_key(record: Record) -> dict[Key, Observation]:
    """Every ask that was made."""
    return {observation.key: observation for observation in record.observations}
