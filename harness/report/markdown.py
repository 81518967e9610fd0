"""The verdict as GitHub Markdown: for the step summary and for the one comment on a pull request.

Whatever is not this project's own wording stands inside `<code>` with every sign that Markdown, HTML, tables, mentions
or workflow commands could read written as a character reference. The last line is a marker by which a workflow finds
the comment to update.
"""

import re
import shlex
from collections.abc import Callable, Sequence

from harness.domain.checks import Check
from harness.domain.runs import Record
from harness.report.details.groups import groups
from harness.report.details.leaks import by_pair, leaks
from harness.report.text import Redaction, clip, redaction_of
from harness.report.words import demand, estimate, ledger_line, meaning, place, sample, tally, worst_first

MARKER = "<!-- harness:gate -->"
"""The last line: one comment is found by it and updated in place."""
LARGEST = 60_000
"""Characters of a summary; GitHub refuses a comment of more than 65,536."""

_LONGEST_CELL = 300
_PLAIN = re.compile(r"[^A-Za-z0-9 ,/=\u00a1-\U0010ffff-]")
_MENTION = re.compile(r"(?<![a-z])@|@(?!\d)")
_NO_BREAK = "\u200b"

Code = Callable[[str], str]


def render_summary(record: Record) -> str:
    """One line of verdict, the checks that did not pass, leaks, the others folded, ledgers, digests, the marker."""
    shown = redaction_of(record)

    def code(text: str) -> str:
        return _code(clip(shown.line(text), _LONGEST_CELL))

    failed = [check for check in worst_first(record.verdict) if check.status != "PASSED"]
    passed = [check for check in record.verdict.checks if check.status == "PASSED"]
    parts = [
        f"**{record.verdict.outcome}** {code(meaning(record))} ({tally(record.verdict)})",
        _faults(record, code),
        _checks(failed, code) if failed else "Every check passed." if passed else "There is no check.",
        _leaks(record, code),
        _commands(failed, record, shown),
        _folded(f"{len(passed)} checks that PASSED", _checks(passed, code)) if passed else "",
        _folded("Ledger", _ledgers(record, code)),
        _folded("Digests", _digests(record, code)),
    ]
    return _bounded([part for part in parts if part]) + f"\n\n{MARKER}\n"


def _checks(checks: Sequence[Check], code: Code) -> str:
    rows = [
        (
            check.status + ("" if check.rule.severity == "blocker" else " (advisory)"),
            code(check.id),
            code(estimate(check)),
            code(demand(check.rule)),
            code(sample(check.metric)),
            code(f"{check.reason}: {check.message}"),
        )
        for check in checks
    ]
    return _table(("status", "check", "estimate", "demand", "n", "reason"), rows)


def _faults(record: Record, code: Code) -> str:
    faults = record.verdict.faults
    if not faults:
        return ""
    return _table(("fault of the evidence", "message"), [(code(item.reason), code(item.message)) for item in faults])


def _leaks(record: Record, code: Code) -> str:
    rows = [
        (code(f"{attacker} -> {victim}"), str(len(found)), code(found[0].case_id), code(", ".join(found[0].canaries)))
        for (attacker, victim), found in by_pair(leaks(record)).items()
    ]
    return _table(("leak: asks -> owns", "leaks", "first case", "its canaries"), rows) if rows else ""


def _commands(failed: Sequence[Check], record: Record, shown: Redaction) -> str:
    if not failed:
        return ""
    run = shlex.quote(shown.line(record.run.id))
    lines = [_code(f"harness explain {shlex.quote(shown.line(check.id))} --run {run}") for check in failed]
    return "Next:\n\n" + "\n".join(f"- {line}" for line in lines)


def _ledgers(record: Record, code: Code) -> str:
    rows = [(code(place(group.suite, group.route)), code(ledger_line(group.ledger))) for group in groups(record)]
    return _table(("suite", "ledger"), rows)


def _digests(record: Record, code: Code) -> str:
    run = record.run
    rows = {
        "run": run.id,
        "release": record.verdict.release,
        "gate": f"{run.gate} {run.gate_version} {run.gate_digest}",
        "golden set": f"{run.golden_set} {run.golden_set_digest}",
        "corpus": run.corpus_digest,
        "plan": f"{run.planned} asks {run.plan_digest}",
        "decided": record.verdict.decided_at,
    }
    return _table(("what", "sha256"), [(name, code(value)) for name, value in rows.items()])


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _folded(title: str, body: str) -> str:
    return f"<details><summary>{title}</summary>\n\n{body}\n\n</details>"


def _bounded(parts: Sequence[str]) -> str:
    """As many lines as GitHub takes, cut between lines and never inside a fold that would stay open."""
    text = ""
    for part in parts:
        room = LARGEST - len(text)
        if len(part) <= room:
            text += part + "\n\n"
            continue
        kept = part[: max(room, 0)].rpartition("\n")[0]
        closing = "\n\n</details>" if kept.startswith("<details>") else ""
        return f"{text}{kept}{closing}\n\nThe rest is in the report; GitHub takes no longer comment."
    return text.rstrip()


def _code(text: str) -> str:
    """The text as it is, shown as code: nothing in it is read as Markdown, HTML, a mention, a link or a command."""
    broken = _MENTION.sub("@" + _NO_BREAK, text)
    return f"<code>{_PLAIN.sub(lambda sign: f'&#{ord(sign[0])};', broken)}</code>"
