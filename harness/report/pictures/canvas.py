"""What all pictures share: size, palette, letters, and the way to a self-contained image.

Letters are drawn as outlines, so that a picture looks the same everywhere. Colours are exchanged by a style sheet
inside the image where the reader prefers dark pages. The same figure gives the same bytes.
"""

import re
from base64 import b64encode
from bisect import bisect_right
from dataclasses import dataclass
from functools import lru_cache
from io import StringIO
from itertools import accumulate
from typing import Any

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, findfont, get_font
from matplotlib.ft2font import LoadFlags

from harness.domain.checks import Status
from harness.report.text import clip, spelt_out

WIDTH = 7.6
"""Inches; at 96 points to the inch the width of the report's column."""
SMALL, NORMAL = 7.5, 8.5
"""Points."""

INK, MUTED, GRID = "#1c2430", "#5b6675", "#d5dbe3"
BAD_SIDE, GOOD_SIDE, PLAIN_CELL = "#fbe9e7", "#e6f4ec", "#eef1f5"
STATUS_COLOURS: dict[Status, str] = {
    "PASSED": "#1a7f4b",
    "FAILED": "#c0342c",
    "INCONCLUSIVE": "#a86400",
    "INVALID": "#7a3fb0",
}
ROUTE_COLOURS = ("#2a6ab0", "#c4621f", "#2f8a80", "#8b4f9f", "#6b7280")
"""Told apart by people with any of the usual kinds of colour blindness; a sixth route begins again."""

_DARK = {
    INK: "#e3e8ef",
    MUTED: "#9da9b8",
    GRID: "#38424f",
    BAD_SIDE: "#3d2426",
    GOOD_SIDE: "#1d3328",
    PLAIN_CELL: "#262d37",
    STATUS_COLOURS["PASSED"]: "#4fc38a",
    STATUS_COLOURS["FAILED"]: "#ff8078",
    STATUS_COLOURS["INCONCLUSIVE"]: "#e5a84b",
    STATUS_COLOURS["INVALID"]: "#c49bf2",
    ROUTE_COLOURS[0]: "#7db3f0",
    ROUTE_COLOURS[1]: "#f2a06b",
    ROUTE_COLOURS[2]: "#6fc9be",
    ROUTE_COLOURS[3]: "#cf9be0",
    ROUTE_COLOURS[4]: "#a9b1bd",
}
_FONT = FontProperties(family="DejaVu Sans")
_SETTINGS: dict[Any, Any] = {
    "svg.hashsalt": "harness",
    "svg.fonttype": "path",
    "font.family": "DejaVu Sans",
    "text.parse_math": False,
    "path.simplify": True,
}
_NOTHING_ADDED = {"Date": None, "Creator": None, "Format": None, "Type": None}
_LONGEST_LABEL = 200
_COMMENT = re.compile(r"<!--.*?-->\s*", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Picture:
    """An image that needs nothing from outside, what it shows in one line, and what stands under it."""

    source: str
    """`data:image/svg+xml;base64,...`"""
    alt: str
    caption: str


def new_figure(height: float, width: float = WIDTH) -> Figure:
    """An empty figure without a ground of its own, in inches."""
    figure = Figure(figsize=(width, height))
    figure.patch.set_visible(False)
    return figure


def quiet(axes: Axes) -> None:
    """Axes without a ground or a frame but for a thin foot line."""
    axes.patch.set_visible(False)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color(GRID)
    axes.tick_params(colors=MUTED, labelsize=SMALL, length=0)
    axes.set_axisbelow(True)


def finished(figure: Figure, alt: str, caption: str) -> Picture:
    """The figure as a picture."""
    stream = StringIO()
    with rc_context(_SETTINGS):
        FigureCanvasSVG(figure).print_svg(stream, metadata=_NOTHING_ADDED)  # type: ignore[no-untyped-call]
    drawn = _COMMENT.sub("", stream.getvalue())
    start = drawn.index("<svg")
    opened = drawn.index(">", start) + 1
    svg = f"{drawn[start:opened]}<style>{_dark_rules()}</style>{drawn[opened:]}"
    return Picture(f"data:image/svg+xml;base64,{b64encode(svg.encode('utf-8')).decode('ascii')}", alt, caption)


def route_colour(position: int) -> str:
    """The colour of the n-th route of a suite, from 0."""
    return ROUTE_COLOURS[position % len(ROUTE_COLOURS)]


def fitted(text: str, inches: float, size: float = NORMAL) -> str:
    """The text in letters that there are, cut so that it is at most so wide."""
    drawable = drawn_letters(clip(text, _LONGEST_LABEL))
    room = inches * 72 / size
    if sum(map(_advance, drawable)) <= room:
        return drawable
    room -= 3 * _advance(".")
    reached = list(accumulate(map(_advance, drawable)))
    return drawable[: bisect_right(reached, room)].rstrip() + "..."


def drawn_letters(text: str) -> str:
    """The text with a question mark for each letter that the font lacks."""
    return "".join(sign if ord(sign) in _letters() else "?" for sign in spelt_out(text))


@lru_cache(maxsize=4096)
def _advance(letter: str) -> float:
    """How far a letter moves the pen, as a share of the font's size."""
    font = get_font(findfont(_FONT))
    return float(font.load_char(ord(letter), flags=LoadFlags.NO_SCALE).horiAdvance) / font.units_per_EM


@lru_cache(maxsize=1)
def _letters() -> frozenset[int]:
    return frozenset(get_font(findfont(_FONT)).get_charmap())


def _dark_rules() -> str:
    rules = "".join(
        f'[style*="{part}: {light}"]{{{part}:{dark}!important}}'
        for light, dark in _DARK.items()
        for part in ("fill", "stroke")
    )
    return f"@media screen and (prefers-color-scheme:dark){{{rules}}}"
