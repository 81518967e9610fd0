"""The report: one page that needs nothing from outside and runs nothing.

Every text passes through the record's `Redaction` before jinja escapes it, by the environment's `finalize`, so that no
template can forget it. The page's policy allows one style sheet by its digest and pictures that it holds itself.
"""

from base64 import b64encode
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from harness.domain.claims import joint_interval
from harness.domain.runs import Record, Run
from harness.report import words
from harness.report.details.findings import findings, reproduction, request_of
from harness.report.details.groups import Group, groups
from harness.report.details.latencies import latencies
from harness.report.details.leaks import leak_matrices, leaks
from harness.report.details.worst import Finding, WorstCases, worst_cases
from harness.report.pictures.canvas import Picture
from harness.report.pictures.intervals import intervals_picture
from harness.report.pictures.latency import latency_pictures
from harness.report.pictures.leaks import leak_picture
from harness.report.pictures.slices import slice_pictures
from harness.report.text import Redaction, clip, redaction_of

MOST_LEAKS = 100
"""Leaks, and findings of other probes, that are listed each; the matrix counts all leaks."""
MOST_RELEASE_ROWS = 60
"""Members of the target's release description that are shown."""

_TEMPLATES = Path(__file__).parent / "templates"
_DEEPEST = 4
_NOTHING = WorstCases((), 0)


def render_html(record: Record) -> str:
    """The whole page. The same record gives the same bytes."""
    shown = redaction_of(record)
    style = (_TEMPLATES / "style.css").read_text(encoding="utf-8")
    digest = b64encode(sha256(style.encode("utf-8")).digest()).decode("ascii")
    found = leaks(record)
    others = findings(record)
    worst = worst_cases(record)
    return _environment(shown).get_template("report.html.j2").render(
        style=Markup(style),  # noqa: S704  our own file
        policy=(
            f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; base-uri 'none'; form-action 'none'"
        ),
        record=record,
        run=record.run,
        verdict=record.verdict,
        checks=words.worst_first(record.verdict),
        leaks=found[:MOST_LEAKS],
        leaks_in_all=len(found),
        findings=others[:MOST_LEAKS],
        findings_in_all=len(others),
        joint=joint_interval(record.verdict.claims),
        probing=any(suite.probes for suite in record.gate.suites),
        sections=_pictures(record, shown),
        parts=[
            (group, worst.get((group.suite, group.route), _NOTHING), _slice_table(group)) for group in groups(record)
        ],
        provenance=_provenance(record.run),
        release_members=_members(record.run.release)[:MOST_RELEASE_ROWS],
    )  # fmt: skip


def _environment(shown: Redaction) -> Environment:
    """Escaping always on, unknown names refused, every text redacted."""

    def redacted(value: object) -> object:
        if isinstance(value, Markup):
            return value
        return shown.line(value) if isinstance(value, str) else value

    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=redacted,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters.update(
        short=words.short,
        estimate=words.estimate,
        demand=words.demand,
        quantity=words.quantity,
        sample=words.sample,
        value=_value,
        ledger=words.ledger_line,
        document=shown.document_id,
        # Redaction comes before cutting, so that no beginning of a marker is left over.
        cut=lambda text, limit: clip(shown.line(text), limit),
    )
    environment.globals.update(
        place=words.place, meaning=words.meaning, tally=words.tally, request_of=request_of, reproduction=reproduction
    )
    return environment


def _pictures(record: Record, shown: Redaction) -> list[tuple[str, str, list[Picture]]]:
    """Heading, what stands there where there is no picture, and the pictures."""
    intervals = intervals_picture(record, shown)
    return [
        ("Checks against their limits", "There is no check to draw.", [intervals] if intervals else []),
        (
            "Latency",
            "No suite of this gate measures latency.",
            latency_pictures(latencies(record), shown),
        ),
        (
            "Leaks between tenants",
            "No suite of this gate probes the isolation of tenants. This report says nothing about it.",
            [leak_picture(matrix, shown) for matrix in leak_matrices(record)],
        ),
        ("Quality by slice", "No metric of this gate is measured by slice.", slice_pictures(record, shown)),
    ]


def _slice_table(group: Group) -> list[tuple[str, list[str]]]:
    """Slice by slice, each metric's mean and sample."""
    rows: dict[str, list[str]] = {}
    for metric in group.slices:
        figures = f"{metric.name} {metric.aggregate} {words.quantity(metric)} (n {words.sample(metric)})"
        rows.setdefault(metric.slice, []).append(figures)
    return sorted(rows.items())


def _value(finding: Finding) -> str:
    """The value of a finding, with its unit."""
    return "no value" if finding.value is None else words.figure(finding.value) + words.unit_of(finding.metrics[0])


def _provenance(run: Run) -> list[tuple[str, str]]:
    """Every name, version and digest that can move a number."""
    rows = [
        ("run", run.id),
        ("target", run.target),
        ("release digest", run.release_digest),
        ("gate", f"{run.gate} {run.gate_version}"),
        ("gate digest", run.gate_digest),
        ("golden set", run.golden_set),
        ("golden set digest", run.golden_set_digest),
        ("corpus digest", run.corpus_digest),
        ("plan", f"{run.planned} asks"),
        ("plan digest", run.plan_digest),
        ("started", run.started_at),
    ]
    for heading, versions in (
        ("scorer", run.scorer_versions),
        ("probe generator", run.probe_versions),
        ("environment", run.environment),
    ):
        rows.extend((f"{heading} {name}", version) for name, version in sorted(versions.items()))
    return rows


def _members(described: object, path: str = "", depth: int = 0) -> list[tuple[str, str]]:
    """The target's own description of its release, flattened: `models.embedder` and its value."""
    if isinstance(described, Mapping) and depth < _DEEPEST:
        return [
            row
            for name in sorted(described, key=str)
            for row in _members(described[name], f"{path}.{name}" if path else str(name), depth + 1)
        ]
    if isinstance(described, list | tuple) and depth < _DEEPEST:
        return [row for at, item in enumerate(described) for row in _members(item, f"{path}[{at}]", depth + 1)]
    return [(path or "release", str(described))]
