"""Quality by slice: the same metrics for each tenant and each tag, side by side."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import floor

from matplotlib.axes import Axes

from harness.domain.runs import Record
from harness.domain.scores import Metric
from harness.report.details.groups import Group, groups
from harness.report.details.worst import lower_is_better
from harness.report.pictures.canvas import (
    GRID,
    INK,
    MUTED,
    NORMAL,
    SMALL,
    WIDTH,
    Picture,
    finished,
    fitted,
    new_figure,
    quiet,
    route_colour,
)
from harness.report.text import Redaction

FEW = 10
"""Below this many cases a slice is drawn as a ring: it says little."""
MOST_SLICES = 24
MOST_METRICS = 9

_PANELS = 3
_NAMES, _ROW, _TITLE, _FOOT, _LEGEND_ROW = 1.55, 0.17, 0.3, 0.34, 0.2
_GAP = 0.2
_APART = 0.24
"""Of a row: between the points of two routes, so that equal values show both."""
_CAPTION = (
    "The mean of each metric by tenant and by tag. The vertical line is the mean of all cases, the dashed one the "
    f"rule's limit. A ring stands for fewer than {FEW} cases. Slices decide nothing unless a rule names them."
)


@dataclass(frozen=True, slots=True)
class _Panel:
    """One metric of one suite: its slices and its whole by route, and the limits that rules set on the whole."""

    name: str
    slices: tuple[tuple[Metric, ...], ...]
    whole: tuple[float | None, ...]
    limits: tuple[float, ...]


def slice_pictures(record: Record, shown: Redaction) -> list[Picture]:
    """One picture for each suite whose cases are sliced; probe suites are told by their own pictures."""
    probing = {suite.name for suite in record.gate.suites if suite.probes}
    by_suite: dict[str, list[Group]] = {}
    for group in groups(record):
        if group.suite not in probing:
            by_suite.setdefault(group.suite, []).append(group)
    drawn = ((suite, own, _panels(own)) for suite, own in by_suite.items())
    return [_picture(suite, own, panels, shown) for suite, own, panels in drawn if panels]


def _panels(routes: Sequence[Group]) -> list[_Panel]:
    """The metrics that are means of something better when higher, and have slices by tenant or tag."""
    found: list[_Panel] = []
    names = dict.fromkeys(metric.name for group in routes for metric in group.slices if _is_drawn(metric))
    for name in list(names)[:MOST_METRICS]:
        slices = tuple(
            tuple(metric for metric in group.slices if metric.name == name and _is_drawn(metric)) for group in routes
        )
        means = [
            [metric.value for metric in group.metrics if metric.name == name and metric.aggregate == "mean"]
            for group in routes
        ]
        limits = {
            check.rule.threshold
            for group in routes
            for check in group.checks
            if check.rule.metric == name and check.rule.aggregate == "mean" and not check.rule.slice_tag
        }
        whole = tuple(values[0] if values else None for values in means)
        found.append(_Panel(name, slices, whole, tuple(sorted(limit for limit in limits if limit is not None))))
    return found


def _is_drawn(metric: Metric) -> bool:
    sliced = metric.slice.startswith(("tenant=", "tag="))
    return sliced and metric.aggregate == "mean" and metric.value is not None and not lower_is_better(metric.name)


def _picture(suite: str, routes: Sequence[Group], panels: Sequence[_Panel], shown: Redaction) -> Picture:
    names = _slice_names(panels)
    columns = min(_PANELS, len(panels))
    lines = -(-len(panels) // columns)
    body = _ROW * len(names)
    top = 0.06 + _LEGEND_ROW * len(routes)
    height = top + lines * (_TITLE + body + _FOOT)
    wide = (WIDTH - _NAMES - _GAP * columns) / columns
    picture = new_figure(height)
    low = _lowest(panels)
    for position, group in enumerate(routes):
        y = 1 - (0.12 + position * _LEGEND_ROW) / height
        label = fitted(shown.line(group.route or "the route that the target chose"), WIDTH - 1)
        picture.text(0.02, y, "\u25cf", color=route_colour(position), fontsize=NORMAL, va="center")
        picture.text(0.045, y, label, color=INK, fontsize=NORMAL, va="center")
    for index, panel in enumerate(panels):
        line, column = divmod(index, columns)
        left = _NAMES + column * (wide + _GAP)
        base = height - top - (line + 1) * (_TITLE + body + _FOOT) + _FOOT
        axes = picture.add_axes((left / WIDTH, base / height, wide / WIDTH, body / height))
        _draw(axes, panel, names, low)
        axes.set_title(
            fitted(shown.line(panel.name), wide), color=INK, fontsize=NORMAL, loc="left", fontweight="bold", pad=5
        )
        axes.set_yticklabels([fitted(shown.line(name), _NAMES - 0.12, SMALL) for name in names] if column == 0 else [])
    alt = f"{len(panels)} metrics of suite {suite} in {len(names)} slices over {len(routes)} routes"
    return finished(picture, shown.line(alt), shown.line(f"Suite {suite}. {_CAPTION}"))


def _slice_names(panels: Sequence[_Panel]) -> list[str]:
    """Tenants before tags; where there are too many, the ones with most cases."""
    sizes: dict[str, int] = {}
    for metric in (metric for panel in panels for route in panel.slices for metric in route):
        sizes[metric.slice] = max(metric.n, sizes.get(metric.slice, 0))
    largest = sorted(sizes, key=lambda name: (-sizes[name], name))[:MOST_SLICES]
    return sorted(largest, key=lambda name: (not name.startswith("tenant="), name))


def _lowest(panels: Sequence[_Panel]) -> float:
    """The left edge that all panels share: a tenth below the lowest value, so that they compare at a glance."""
    values = [
        metric.value for panel in panels for route in panel.slices for metric in route if metric.value is not None
    ]
    limits = [limit for panel in panels for limit in panel.limits]
    return max(0.0, floor(min([*values, *limits]) * 10 - 0.5) / 10)


def _draw(axes: Axes, panel: _Panel, names: Sequence[str], low: float) -> None:
    quiet(axes)
    axes.set_xlim(low - 0.02, 1.02)
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.set_yticks(range(len(names)))
    axes.tick_params(axis="y", labelcolor=INK)
    axes.set_xticks([low, (1 + low) / 2, 1.0])
    axes.set_xticklabels([f"{low:g}", f"{(1 + low) / 2:g}", "1"])
    axes.grid(axis="y", color=GRID, linewidth=0.5)
    tenants = sum(1 for name in names if name.startswith("tenant="))
    if 0 < tenants < len(names):
        axes.axhline(tenants - 0.5, color=MUTED, linewidth=0.6)
    for limit in panel.limits:
        axes.axvline(limit, color=INK, linewidth=0.9, linestyle=(0, (3, 2)), zorder=2)
    for position, (slices, whole) in enumerate(zip(panel.slices, panel.whole, strict=True)):
        colour = route_colour(position)
        if whole is not None:
            axes.axvline(whole, color=colour, linewidth=1, zorder=2)
        for metric in slices:
            if metric.slice in names and metric.value is not None:
                y = names.index(metric.slice) + _APART * (position - (len(panel.slices) - 1) / 2)
                axes.plot(
                    [metric.value], [y], "o", color=colour, markersize=4, zorder=3,
                    markerfacecolor="none" if metric.n < FEW else colour,
                )  # fmt: skip
