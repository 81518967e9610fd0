"""From what follows `--target` to a target that can be asked, with the issuer whose tokens it takes."""

import json
from dataclasses import dataclass
from pathlib import Path

from harness.errors import InvalidInput
from harness.load.strict import read_text
from harness.targets.callable import PREFIX, target_by_function
from harness.targets.declared import Setting, start_declared
from harness.targets.http import checked_address, target_by_url
from harness.targets.identity import Issuer, load_issuer, new_issuer
from harness.targets.ingestion import with_ingestion
from harness.targets.target import Release, Target, described_release


@dataclass(frozen=True, slots=True)
class Wish:
    """What the caller asked for."""

    target: str
    """A declared name, an http(s) address, or `python:module:function`."""
    identity: Path | None = None
    """For an address: the identity file of the issuer that the target trusts."""
    release: Path | None = None
    """For a system that does not name its release itself: a JSON object that does."""
    ingest: str = ""
    """For an address: `contract` or `python:module:function`; the harness then puts the corpus there itself."""

    def __post_init__(self) -> None:
        """Refuse an address with a password in it before anything repeats the address."""
        if self.by_url:
            checked_address(self.target)

    @property
    def by_url(self) -> bool:
        """Whether the target runs elsewhere, with a corpus that this process did not hand it."""
        return self.target.startswith(("http://", "https://"))


@dataclass(frozen=True, slots=True)
class Opened:
    """A target and the issuer that signs for it."""

    target: Target
    issuer: Issuer
    fill: bool = False
    """Whether the corpus is yet to be put into the target."""


def open_target(wish: Wish, documents: Path, work_folder: Path, cache_folder: Path) -> Opened:
    """Reach or start the target. Raises InvalidInput for a wish that cannot be, TargetError where it does not start."""
    known = _declared_release(wish.release) if wish.release else None
    if wish.by_url:
        if wish.identity is None:
            raise InvalidInput(
                f"the target {wish.target} takes tokens of an issuer that it trusts",
                next_step="give its identity file with --identity FILE (docs/targets.md shows one)",
            )
        target = with_ingestion(target_by_url(wish.target, known), wish.ingest)
        return Opened(target, load_issuer(wish.identity), fill=bool(wish.ingest))
    if wish.ingest:
        raise InvalidInput(
            f"the target {wish.target!r} is handed its corpus when it is started",
            next_step="leave --ingest out; it is for a target by address",
        )
    issuer = load_issuer(wish.identity) if wish.identity else new_issuer()
    if wish.target.startswith(PREFIX):
        return Opened(target_by_function(wish.target, known), issuer)
    if known:
        raise InvalidInput(
            f"the target {wish.target!r} is started here and names its release itself", next_step="leave --release out"
        )
    return Opened(start_declared(wish.target, Setting(documents, work_folder, cache_folder, issuer)), issuer)


def _declared_release(path: Path) -> Release:
    try:
        return described_release(json.loads(read_text(path)))
    except (ValueError, RecursionError) as fault:
        raise InvalidInput(f"{path}: a release is described by a JSON object with members") from fault
