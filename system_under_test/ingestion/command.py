"""The command line: `python -m system_under_test ingest FOLDER --tenant acme --out documents.jsonl`."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from system_under_test.ingestion.child import Child
from system_under_test.ingestion.corpus import Options, Summary, ingest
from system_under_test.ingestion.drafts import Defaults
from system_under_test.ingestion.faults import IngestionError, shown
from system_under_test.ingestion.limits import MIB, Limits
from system_under_test.ingestion.progress import watching
from system_under_test.nouns import CLASSIFICATIONS
from system_under_test.retrieval.document_form import TENANT

SKIPPED = 1
"""Exit code: some files were skipped, the others are in the output."""
UNUSABLE = 4
"""Exit code: there is no document. The output is empty; where the run could not be made, it is as it was."""

_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
_FILE = click.Path(dir_okay=False, path_type=Path)


def _tenant(_context: click.Context, _parameter: click.Parameter, value: str) -> str:
    if not TENANT.fullmatch(value):
        raise click.BadParameter(f"a tenant matches {TENANT.pattern}")
    return value


def _words(_context: click.Context, _parameter: click.Parameter, value: Any) -> Any:
    """One text or several, none of them blank or with control characters."""
    for text in value if isinstance(value, tuple) else (value,):
        if text is not None and (not text.strip() or text != text.strip() or not text.isprintable()):
            raise click.BadParameter("must be one printable line, trimmed, and not empty")
    return value


@click.command("ingest")
@click.argument("folder", type=_FOLDER)
@click.option("--tenant", required=True, callback=_tenant, help="Whose documents they are.")
@click.option("--out", "output", type=_FILE, required=True, help="The documents.jsonl to write, outside FOLDER.")
@click.option("--owner", callback=_words, help="For documents that declare no owner.")
@click.option("--classification", type=click.Choice(CLASSIFICATIONS), help="For documents that declare none.")
@click.option("--allow-group", "allow", multiple=True, callback=_words, help="For documents without allow_groups.")
@click.option("--deny-group", "deny", multiple=True, callback=_words, help="For documents without deny_groups.")
@click.option("--uri-prefix", callback=_words, help="Stands before a file's path to make its uri.")
@click.option("--ignore", multiple=True, help="A pattern of names or paths to leave out, such as '*.png'.")
@click.option("--keep-missing", is_flag=True, help="Keep the documents of files that are gone.")
@click.option("--max-mib", type=click.IntRange(1, 1024), default=50, show_default=True, help="Size of one file.")
@click.option("--max-pages", type=click.IntRange(1, 100_000), default=1_000, show_default=True, help="Of one PDF.")
@click.option("--max-seconds", type=click.FloatRange(1, 3_600), default=300, show_default=True, help="For one file.")
@click.option("--quiet", is_flag=True, help="No progress bar.")
@click.pass_context
def command(context: click.Context, /, *, folder: Path, output: Path, quiet: bool, **given: Any) -> None:
    """Turn the files of FOLDER into documents that the reference system serves.

    Read are .md, .txt, .html, .pdf and .docx. What a document says of itself (id, title, owner, classification,
    allow_groups, deny_groups, version, valid_from, valid_until, supersedes, uri) comes from front matter in Markdown,
    or from FILE.meta.yaml beside it. A file that has not changed is not converted again.

    A document goes with its file, and when the file can no longer be used: --keep-missing keeps what is gone, never
    what lost its groups. What could not be looked at (unreadable, or behind a symbolic link) stays and is told.

    Exit code: 0 all files are in, 1 some were skipped, 2 usage, 4 no document is left (OUT is then empty, and serves
    nothing) or the run could not be made (OUT is then as it was).
    """
    folder, output = folder.resolve(), output.resolve()
    if output.is_relative_to(folder):
        raise click.UsageError("--out lies inside FOLDER, where it would be taken for one of its files")
    options = _options(given)
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
        with Child(options.limits) as child, watching(quiet=quiet) as (started, done):
            summary = ingest(folder, output, options, child, started, done)
    except IngestionError as fault:
        click.echo(f"Error: {fault}", err=True)
        context.exit(UNUSABLE)
    except OSError as fault:
        click.echo(f"Error: {output.name} cannot be written: {fault.strerror}", err=True)
        context.exit(UNUSABLE)
    for line in report(summary, output):
        click.echo(line)
    if not summary.documents:
        click.echo(f"Error: no document is left, and {shown(output.name)} is empty now", err=True)
    context.exit(exit_code(summary))


def exit_code(summary: Summary) -> int:
    """0 if every file is in the output, 1 if some were skipped, 4 if there is no document at all."""
    if summary.documents == 0:
        return UNUSABLE
    return SKIPPED if summary.problems else 0


def report(summary: Summary, output: Path) -> Iterator[str]:
    """The summary for a person: counts, what went and what stays, and each skipped file with what to do."""
    if summary.documents:
        yield f"{summary.documents} document{'' if summary.documents == 1 else 's'} in {shown(output.name)}"
    else:
        yield f"No file could be used; {shown(output.name)} is empty now, and nothing can be served from it."
    counts = {
        "new": summary.new,
        "changed": summary.changed,
        "unchanged": summary.unchanged,
        "kept though missing": len(summary.kept),
        "kept unseen": len(summary.unseen),
        "removed": len(summary.removed),
        "withdrawn": len(summary.withdrawn),
        "skipped": len(summary.problems),
        "left out": summary.ignored,
    }
    width = max(len(name) for name in counts)
    for name, count in counts.items():
        yield f"  {name:<{width}}  {count:>7,}"
    for title, paths in (
        ("Removed", summary.removed),
        ("Withdrawn, because the file can no longer be used", summary.withdrawn),
        ("Kept though missing", summary.kept),
        ("Kept as they were, because nobody could look at the file", summary.unseen),
    ):
        if paths:
            yield f"{title}:"
            yield from (f"  - {shown(path)}" for path in paths)
    if summary.problems:
        yield "Skipped:"
        for problem in summary.problems:
            yield f"  - {shown(problem.path)}: {problem.what}. To do: {problem.remedy}."


def _options(given: dict[str, Any]) -> Options:
    return Options(
        tenant=given["tenant"],
        defaults=Defaults(
            owner=given["owner"],
            classification=given["classification"],
            allow_groups=frozenset(given["allow"]),
            deny_groups=frozenset(given["deny"]),
            uri_prefix=given["uri_prefix"] or "",
        ),
        ignore=given["ignore"],
        keep_missing=given["keep_missing"],
        limits=Limits(source_bytes=given["max_mib"] * MIB, pages=given["max_pages"], seconds=given["max_seconds"]),
    )
