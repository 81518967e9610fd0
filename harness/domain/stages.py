"""Stages: what is changed in the target's corpus before the cases of a suite's next part are asked."""

from dataclasses import dataclass
from typing import Literal

from harness.domain.corpus import Document


@dataclass(frozen=True, slots=True)
class Change:
    """One document of one tenant, put or deleted. Deleting one that is not there is no fault."""

    action: Literal["put", "delete"]
    document: Document


@dataclass(frozen=True, slots=True)
class Stage:
    """How one stage of a suite begins, and how its cases are asked."""

    suite: str
    number: int
    """From 0; the same number as `stage` of its cases."""
    changes: tuple[Change, ...] = ()
    """Made in this order before the first ask of the stage."""
    concurrency: int = 0
    """Asks at once; 0 takes the suite's own."""
    cancelled: int = 0
    """Further asks, made among the planned ones and given up at once: they are in no figure."""
