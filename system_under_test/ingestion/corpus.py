"""The straight line: a folder, its files, their documents, one file of documents."""

import hashlib
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path

from system_under_test.ingestion.child import Converter
from system_under_test.ingestion.drafts import Body, Defaults, Draft, document_id, draft, settle
from system_under_test.ingestion.faults import FileFault, IngestionError, Problem
from system_under_test.ingestion.folder import SIDECAR, content_of, folded, listing
from system_under_test.ingestion.kinds import Kind, agreed_kind, decoded
from system_under_test.ingestion.limits import Limits
from system_under_test.ingestion.metadata import Metadata, parse_metadata, split_front_matter
from system_under_test.ingestion.output import write_accepted
from system_under_test.ingestion.remains import Looked, Remains, remains
from system_under_test.ingestion.state import Previous, read_previous, write_state

_FORMAT = "1"
"""Raised when the same bytes would become another text; every file is then converted again."""
_LIBRARIES = ("markitdown", "mammoth", "pdfminer.six", "pdfplumber", "beautifulsoup4", "markdownify")


@dataclass(frozen=True, slots=True)
class Options:
    """What a run is asked to do."""

    tenant: str
    defaults: Defaults
    ignore: tuple[str, ...] = ()
    keep_missing: bool = False
    limits: Limits = field(default_factory=Limits)


@dataclass(frozen=True, slots=True)
class Summary:
    """What a run did."""

    new: int
    changed: int
    """Another text, or other metadata."""
    unchanged: int
    converted: int
    """Files that went through the converter."""
    removed: tuple[str, ...]
    """Files whose documents are no longer in the output: the file is gone, is left out, or has another id."""
    kept: tuple[str, ...]
    """Files that are gone and whose documents stay."""
    ignored: int
    problems: tuple[Problem, ...]
    """Files that were skipped. Of those that were looked at, none has a document in the output."""
    withdrawn: tuple[str, ...] = ()
    """Skipped files that had a document in the output before, and have none now."""
    unseen: tuple[str, ...] = ()
    """Files that nobody could look at, and whose documents stay as they were."""

    @property
    def documents(self) -> int:
        """Documents in the output."""
        return self.new + self.changed + self.unchanged + len(self.kept) + len(self.unseen)


@dataclass(slots=True)
class _Run:
    folder: Path
    options: Options
    previous: Previous
    converter: Converter
    fingerprint: str
    converted: int = 0
    unread: set[str] = field(default_factory=set)
    """Files that could not be read."""
    claimed: set[str] = field(default_factory=set)
    """The folded ids of the files that could."""


def ingest(
    folder: Path,
    output: Path,
    options: Options,
    converter: Converter,
    started: Callable[[int], None] = lambda _files: None,
    done: Callable[[], None] = lambda: None,
) -> Summary:
    """Bring the output to what the folder holds; `started` hears the number of files, `done` each one's end.

    If no document is left, the output becomes empty. What nobody could look at stays as it was: single files and
    folders as `remains` says, and all of it where this raises IngestionError, because folder, output or state cannot
    be used.
    """
    previous = read_previous(output, options.tenant)
    found = listing(folder, options.ignore, options.limits)
    run = _Run(folder, options, previous, converter, _fingerprint())
    problems = list(found.problems)
    started(len(found.files))
    drafts: list[Draft] = []
    for path in found.files:
        try:
            drafts.append(_draft(run, path, has_sidecar=path in found.sidecars))
        except FileFault as fault:
            problems.append(Problem.of(path, fault))
            run.unread.update([path] if fault.code == "unreadable" else [])
        done()
    looked = Looked(found, options.ignore, frozenset(run.unread), frozenset(run.claimed))
    stay = remains(previous, looked, keep_missing=options.keep_missing)
    alone, doubles = _without_doubles([*drafts, *stay.unseen, *stay.kept])
    written, refused = _written(output, alone, run)
    return _summary(run, written, stay, [*problems, *doubles, *refused], found.ignored)


def _written(output: Path, drafts: Sequence[Draft], run: _Run) -> tuple[list[Draft], list[Problem]]:
    try:
        written, refused = write_accepted(output, drafts)
        entries = {item.document.id: item.entry for item in written}
        write_state(output, run.options.tenant, {**run.previous.entries, **entries})
    except OSError as error:
        raise IngestionError(f"{output.name} cannot be written: {error.strerror}") from error
    return written, refused


def _draft(run: _Run, path: str, *, has_sidecar: bool) -> Draft:
    limits = run.options.limits
    content = content_of(run.folder, path, limits.source_bytes)
    kind = agreed_kind(path, content)
    metadata, body = _metadata(run, path, kind, content, has_sidecar=has_sidecar)
    name = document_id(run.options.tenant, path, metadata)
    run.claimed.add(folded(name))
    # Settled before the conversion: a file that nobody could see is not worth its time.
    settled = settle(path, metadata, run.options.defaults)
    before = run.previous.entries.get(name)
    source = hashlib.sha256(f"{kind}\n{run.fingerprint}\n".encode() + body).hexdigest()
    known = run.previous.documents.get(name)
    if before is not None and known is not None and before.source == source and before.text == known.sha256:
        converted = Body(source, known.text, before.title)
    else:
        run.converted += 1
        converted = Body(source, *run.converter.convert(kind, body))
    return draft((run.options.tenant, name), path, converted, metadata, settled, before)


def _metadata(run: _Run, path: str, kind: Kind, content: bytes, *, has_sidecar: bool) -> tuple[Metadata, bytes]:
    """What the file declares, and the bytes that are left to convert."""
    limit = run.options.limits.metadata_bytes
    front: str | None = None
    if kind == "markdown":
        front, text = split_front_matter(decoded(content), limit)
        content = text.encode("utf-8")
    if not has_sidecar:
        return (Metadata() if front is None else parse_metadata(front, "front matter", 1)), content
    if front is not None:
        raise FileFault("metadata", "it has front matter and a sidecar: keep one of them")
    sidecar = f"{path}{SIDECAR}"
    place = sidecar.rsplit("/", 1)[-1]
    try:
        declared = decoded(content_of(run.folder, sidecar, limit))
    except FileFault as fault:
        if fault.code == "unreadable":
            raise FileFault("unreadable", f"{place}: {fault.detail}") from None
        raise FileFault("metadata", f"{place} {fault.what}") from None
    return parse_metadata(declared, place, 0), content


def _without_doubles(drafts: Sequence[Draft]) -> tuple[list[Draft], list[Problem]]:
    """The drafts whose id is theirs alone. None of several is taken: the order of names must not decide."""
    counts = Counter(folded(item.document.id) for item in drafts)
    alone = [item for item in drafts if counts[folded(item.document.id)] == 1]
    doubles = [item for item in drafts if counts[folded(item.document.id)] > 1]
    return alone, [Problem.of(item.entry.path, FileFault("duplicate", item.document.id)) for item in doubles]


def _summary(run: _Run, written: Sequence[Draft], stay: Remains, problems: Sequence[Problem], ignored: int) -> Summary:
    known = run.previous.documents
    left = {item.document.id for item in written}
    kept, unseen = (
        {item.document.id: item.entry.path for item in some if item.document.id in left}
        for some in (stay.kept, stay.unseen)
    )
    fresh = [item.document for item in written if item.document.id not in {**kept, **unseen}]
    new = sum(document.id not in known for document in fresh)
    unchanged = sum(known.get(document.id) == document for document in fresh)
    skipped = {problem.path for problem in problems}
    dropped = {entry.path for name, entry in run.previous.entries.items() if name in known and name not in left}
    return Summary(
        new=new,
        changed=len(fresh) - new - unchanged,
        unchanged=unchanged,
        converted=run.converted,
        removed=tuple(sorted(dropped - skipped)),
        kept=tuple(sorted(kept.values())),
        ignored=ignored,
        problems=tuple(sorted(problems, key=lambda problem: problem.path)),
        withdrawn=tuple(sorted(dropped & skipped)),
        unseen=tuple(sorted(unseen.values())),
    )


def _fingerprint() -> str:
    return " ".join((_FORMAT, *(f"{name}={version(name)}" for name in _LIBRARIES)))
