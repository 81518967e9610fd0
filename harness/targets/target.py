"""What every target can do: be asked, and say what it is."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Protocol

from harness.domain.cases import Extra
from harness.domain.digest import canonical_json, digest_of
from harness.domain.stages import Change
from harness.targets.wire import Reply

PLAIN = Extra()
"""A request with nothing beside the contract."""
HERE = "[token]"
"""Stands for the token where a probe says itself where it goes, and in what is kept of a reply that repeats it."""


@dataclass(frozen=True, slots=True)
class Release:
    """Everything that wants promotion, named by digest, as the target itself says."""

    described: Mapping[str, object]

    @property
    def digest(self) -> str:
        """sha256 of the canonical JSON of the description, the member `corpus` left out.

        The corpus that a target holds while it is judged has this run's canaries in it; the golden set's own corpus
        digest stands in the run beside this one.
        """
        return digest_of(_without_corpus(self.described))


def described_release(described: object) -> Release:
    """A description that can be digested: a JSON object with members. Raises ValueError for anything else."""
    if not isinstance(described, Mapping) or not described:
        raise ValueError("not a JSON object with members")
    try:
        release = Release(dict(described))
        canonical_json(release.described)
    except (TypeError, RecursionError) as fault:
        raise ValueError("not a JSON object with members") from fault
    return release


def placed(extra: Extra, token: str) -> tuple[Extra, str]:
    """The extra with the token where HERE stands in it, and the token that is left for the Authorization header.

    That is none once it was placed: where a probe says where the token goes, it goes nowhere else.
    """
    pairs = (*extra.headers, *extra.query)
    if not any(HERE in value for _, value in pairs):
        return extra, token
    headers, query = (
        tuple((name, value.replace(HERE, token)) for name, value in part) for part in (extra.headers, extra.query)
    )
    return replace(extra, headers=headers, query=query), ""


def _without_corpus(described: Mapping[str, object]) -> dict[str, object]:
    return {
        name: _without_corpus(value) if isinstance(value, Mapping) else value
        for name, value in described.items()
        if name != "corpus"
    }


class Target(Protocol):
    """A system that can be asked. A fault of the system is data in the reply, never an exception."""

    @property
    def name(self) -> str:
        """How the report names it."""

    async def ask(
        self, verb: str, body: Mapping[str, object], token: str, timeout_s: float, extra: Extra = PLAIN
    ) -> Reply:
        """Put one question with the token of the one who asks; `open` and `record` ask for the `id` in the body."""

    async def change(self, change: Change, token: str, timeout_s: float) -> Reply:
        """Put or delete one document with the token of one who may. To delete what is not there is no fault."""

    async def release(self, token: str) -> Release:
        """What is being released. Raises TargetError where the target does not answer."""

    async def close(self) -> None:
        """Give back what the target holds."""
