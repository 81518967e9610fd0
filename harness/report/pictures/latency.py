"""How long asks took, against the budget, and where the time went."""

from collections.abc import Sequence
from math import log10

from matplotlib.axes import Axes

from harness.report.details.latencies import STAGES, Budget, Latencies
from harness.report.pictures.canvas import (
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
    route_colour,
)
from harness.report.text import Redaction
from harness.report.words import figure as number

_SHORTEST_MS = 0.01
"""Left edge of the logarithmic scale; shorter durations are drawn there."""
_TOP, _FOOT, _LEGEND_ROW, _BUDGET_ROW = 0.25, 0.55, 0.2, 0.15
_CURVES, _BAR = 1.75, 0.17
"""Inches: height of the curves, of one stage of one route."""
_SPLIT = 0.56
"""Where the curves end, as a share of the width."""
_CAPTION = (
    "Left: the share of asks that were answered within a time, as the client saw it; asks without an answer are never "
    "answered, so their curve ends below 100 %. A ring is a budget: the curve must pass above it. "
    "Right: median (dark) and 95th percentile (light) of each stage as the target timed it; the label has both in ms."
)


def latency_pictures(found: Sequence[Latencies], shown: Redaction) -> list[Picture]:
    """One picture for each suite that measures latency, a colour for each of its routes."""
    by_suite: dict[str, list[Latencies]] = {}
    for item in found:
        by_suite.setdefault(item.suite, []).append(item)
    return [_picture(suite, routes, shown) for suite, routes in by_suite.items() if any(item.values for item in routes)]


def _picture(suite: str, routes: Sequence[Latencies], shown: Redaction) -> Picture:
    staged = any(item.stages for item in routes)
    bars = len(STAGES) * (len(routes) * _BAR + 0.1)
    body = max(_CURVES, bars if staged else 0)
    top = _TOP + _LEGEND_ROW * len(routes) + _BUDGET_ROW * len(_different(routes))
    height = top + body + _FOOT
    picture = new_figure(height)
    foot, tall = _FOOT / height, body / height
    curves = picture.add_axes((0.075, foot, (_SPLIT if staged else 0.98) - 0.075, tall))
    _curves(curves, routes)
    for position, item in enumerate(routes):
        missing = f", {item.unanswered} without an answer" if item.unanswered else ""
        label = fitted(
            shown.line(f"{item.route or 'the route that the target chose'}: {len(item.values)} answered{missing}"),
            WIDTH - 1,
        )
        y = 1 - (0.14 + position * _LEGEND_ROW) / height
        picture.text(0.075, y, "\u25cf", color=route_colour(position), fontsize=NORMAL, va="center")
        picture.text(0.1, y, label, color=INK, fontsize=NORMAL, va="center")
    if staged:
        _stages(picture.add_axes((_SPLIT + 0.115, foot, 0.985 - _SPLIT - 0.115, tall)), routes)
    longest = max(value for item in routes for value in item.values)
    alt = f"Latency of suite {suite}: {len(routes)} routes, the slowest answer after {number(longest)} ms"
    return finished(picture, shown.line(alt), shown.line(f"Suite {suite}. {_CAPTION}"))


def _curves(axes: Axes, routes: Sequence[Latencies]) -> None:
    quiet(axes)
    axes.grid(color=GRID, linewidth=0.6)
    every = [max(value, _SHORTEST_MS) for item in routes for value in item.values]
    limits = [budget.limit_ms for item in routes for budget in item.budgets]
    low, high = min(every) / 1.3, max([*every, *limits]) * 1.5
    axes.set_xscale("log")
    axes.set_xlim(low, high)
    axes.set_ylim(0, 1.03)
    axes.set_yticks([0, 0.25, 0.5, 0.75, 1])
    axes.set_yticklabels(["0 %", "25 %", "50 %", "75 %", "100 %"])
    ticks = _ticks(low, high)
    axes.set_xticks(ticks)
    axes.set_xticklabels([f"{tick:g}" for tick in ticks])
    axes.set_xticks([], minor=True)
    axes.set_xlabel("milliseconds (logarithmic scale)", color=MUTED, fontsize=SMALL)
    for position, item in enumerate(routes):
        asked = len(item.values) + item.unanswered
        x = [low, *(max(value, _SHORTEST_MS) for value in item.values), high]
        y = [0.0, *((rank + 1) / asked for rank in range(len(item.values))), len(item.values) / asked]
        axes.plot(x, y, drawstyle="steps-post", color=route_colour(position), linewidth=1.6, zorder=3)
    _budgets(axes, routes, low, high)


def _budgets(axes: Axes, routes: Sequence[Latencies], low: float, high: float) -> None:
    """Each different budget once, its words above the curves on a line of their own."""
    colour = STATUS_COLOURS["FAILED"]
    for row, budget in enumerate(_different(routes)):
        axes.plot(
            [budget.limit_ms] * 2, [0, 1.03], color=colour, linewidth=0.8, linestyle=(0, (4, 3)), zorder=2,
        )  # fmt: skip
        axes.plot(
            [budget.limit_ms], [budget.level], "o", markerfacecolor="none", markeredgecolor=colour, markersize=6,
            zorder=4,
        )  # fmt: skip
        right = log10(budget.limit_ms / low) > 0.5 * log10(high / low)
        axes.annotate(
            f"{budget.label} within {number(budget.limit_ms)} ms", (budget.limit_ms, 1.03),
            xytext=(3 if right else -3, 5 + row * _BUDGET_ROW * 72), textcoords="offset points", color=colour,
            fontsize=SMALL, ha="right" if right else "left", va="bottom", annotation_clip=False,
        )  # fmt: skip


def _different(routes: Sequence[Latencies]) -> list[Budget]:
    """The budgets of all routes, each once."""
    found = {budget for item in routes for budget in item.budgets}
    return sorted(found, key=lambda budget: (-budget.limit_ms, -budget.level))


def _stages(axes: Axes, routes: Sequence[Latencies]) -> None:
    quiet(axes)
    axes.axvline(0, color=GRID, linewidth=0.8)
    widest = max((stage.p95 for item in routes for stage in item.stages), default=0.0) or 1.0
    axes.set_xlim(0, widest * 1.75)
    slot = len(routes) * _BAR + 0.1
    axes.set_ylim(len(STAGES) * slot, 0)
    axes.set_yticks([(row + 0.5) * slot for row in range(len(STAGES))])
    axes.set_yticklabels(STAGES, color=INK, fontsize=NORMAL)
    axes.set_xticks([])
    axes.spines["bottom"].set_visible(False)
    for position, item in enumerate(routes):
        for stage in item.stages:
            y = STAGES.index(stage.name) * slot + 0.05 + (position + 0.5) * _BAR
            axes.barh(y, stage.p95, height=_BAR * 0.8, color=route_colour(position), alpha=0.35, linewidth=0)
            axes.barh(y, stage.median, height=_BAR * 0.8, color=route_colour(position), linewidth=0)
            label = f"{stage.median:.4g} / {stage.p95:.4g}"
            axes.text(stage.p95 + widest * 0.03, y, label, color=MUTED, fontsize=SMALL - 0.5, va="center")


def _ticks(low: float, high: float) -> list[float]:
    """1, 2 and 5 times the powers of ten where that gives few marks, else 1 and 3, else the powers alone."""
    decades = log10(high / low)
    steps = (1.0, 2.0, 5.0) if decades <= 2 else (1.0, 3.0) if decades <= 3.5 else (1.0,)
    every = [step * 10.0**power for power in range(-3, 9) for step in steps]
    return [tick for tick in every if low <= tick <= high]
