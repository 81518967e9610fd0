"""The files of a folder, and their content. Nothing outside the folder is ever opened."""

import os
import stat
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from system_under_test.ingestion.faults import FaultCode, FileFault, IngestionError, Problem
from system_under_test.ingestion.limits import Limits

SIDECAR = ".meta.yaml"
"""`<file>.meta.yaml` holds the metadata of `<file>`."""
_ALIKE = (SIDECAR, ".meta.yml")

_DIRECTION = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Characters that make a name look like another one."""
_REFUSED_CATEGORIES = frozenset({"Cc", "Cs", "Zl", "Zp"})
_SHUT: frozenset[FaultCode] = frozenset({"name", "nesting", "symlink", "unreadable"})
"""Faults of an entry that leave open what lies below it."""


@dataclass(frozen=True, slots=True)
class Listing:
    """What lies in a folder. Paths are relative to it, with `/` between their parts, sorted."""

    files: tuple[str, ...]
    sidecars: frozenset[str]
    """The files that have a sidecar; not the sidecars themselves."""
    problems: tuple[Problem, ...]
    unseen: frozenset[str]
    """Where nobody looked further, and where a folder may be: unreadable, a symbolic link, too deep, badly named."""
    ignored: int
    """Entries left out: hidden files and folders, and what a pattern names."""


def listing(folder: Path, ignore: Sequence[str], limits: Limits) -> Listing:
    """Every file below the folder that may be read, and a problem for everything that may not.

    A symbolic link is refused wherever it leads: inside the folder it would show a file a second time without its
    sidecar, under the access rules of the whole folder. Raises IngestionError if the folder cannot be listed or holds
    more files than the limit.
    """
    files: list[str] = []
    alike: list[str] = []
    problems: list[Problem] = []
    ignored: set[str] = set()
    unseen: set[str] = set()
    for path, fault in _entries(folder, limits):
        if path.casefold().endswith(_ALIKE):
            alike.append(path)
        elif left_out(path, ignore):
            ignored.add(path)
            continue
        elif fault is None:
            files.append(path)
        if fault is not None:
            problems.append(Problem.of(path, fault))
            unseen.update([path] if fault.code in _SHUT else [])
        if len(files) + len(alike) + len(problems) > limits.files:
            raise IngestionError(f"the folder holds more than {limits.files} files: ingest its parts one by one")
    unusable = {problem.path for problem in problems}
    known = frozenset(files)
    usable = {
        path.removesuffix(SIDECAR)
        for path in alike
        if path not in unusable and path.endswith(SIDECAR) and path.removesuffix(SIDECAR) in known
    }
    problems.extend(_strays(alike, usable, unusable | ignored))
    bereft = {folded(_base(path)) for path in alike if not path.endswith(SIDECAR) or _base(path) not in usable}
    robbed = {path for path in files if not bereft.isdisjoint(_names_of(path))}
    problems.extend(Problem.of(path, FileFault("sidecar")) for path in sorted(robbed))
    sound = sorted(set(files) - robbed)
    return Listing(tuple(sound), frozenset(usable), tuple(problems), frozenset(unseen), len(ignored))


def content_of(folder: Path, path: str, limit: int) -> bytes:
    """The bytes of a regular file of the folder, at most `limit`.

    Each part of the path is opened without following links, so that a link put there after the listing is refused too.
    Raises FileFault: `large`, `symlink`, `special` or `unreadable`.
    """
    descriptors: list[int] = []
    try:
        descriptors.append(os.open(folder, os.O_RDONLY | os.O_DIRECTORY))
        *folders, name = path.split("/")
        for part in folders:
            descriptors.append(os.open(part, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=descriptors[-1]))
        # O_NONBLOCK: a named pipe would otherwise wait for its writer for ever.
        descriptors.append(os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=descriptors[-1]))
        status = os.fstat(descriptors[-1])
        if not stat.S_ISREG(status.st_mode):
            raise FileFault("special")
        with os.fdopen(os.dup(descriptors[-1]), "rb") as stream:
            content = stream.read(limit + 1)
    except OSError as error:
        raise FileFault("unreadable", error.strerror or "") from None
    finally:
        for descriptor in descriptors:
            os.close(descriptor)
    if len(content) > limit:
        raise FileFault("large", f"more than {limit} bytes")
    return content


def left_out(path: str, ignore: Sequence[str]) -> bool:
    """Whether a path is hidden, or a pattern names it or a folder that it lies in."""
    return any(_is_left_out(place, ignore) for place in places_of(path))


def places_of(path: str) -> list[str]:
    """The folders that a path lies in, outermost first, and the path itself."""
    return [path[:end] for end, letter in enumerate(path) if letter == "/"] + [path]


def folded(name: str) -> str:
    """A path or an id as a reader who mistakes one letter for another sees it."""
    return unicodedata.normalize("NFKC", name).casefold()


def _is_left_out(place: str, ignore: Sequence[str]) -> bool:
    name = place.rsplit("/", 1)[-1]
    return _hidden(name) or any(fnmatchcase(place, pattern) or fnmatchcase(name, pattern) for pattern in ignore)


def _entries(folder: Path, limits: Limits) -> Iterator[tuple[str, FileFault | None]]:
    """Every entry that is no folder, with what is wrong with it; folders only where they are not entered."""
    pending: list[tuple[str, ...]] = [()]
    while pending:
        parts = pending.pop()
        try:
            with os.scandir(folder.joinpath(*parts)) as found:
                entries = sorted(found, key=lambda entry: entry.name)
        except OSError as error:
            if not parts:
                raise IngestionError(f"the folder cannot be listed: {error.strerror}") from error
            yield "/".join(parts), FileFault("unreadable", error.strerror or "")
            continue
        for entry in entries:
            inside = (*parts, entry.name)
            fault = _fault(entry, len(inside) > limits.depth)
            if fault is None and not _hidden(entry.name) and entry.is_dir(follow_symlinks=False):
                pending.append(inside)
            else:
                yield "/".join(inside), fault


def _fault(entry: "os.DirEntry[str]", too_deep: bool) -> FileFault | None:  # noqa: FBT001 - private, one caller
    if any(unicodedata.category(letter) in _REFUSED_CATEGORIES or letter in _DIRECTION for letter in entry.name):
        return FileFault("name")
    if entry.is_symlink():
        return FileFault("symlink")
    if too_deep:
        return FileFault("nesting")
    if not entry.is_dir(follow_symlinks=False) and not entry.is_file(follow_symlinks=False):
        return FileFault("special")
    return None


def _hidden(name: str) -> bool:
    """Also `~$...`, which Word keeps beside a document while somebody has it open."""
    return name.startswith((".", "~$"))


def _base(path: str) -> str:
    ending = next(ending for ending in _ALIKE if path.casefold().endswith(ending))
    return path[: -len(ending)]


def _names_of(path: str) -> set[str]:
    """What a sidecar that is meant for this file could call it: in other letters, or without its extension."""
    folder, slash, name = path.rpartition("/")
    return {folded(path), folded(f"{folder}{slash}{name.rpartition('.')[0]}")}


def _strays(alike: Sequence[str], usable: set[str], settled: set[str]) -> Iterator[Problem]:
    """Sidecars that belong to no file, or are almost named like one; not those of a file that is left out."""
    for path in alike:
        if {path, _base(path)} & settled or (path.endswith(SIDECAR) and _base(path) in usable):
            continue
        yield Problem(
            path,
            "is a sidecar without its file",
            f"name it like its file, letter by letter, with {SIDECAR} at the end; or remove it",
        )
