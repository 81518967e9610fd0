"""Checks of arguments: whatever cannot carry a statement raises ValueError with what was found."""

from collections.abc import Sequence
from math import isfinite

import numpy as np
from numpy.typing import NDArray


def check_confidence(confidence: float) -> None:
    """A one-sided confidence lies strictly between 0.5 and 1; anything else raises ValueError."""
    if not 0.5 < confidence < 1:
        raise ValueError(f"confidence must lie between 0.5 and 1, not {confidence!r}")


def check_share(name: str, share: float) -> None:
    """A share of a whole lies strictly between 0 and 1; anything else raises ValueError."""
    if not 0 < share < 1:
        raise ValueError(f"{name} must lie between 0 and 1, not {share!r}")


def check_count(name: str, count: float, least: int = 0, most: int | None = None) -> None:
    """A count is an integer (never a rounded product) from `least` to `most`; anything else raises ValueError."""
    if not isinstance(count, int | np.integer) or count < least or (most is not None and count > most):
        limits = f"at least {least}" if most is None else f"from {least} to {most}"
        raise ValueError(f"{name} must be an integer {limits}, not {count!r}")


def finite(values: Sequence[float]) -> NDArray[np.float64]:
    """The values as an array in the given order; ValueError where there is none or one is not finite."""
    array = np.array(values, dtype=np.float64)
    if array.ndim != 1 or array.size == 0:
        raise ValueError(f"a flat sequence of at least one value is needed, not one of shape {array.shape}")
    if not np.isfinite(array).all():
        place = int(np.flatnonzero(~np.isfinite(array))[0])
        raise ValueError(f"value {place} is {array[place]}, which is not a finite number")
    return array


def bounded(values: Sequence[float], lowest: float, highest: float) -> NDArray[np.float64]:
    """The values as an array in the given order, all within [lowest, highest]; ValueError where they are not."""
    if not (isfinite(lowest) and isfinite(highest) and lowest < highest):
        raise ValueError(f"a range needs two finite ends in order, not {lowest!r} to {highest!r}")
    array = finite(values)
    outside = np.flatnonzero((array < lowest) | (array > highest))
    if outside.size:
        raise ValueError(f"value {outside[0]} is {array[outside[0]]}, outside {lowest} to {highest}")
    return array
