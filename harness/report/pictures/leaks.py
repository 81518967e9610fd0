"""Who got whose: one matrix for each suite and route of isolation probes."""

from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from harness.report.details.leaks import LeakMatrix, PairCount
from harness.report.pictures.canvas import (
    BAD_SIDE,
    GOOD_SIDE,
    GRID,
    INK,
    MUTED,
    NORMAL,
    PLAIN_CELL,
    SMALL,
    STATUS_COLOURS,
    WIDTH,
    Picture,
    finished,
    fitted,
    new_figure,
)
from harness.report.text import Redaction
from harness.report.words import place

MOST_TENANTS = 12
"""Tenants in the picture, those with leaks first."""

_NAMES, _TITLE, _HEIGHT = 1.5, 0.55, 0.46
"""Inches: row names, column names with their title, a row."""
_WIDEST = 1.15
_CAPTION = (
    "Rows ask, columns own. Each cell: probes that leaked / probes asked. Void: the owner's positive control did not "
    "fire, so the probe shows nothing; unanswered: the ask failed. Both keep a check from passing."
)


def leak_picture(matrix: LeakMatrix, shown: Redaction) -> Picture:
    """The matrix of one suite and route."""
    tenants = _chosen(matrix)
    cell = min(_WIDEST, (WIDTH - _NAMES) / len(tenants))
    height = _TITLE + _HEIGHT * len(tenants) + 0.06
    width = _NAMES + cell * len(tenants) + 0.04
    figure = new_figure(height, width)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_xlim(0, width)
    axes.set_ylim(height, 0)
    axes.axis("off")
    axes.text(_NAMES, 0.13, "owns", color=MUTED, fontsize=SMALL, va="center")
    axes.text(0.02, _TITLE - 0.17, "asks", color=MUTED, fontsize=SMALL, va="center")
    for column, tenant in enumerate(tenants):
        name = fitted(shown.line(tenant), cell - 0.08)
        axes.text(
            _NAMES + (column + 0.5) * cell, _TITLE - 0.17, name, color=INK, fontsize=NORMAL, ha="center", va="center"
        )
    for row, asking in enumerate(tenants):
        top = _TITLE + row * _HEIGHT
        axes.text(
            0.02, top + _HEIGHT / 2, fitted(shown.line(asking), _NAMES - 0.15), color=INK, fontsize=NORMAL, va="center"
        )
        for column, owning in enumerate(tenants):
            _cell(axes, matrix.counts.get((asking, owning)), _NAMES + column * cell, top, cell)
    counts = matrix.counts.values()
    told = (
        f"{place(matrix.suite, matrix.route)}: {sum(count.leaks for count in counts)} leaks in "
        f"{sum(count.probes for count in counts)} probes between {len(matrix.tenants)} tenants"
    )
    left_out = len(matrix.tenants) - len(tenants)
    more = f" {left_out} tenants are not drawn; those with leaks are." if left_out else ""
    return finished(figure, shown.line(told), shown.line(f"{told}. {_CAPTION}{more}"))


def _chosen(matrix: LeakMatrix) -> tuple[str, ...]:
    """The tenants to draw, in their order; where there are too many, those in a pair with leaks before the others."""
    leaking = {tenant for pair, count in matrix.counts.items() if count.leaks for tenant in pair}
    first = sorted(matrix.tenants, key=lambda tenant: tenant not in leaking)[:MOST_TENANTS]
    return tuple(tenant for tenant in matrix.tenants if tenant in first)


def _cell(axes: Axes, count: PairCount | None, left: float, top: float, width: float) -> None:
    unproven = count.void + count.unanswered if count else 0
    ground = PLAIN_CELL if count is None else BAD_SIDE if count.leaks else PLAIN_CELL if unproven else GOOD_SIDE
    axes.add_patch(
        Rectangle(
            (left + 0.02, top + 0.02), width - 0.04, _HEIGHT - 0.04, facecolor=ground, edgecolor=GRID, linewidth=0.6
        )
    )
    if count is None:
        axes.text(left + width / 2, top + _HEIGHT / 2, "\u2013", color=MUTED, fontsize=NORMAL, ha="center", va="center")
        return
    colour = STATUS_COLOURS["FAILED"] if count.leaks else INK
    middle = top + _HEIGHT / 2 - (0.08 if unproven else 0)
    axes.text(
        left + width / 2, middle, f"{count.leaks} / {count.probes}", color=colour, fontsize=NORMAL,
        ha="center", va="center", fontweight="bold" if count.leaks else "normal",
    )  # fmt: skip
    if unproven:
        words = [f"{number} {word}" for number, word in ((count.void, "void"), (count.unanswered, "unansw.")) if number]
        axes.text(
            left + width / 2, top + _HEIGHT - 0.13, fitted(", ".join(words), width - 0.06, SMALL - 1),
            color=STATUS_COLOURS["INCONCLUSIVE"], fontsize=SMALL - 1, ha="center", va="center",
        )  # fmt: skip
