"""A mapping at the border, taken apart key by key; whatever is left at the end was not known."""

import datetime as dt
import math
from collections.abc import Callable
from typing import TypeVar

from system_under_test.routing.errors import RouteFileError

_T = TypeVar("_T")


class Fields:
    """The keys of one mapping. Every fault is a RouteFileError that names the place."""

    def __init__(self, value: object, where: str) -> None:
        if not isinstance(value, dict) or not all(isinstance(key, str) for key in value):
            raise RouteFileError(f"{where}: must be a mapping with text keys")
        self._left = dict(value)
        self._where = where

    def names(self) -> list[str]:
        """The keys that have not been taken, as the file lists them."""
        return list(self._left)

    def take(self, key: str, convert: Callable[[object, str], _T]) -> _T:
        """The converted value of a key that must be there."""
        if key not in self._left:
            raise RouteFileError(f"{self._where}: missing key {key}")
        return convert(self._left.pop(key), f"{self._where}.{key}")

    def take_or(self, key: str, convert: Callable[[object, str], _T], absent: _T) -> _T:
        """The converted value of a key that may be left out."""
        return self.take(key, convert) if key in self._left else absent

    def done(self) -> None:
        """Refuse what was not taken."""
        if self._left:
            raise RouteFileError(f"{self._where}: unknown key {', '.join(sorted(self._left))}")


def text(value: object, where: str) -> str:
    """A text that is not empty."""
    if not isinstance(value, str) or not value:
        raise RouteFileError(f"{where}: must be a non-empty text")
    return value


def integer(value: object, where: str) -> int:
    """An integer; a boolean is none."""
    if not isinstance(value, int) or isinstance(value, bool):
        raise RouteFileError(f"{where}: must be an integer")
    return value


def positive(value: object, where: str) -> int:
    """An integer of at least 1."""
    number_of = integer(value, where)
    if number_of < 1:
        raise RouteFileError(f"{where}: must be at least 1")
    return number_of


def number(value: object, where: str) -> float:
    """A finite number of at least 0."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value) or value < 0:
        raise RouteFileError(f"{where}: must be a number, at least 0")
    return float(value)


def above_zero(value: object, where: str) -> float:
    """A finite number above 0."""
    found = number(value, where)
    if found == 0:
        raise RouteFileError(f"{where}: must be above 0")
    return found


def share(value: object, where: str) -> float:
    """A number in [0, 1]."""
    found = number(value, where)
    if found > 1:
        raise RouteFileError(f"{where}: must be in [0, 1]")
    return found


def date(value: object, where: str) -> str:
    """An ISO date, written without quotes."""
    if not isinstance(value, dt.date) or isinstance(value, dt.datetime):
        raise RouteFileError(f"{where}: must be a date such as 2026-01-31")
    return value.isoformat()


def texts(value: object, where: str) -> tuple[str, ...]:
    """A list of different non-empty texts, in its order; it may be empty."""
    if not isinstance(value, list):
        raise RouteFileError(f"{where}: must be a list")
    found = tuple(text(one, where) for one in value)
    if len(set(found)) != len(found):
        raise RouteFileError(f"{where}: names something twice")
    return found


def one_of(*known: _T) -> Callable[[object, str], _T]:
    """A converter that admits these values alone."""

    def convert(value: object, where: str) -> _T:
        for one in known:
            if type(value) is type(one) and value == one:
                return one
        raise RouteFileError(f"{where}: must be one of {', '.join(str(one) for one in known)}")

    return convert


def some_of(*known: _T) -> Callable[[object, str], frozenset[_T]]:
    """A converter that admits a list of these values alone, each once."""
    single = one_of(*known)

    def convert(value: object, where: str) -> frozenset[_T]:
        return frozenset(single(one, where) for one in texts(value, where))

    return convert
