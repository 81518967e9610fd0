"""The file of mutants: each a small change of the system's sources, and the checks that must catch it."""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from pydantic import Field

from harness.domain.digest import digest_of_bytes
from harness.domain.matrix import UNMUTATED, Kind
from harness.errors import DeclarationError
from harness.load.rules import NAME
from harness.load.strict import Declared, Marks, nearest, read_text, read_yaml_with_marks

_MODULE = r"^[a-z_][a-z0-9_]*(\.[a-z_][a-z0-9_]*)+$"
_TAKEN = frozenset({UNMUTATED, "matrix", "modules"})
"""Names of files that the folder of a matrix has beside those of its mutants."""


@dataclass(frozen=True, slots=True)
class Patch:
    """One text of one module's source that is replaced by another. It must stand there exactly once."""

    module: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Mutant:
    """One change of the system, and what the gate must make of it."""

    name: str
    kind: Kind
    family: str
    about: str
    patches: tuple[Patch, ...]
    caught_by: tuple[str, ...]
    """Checks as `suite.rule`; empty for what must pass."""

    @property
    def suites(self) -> tuple[str, ...]:
        """The suites of those checks, sorted."""
        return tuple(sorted({check.partition(".")[0] for check in self.caught_by}))


@dataclass(frozen=True, slots=True)
class Mutants:
    """The whole file."""

    listed: tuple[Mutant, ...]
    digest: str
    """sha256 of the file."""

    @property
    def packages(self) -> tuple[str, ...]:
        """The top-level packages whose modules are changed, sorted."""
        return tuple(sorted({patch.module.partition(".")[0] for one in self.listed for patch in one.patches}))


class _PatchFile(Declared):
    module: str = Field(pattern=_MODULE)
    old: str = Field(alias="from", min_length=1)
    new: str = Field(alias="to")


class _MutantFile(Declared):
    mutant: str = Field(pattern=NAME)
    family: str = Field(pattern=NAME)
    about: str = Field(min_length=12)
    patches: list[_PatchFile] = Field(min_length=1)
    caught_by: list[str] = Field(min_length=1)


class _HarmlessFile(Declared):
    change: str = Field(pattern=NAME)
    about: str = Field(min_length=12)
    patches: list[_PatchFile] = Field(min_length=1)


class _MutantsFile(Declared):
    mutants: list[_MutantFile] = Field(min_length=1)
    harmless: list[_HarmlessFile] = Field(min_length=1)


def unmutated() -> Mutant:
    """The system as it is, which the gate must pass before anything that it stops can count."""
    return Mutant(UNMUTATED, "unmutated", UNMUTATED, "The system as it is.", (), ())


def load_mutants(path: Path, checks: Collection[str]) -> Mutants:
    """The mutants of a file. `checks` are the blocking checks of the gate, as `suite.rule`.

    Raises DeclarationError, by line, for what the strict reader refuses, a name that stands twice, a text that is
    replaced by itself, and a check that the gate does not have.
    """
    declared, marks = read_yaml_with_marks(path, _MutantsFile)
    listed = (*map(_mutant, declared.mutants), *map(_harmless, declared.harmless))
    places = [("mutants", at) for at in range(len(declared.mutants))]
    places += [("harmless", at) for at in range(len(declared.harmless))]
    for at, (one, place) in enumerate(zip(listed, places, strict=True)):
        _refuse_taken(one, listed[:at], marks, place)
        _refuse_idle(one, marks, place)
        _refuse_unknown(one, checks, marks, place)
    return Mutants(listed, digest_of_bytes(read_text(path).encode("utf-8")))


def _mutant(declared: _MutantFile) -> Mutant:
    patches = tuple(map(_patch, declared.patches))
    return Mutant(declared.mutant, "mutant", declared.family, _line(declared.about), patches, tuple(declared.caught_by))


def _harmless(declared: _HarmlessFile) -> Mutant:
    patches = tuple(map(_patch, declared.patches))
    return Mutant(declared.change, "harmless", "harmless", _line(declared.about), patches, ())


def _patch(declared: _PatchFile) -> Patch:
    return Patch(declared.module, declared.old, declared.new)


def _line(text: str) -> str:
    return " ".join(text.split())


def _refuse_taken(one: Mutant, others: Collection[Mutant], marks: Marks, place: tuple[str | int, ...]) -> None:
    if one.name in _TAKEN or any(other.name == one.name for other in others):
        raise DeclarationError(marks[place], f"the name {one.name!r} is taken; every change has one of its own")


def _refuse_idle(one: Mutant, marks: Marks, place: tuple[str | int, ...]) -> None:
    for at, patch in enumerate(one.patches):
        if patch.old == patch.new:
            raise DeclarationError(marks[(*place, "patches", at)], f"{one.name}: `from` and `to` are the same text")


def _refuse_unknown(one: Mutant, checks: Collection[str], marks: Marks, place: tuple[str | int, ...]) -> None:
    for at, check in enumerate(one.caught_by):
        if check not in checks:
            raise DeclarationError(
                marks[(*place, "caught_by", at)],
                f"{one.name}: the gate has no blocking check {check!r}; {nearest(check, sorted(checks))}",
            )
