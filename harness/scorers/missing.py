"""What a scorer says where there is nothing to judge."""

from harness.scorers.scorer import Value

NO_ANSWER = Value(None, "the ask gave no answer to judge")
"""For a failed ask, which is counted by whoever measures and not by the scorer."""
