"""Tables of judgments and topics: tab-separated as BEIR writes them, or by spaces as TREC does."""

import re
from collections.abc import Iterator
from pathlib import Path

from harness.errors import DeclarationError, Place
from harness.lifecycle.datasets.foreign import ForeignGrade
from harness.load.strict import read_text

_HEADER = ["query-id", "corpus-id", "score"]
_WHOLE = re.compile(r"-?[0-9]{1,6}")


def beir_qrels(path: Path) -> Iterator[ForeignGrade]:
    """`query-id <tab> corpus-id <tab> score`, with or without that header."""
    for place, row in _rows(path, "\t", "query-id, corpus-id and score, separated by tabs", 3):
        if place.line == 1 and row == _HEADER:
            continue
        yield ForeignGrade(place, row[0], row[1], _grade(row[2], place))


def trec_qrels(path: Path) -> Iterator[ForeignGrade]:
    """`topic iteration document grade`, separated by spaces; the iteration says nothing and is left out."""
    for place, row in _rows(path, None, "topic, 0, document and grade, separated by spaces", 4):
        yield ForeignGrade(place, row[0], row[2], _grade(row[3], place))


def topics(path: Path) -> Iterator[tuple[Place, str, str]]:
    """`id <tab> text`."""
    for place, (name, text) in _rows(path, "\t", "an id and a text, separated by a tab", 2):
        yield place, name, text


def _rows(path: Path, separator: str | None, shape: str, width: int) -> Iterator[tuple[Place, list[str]]]:
    lines = read_text(path).split("\n")
    if not lines[-1]:
        lines.pop()
    for number, line in enumerate(lines, 1):
        row = [cell.strip() for cell in line.split(separator)]
        if len(row) != width or not all(row):
            raise DeclarationError(Place(str(path), number), f"not {shape}")
        yield Place(str(path), number), row


def _grade(text: str, place: Place) -> int:
    if not _WHOLE.fullmatch(text):
        raise DeclarationError(place, f"the grade {text[:40]!r} is not a whole number")
    return int(text)
