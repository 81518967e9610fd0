"""The kill matrix in words: a table for a terminal, and one in Markdown."""

from collections import Counter

from harness.domain.matrix import GOOD, Matrix, Objection, Row, Standing
from harness.selftest.matrix import objecting

_ORDER: tuple[Standing, ...] = ("killed", "killed by another check", "survived", "passed", "blocked", "not judged")
_HEADINGS = ("mutant", "family", "outcome", "caught by", "right")


def tally(matrix: Matrix) -> str:
    """How many rows of each kind, in one line."""
    counts = Counter(row.standing for row in matrix.rows)
    return ", ".join(f"{counts[standing]} {standing}" for standing in _ORDER if counts[standing])


def render_table(matrix: Matrix) -> str:
    """The matrix for a terminal, one line a row, and under each row that is wrong what is wrong with it."""
    cells = [_HEADINGS, *(_cells(row) for row in matrix.rows)]
    widths = [max(len(line[at]) for line in cells) for at in range(len(_HEADINGS))]
    lines: list[str] = []
    for line, row in zip(cells, [None, *matrix.rows], strict=True):
        lines.append("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())
        if row is not None and row.standing not in GOOD:
            lines.extend(f"    {complaint}" for complaint in complaints(row))
    return "\n".join([*lines, "", *_silence(matrix), tally(matrix)])


def render_markdown(matrix: Matrix) -> str:
    """The matrix as a page: what was tried, what caught it, and what the fault is in the real world."""
    digests = (
        f"gate {matrix.gate} ({matrix.gate_digest[:12]}), harness {matrix.harness_code[:12]}, "
        f"system {matrix.system_code[:12]}, mutants {matrix.mutants_digest[:12]}, finished {matrix.finished_at}"
    )
    head = ["| mutant | family | the fault | outcome | caught by | right |", "|---|---|---|---|---|---|"]
    rows = [
        f"| {row.name} | {row.family} | {_escaped(row.about)} | {outcome} | {_escaped(caught)} | {right} |"
        for row in matrix.rows
        for _, _, outcome, caught, right in [_cells(row)]
    ]
    return "\n".join(["# Kill matrix", "", f"{tally(matrix)}.", *_silence(matrix), "", digests, "", *head, *rows, ""])


def line_of(row: Row) -> str:
    """One row in one line, for progress."""
    name, _, outcome, caught, _ = _cells(row)
    by = f" ({caught})" if caught else ""
    return f"{name}: {row.standing}, {outcome}{by}, {row.trial.seconds:.0f} s"


def complaints(row: Row) -> list[str]:
    """What is wrong with a row, and the command that shows more; nothing for one that is right."""
    if row.standing in GOOD:
        return []
    said = [f"{row.standing}: {row.about}"]
    if row.caught_by:
        said.append(f"should be caught by {', '.join(row.caught_by)}")
    if row.trial.fault:
        said.append(row.trial.fault)
    said += [f"{_check(objection)} {objection.reason}: {objection.message}" for objection in row.trial.objections[:4]]
    return [*said, f"next: harness selftest --only {row.name}"]


def _cells(row: Row) -> tuple[str, str, str, str, str]:
    seen = objecting(row)
    first = next((one for one in row.trial.objections if seen and one.check == seen[0]), None)
    caught = seen[0] + (f" {first.reason}" if first else "") if seen else ""
    more = f" +{len(seen) - 1}" if len(seen) > 1 else ""
    right = "yes" if row.standing in GOOD else "NO"
    return row.name, row.family, row.trial.outcome or "none", caught + more, right


def _check(objection: Objection) -> str:
    return objection.check + (f"[{objection.route}]" if objection.route else "")


def _silence(matrix: Matrix) -> list[str]:
    return [f"{check} objected to no mutant: write one that it should catch" for check in matrix.silent]


def _escaped(text: str) -> str:
    return text.replace("|", "\\|")
