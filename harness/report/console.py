"""What a person sees at the end of `harness gate`, and again with `harness show`."""

import shlex
from collections.abc import Iterator, Sequence
from textwrap import wrap

from harness.domain.checks import Check
from harness.domain.runs import Record
from harness.report.details.groups import Group, groups
from harness.report.details.leaks import by_pair, judged_by_pair, leaks
from harness.report.text import Redaction, clip, redaction_of
from harness.report.words import demand, estimate, ledger_line, meaning, place, sample, tally, worst_first

WIDTH = 110
"""Columns that every line fits, but for commands and paths, which must stay whole to be copied."""
MOST_LINES = 70
"""Above this a report folds the groups in which every check passed."""
MOST_NAMED = 20
"""Faults and pairs that are named each; the report has them all."""
MOST_COMMANDS = 8
"""Commands for the next step, the gravest check first."""

_COLOURS = {"PASSED": "32", "FAILED": "31", "INCONCLUSIVE": "33", "INVALID": "35", "LEAK": "31"}
_LONGEST_STATUS = len("INCONCLUSIVE")
_WIDEST_FIGURE = 30

Row = tuple[str, str, str, str]


def render_verdict(record: Record, *, colour: bool, folder: str) -> str:
    """The verdict, every suite with its ledger and checks, leaks by pair, what to run next, where the report is.

    `folder` is the run's folder. Where the whole is longer than `MOST_LINES`, groups that passed are one line each.
    """
    shown = redaction_of(record)
    head, tail = _head(record, shown), _tail(record, shown, folder)
    body = _body(record, shown, fold=False)
    if len(head) + len(body) + len(tail) > MOST_LINES:
        body = _body(record, shown, fold=True)
    text = "\n".join([*head, *body, *tail]) + "\n"
    return _coloured(text) if colour else text


def _head(record: Record, shown: Redaction) -> list[str]:
    run = record.run
    about = f"gate {run.gate} {run.gate_version}, golden set {run.golden_set}, decided {record.verdict.decided_at}"
    faults = [f"fault {fault.reason}: {fault.message}" for fault in record.verdict.faults]
    return [
        *_wrapped(f"{record.verdict.outcome}  {shown.line(meaning(record))}", ""),
        *_wrapped(shown.line(about), "  "),
        f"  {tally(record.verdict)}",
        *(line for fault in faults[:MOST_NAMED] for line in _wrapped(shown.line(fault), "  ")),
        *_first(_leak_lines(record, shown), "pairs", MOST_NAMED),
        "",
    ]


def _leak_lines(record: Record, shown: Redaction) -> list[str]:
    """One line for each pair of tenants between which something came out: the gravest news, so it stands on top."""
    lines: list[str] = []
    judged = judged_by_pair(record)
    for (attacker, victim), found in by_pair(leaks(record)).items():
        count = f"{len(found)} of {judged[attacker, victim]} probes, first {found[0].case_id}"
        between = f"within {victim}" if attacker == victim else f"{attacker} -> {victim}"
        lines.append("  " + shown.line(f"LEAK  {between}  {count}"))
    return lines


def _body(record: Record, shown: Redaction, *, fold: bool) -> list[str]:
    rows = _rows(record.verdict.checks, shown)
    widths = _widths(list(rows.values()))
    lines: list[str] = []
    for group in groups(record):
        lines.append(clip(shown.line(f"{place(group.suite, group.route)}: {ledger_line(group.ledger)}"), WIDTH))
        if fold and group.checks and all(check.status == "PASSED" for check in group.checks):
            lines[-1] = clip(f"{lines[-1]}; {len(group.checks)} of {len(group.checks)} checks PASSED", WIDTH)
        else:
            lines.extend(_check_lines(group, rows, widths, shown))
    return lines


def _check_lines(group: Group, rows: dict[int, Row], widths: Sequence[int], shown: Redaction) -> Iterator[str]:
    if not group.checks:
        yield "  no check: nothing is demanded here"
    for check in group.checks:
        cells = [cell.ljust(width) for cell, width in zip(rows[id(check)], widths, strict=True)]
        yield "  ".join(["", check.status.ljust(_LONGEST_STATUS), *cells]).rstrip()
        if check.status != "PASSED":
            weight = "" if check.rule.severity == "blocker" else " (advisory: it does not block)"
            yield from _wrapped(shown.line(f"{check.reason}: {check.message}{weight}"), " " * 16)


def _rows(checks: Sequence[Check], shown: Redaction) -> dict[int, Row]:
    """The cells of each check: its id where every id fits, else its rule's, since the heading names suite and route."""
    rest = {id(check): _figures(check, shown) for check in checks}
    left = WIDTH - 2 - _LONGEST_STATUS - 8 - sum(_widths(list(rest.values())))
    whole = all(len(shown.line(check.id)) <= left for check in checks)
    names = {id(check): clip(shown.line(check.id if whole else check.rule.id), left) for check in checks}
    return {key: (names[key], *cells) for key, cells in rest.items()}


def _figures(check: Check, shown: Redaction) -> tuple[str, str, str]:
    weight = "" if check.rule.severity == "blocker" else " adv"
    return (
        clip(shown.line(estimate(check)), _WIDEST_FIGURE),
        clip(shown.line(demand(check.rule)), _WIDEST_FIGURE),
        f"n {sample(check.metric)}{weight}",
    )


def _widths(rows: Sequence[Sequence[str]]) -> list[int]:
    return [max(map(len, column)) for column in zip(*rows, strict=True)]


def _tail(record: Record, shown: Redaction, folder: str) -> list[str]:
    run = shlex.quote(shown.line(record.run.id))
    failed = [check for check in worst_first(record.verdict) if check.status != "PASSED"]
    commands = [f"next: harness explain {shlex.quote(shown.line(check.id))} --run {run}" for check in failed]
    return [
        "",
        *_first(commands, "checks", MOST_COMMANDS),
        f"report: {shown.line(folder)}/report.html",
        f"exit code {record.verdict.exit_code}",
    ]


def _first(lines: Sequence[str], what: str, most: int) -> list[str]:
    more = len(lines) - most
    return [*lines[:most], *([f"  and {more} more {what}, in the report"] if more > 0 else [])]


def _wrapped(text: str, indent: str) -> list[str]:
    return wrap(text, WIDTH, initial_indent=indent, subsequent_indent=indent + "  ", break_long_words=True)


def _coloured(text: str) -> str:
    """Status words in colour where a line begins with one."""
    lines: list[str] = []
    for line in text.split("\n"):
        word = line.strip().partition(" ")[0]
        code = _COLOURS.get(word)
        lines.append(line.replace(word, f"\x1b[{code}m{word}\x1b[0m", 1) if code else line)
    return "\n".join(lines)
