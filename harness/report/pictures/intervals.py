"""Every check as a bar against its limit: right of the line is shown to hold, left of it is shown to fail."""

from math import copysign, sqrt

from matplotlib.axes import Axes

from harness.domain.checks import Check, Rule
from harness.domain.runs import Record
from harness.report.details.groups import groups
from harness.report.pictures.canvas import (
    BAD_SIDE,
    GRID,
    INK,
    MUTED,
    NORMAL,
    SMALL,
    STATUS_COLOURS,
    WIDTH,
    Picture,
    finished,
    fitted,
    new_figure,
    quiet,
)
from harness.report.text import Redaction
from harness.report.words import demand, estimate, place, tally

MOST_ROWS = 80
"""Checks that are drawn; the table has them all."""

_ROW, _HEAD, _FOOT, _TOP = 0.21, 0.3, 0.5, 0.1
"""Inches: a check, the name of a suite, the axis, the upper edge."""
_LEFT, _RIGHT = 2.35, 3.05
"""Inches for names and for figures."""
_MARKS = {"PASSED": "o", "FAILED": "X", "INCONCLUSIVE": "D", "INVALID": "s"}
_TICKS = (-1.0, -0.25, 0.0, 0.25, 1.0)
_CAPTION = (
    "Each bar spans the two bounds of a check, measured from its limit in per cent of the limit, on a square-root "
    "scale; the shaded side is the wrong one. A bar wholly right of the line is shown to hold, one wholly left of it "
    "is shown to fail, one across it shows neither; where no hit is allowed, one hit fails wherever its bar ends. "
    "Arrows go on beyond the picture."
)


def intervals_picture(record: Record, shown: Redaction) -> Picture | None:
    """One row for each check, by suite; None where there is no check."""
    rows: list[str | Check] = []
    for group in groups(record):
        if group.checks:
            rows += [place(group.suite, group.route), *group.checks]
    if not rows:
        return None
    rows = rows[:MOST_ROWS]
    body = sum(_ROW if isinstance(row, Check) else _HEAD for row in rows)
    height = body + _FOOT + _TOP
    figure = new_figure(height)
    axes = figure.add_axes((_LEFT / WIDTH, _FOOT / height, (WIDTH - _LEFT - _RIGHT) / WIDTH, body / height))
    _frame(axes, body)
    top = 0.0
    for row in rows:
        size = _ROW if isinstance(row, Check) else _HEAD
        middle = top + size - _ROW / 2
        if isinstance(row, Check):
            _draw(axes, row, middle, shown)
        else:
            _write(axes, 0.0, middle, fitted(shown.line(row), WIDTH - 1), INK, bold=True)
        top += size
    return finished(figure, f"Bounds of {len(record.verdict.checks)} checks: {tally(record.verdict)}", _CAPTION)


def margin(rule: Rule, value: float) -> float | None:
    """How far a value is on the right side of the rule's limit, as a share of the limit; None without a limit."""
    limit = rule.max_rate if rule.bound == "zero_tolerance" else rule.threshold
    if not limit:
        return None
    return (value - limit) / limit if rule.bound == "floor" else (limit - value) / limit


def _frame(axes: Axes, body: float) -> None:
    quiet(axes)
    axes.set_xlim(-1.06, 1.06)
    axes.set_ylim(body, 0)
    axes.axvspan(-1.06, 0, color=BAD_SIDE, linewidth=0, zorder=0)
    axes.axvline(0, color=INK, linewidth=1.1, zorder=1)
    axes.set_yticks([])
    axes.set_xticks([_scaled(tick) for tick in _TICKS])
    axes.set_xticklabels(["limit" if tick == 0 else f"{tick:+.0%}" for tick in _TICKS])
    axes.grid(axis="x", color=GRID, linewidth=0.6)
    axes.set_xlabel("distance from the limit (square-root scale)", color=MUTED, fontsize=SMALL)


def _draw(axes: Axes, check: Check, y: float, shown: Redaction) -> None:
    colour = STATUS_COLOURS[check.status]
    _write(axes, 0.12, y, fitted(shown.line(check.id), _LEFT - 0.25), INK)
    figures = shown.line(f"{estimate(check)}  ({demand(check.rule)})")
    axes.text(
        1.03, y, fitted(figures, _RIGHT - 0.15, SMALL), transform=axes.get_yaxis_transform(),
        color=colour, fontsize=SMALL, va="center", ha="left", clip_on=False,
    )  # fmt: skip
    interval = check.metric.interval if check.metric else None
    if check.metric is None or interval is None:
        axes.text(0.04, y, "no bounds", color=MUTED, fontsize=SMALL, va="center", ha="left")
        return
    ends = [_end(check.rule, bound, open_at) for bound, open_at in ((interval.low, -1), (interval.high, 1))]
    axes.plot(ends, [y, y], color=colour, linewidth=3.2, solid_capstyle="butt", zorder=3)
    for end in ends:
        if abs(end) >= 1:
            axes.plot([end], [y], marker="<" if end < 0 else ">", color=colour, markersize=5, zorder=4)
    if check.metric.value is not None and check.rule.bound != "zero_tolerance":
        at = margin(check.rule, check.metric.value)
        if at is not None and abs(at) < 1:
            axes.plot([_scaled(at)], [y], marker=_MARKS[check.status], color=colour, markersize=5.5, zorder=5)


def _end(rule: Rule, bound: float | None, open_at: int) -> float:
    """Where an end of the bar stands; a bound that the data cannot give runs to the edge."""
    at = None if bound is None else margin(rule, bound)
    if at is None:
        return float(open_at if rule.bound == "floor" else -open_at)
    return _scaled(at)


def _scaled(share: float) -> float:
    return copysign(sqrt(min(abs(share), 1.0)), share)


def _write(axes: Axes, inset: float, y: float, text: str, colour: str, *, bold: bool = False) -> None:
    """Text in the left column, `inset` inches from the edge."""
    inner = WIDTH - _LEFT - _RIGHT
    axes.text(
        (inset - _LEFT) / inner, y, text, transform=axes.get_yaxis_transform(), color=colour, fontsize=NORMAL,
        va="center", ha="left", clip_on=False, fontweight="bold" if bold else "normal",
    )  # fmt: skip
