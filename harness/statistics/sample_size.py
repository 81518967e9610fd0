"""How many trials a statement needs, and what a number of tries would have shown."""

from math import ceil, expm1, log, log1p

from harness.statistics.arguments import check_confidence, check_count, check_share

_ROUNDING = 1e-9
"""Slack for a quotient of logarithms that is a whole number but for the last bits."""


def least_trials(max_rate: float, confidence: float) -> int:
    """The fewest trials without a hit that bound the hit rate by `max_rate`: the least n with 1 - alpha^(1/n) <= it.

    59 for 5 % and 299 for 1 % at 0.95. Raises ValueError where a rate or a confidence is out of range.
    """
    check_confidence(confidence)
    check_share("max_rate", max_rate)
    return ceil(log(1 - confidence) / log1p(-max_rate) - _ROUNDING)


def exposure(rate: float, tries: int) -> float:
    """The probability of at least one hit in `tries` independent tries at `rate` each: 1 - (1 - rate)^tries.

    Raises ValueError where the rate is outside 0..1 or the tries are negative.
    """
    if not 0 <= rate <= 1:
        raise ValueError(f"rate must lie in 0..1, not {rate!r}")
    check_count("tries", tries)
    if rate == 1:
        return float(tries > 0)
    return -expm1(tries * log1p(-rate))
