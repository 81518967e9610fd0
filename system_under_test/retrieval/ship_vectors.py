"""Write the vectors of a corpus into the package, so that nobody has to compute them again.

`python -m system_under_test.retrieval.ship_vectors <documents.jsonl>`
"""

from pathlib import Path

import click
import numpy as np

from system_under_test.errors import ReferenceSystemError
from system_under_test.retrieval.documents import read_documents
from system_under_test.retrieval.embed import POLICY, MiniLm
from system_under_test.retrieval.library import corpus_texts
from system_under_test.retrieval.vectors import SHIPPED, VectorCache, vector_key, write_shipped

MAXIMUM_BYTES = 8_000_000
"""A repository should not grow without someone noticing."""


def ship(documents_path: Path, cache_folder: Path, target: Path, *, maximum_bytes: int = MAXIMUM_BYTES) -> int:
    """Write the vectors of all passages and sentences of a corpus to `target`; the number of distinct texts.

    Raises ReferenceSystemError if the documents cannot be read or the file would be too large; then the old one stays.
    """
    _, passages, sentences = corpus_texts(read_documents(documents_path))
    texts = sorted({*passages, *sentences})
    embedder = MiniLm(cache_folder, VectorCache(cache_folder, shipped=target))
    vectors = embedder.passages(texts).astype(np.float16)
    content = {vector_key(text, POLICY): vector for text, vector in zip(texts, vectors, strict=True)}
    candidate = target.with_suffix(".new")
    write_shipped(candidate, content)
    if (size := candidate.stat().st_size) > maximum_bytes:
        candidate.unlink()
        raise ReferenceSystemError(f"the vectors would take {size} bytes, more than {maximum_bytes}")
    candidate.replace(target)
    return len(texts)


@click.command()
@click.argument("documents", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--cache", type=click.Path(file_okay=False, path_type=Path), default=Path(".cache"), show_default=True)
def main(documents: Path, cache: Path) -> None:
    """Write the vectors of DOCUMENTS into the package."""
    try:
        count = ship(documents, cache, SHIPPED)
    except ReferenceSystemError as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"{count} vectors, {SHIPPED.stat().st_size} bytes: {SHIPPED.name}")


if __name__ == "__main__":
    main()
