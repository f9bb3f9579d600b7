"""Draws a chart with matplotlib. Import it in the process that draws alone: it takes half a second and 60 MB.

One picture has to be read in Discord's dark and light theme, which it doesn't tell: a dark card with its own
background, on which all colours keep a contrast of at least 4.5 to 1. Made for a telephone, where it is shown at a
third of its width: the smallest type is 32 pixels high. The colours are of Okabe and Ito's palette, which the
colour-blind can tell apart; a limit is a dashed line with its name on it.
"""

# matplotlib's stubs leave the types of its many keyword arguments open.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false

from functools import cache
from io import BytesIO
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import findfont
from matplotlib.ft2font import FT2Font
from matplotlib.text import Text

from bot.charts.text import drawable
from bot.domain.chart import Chart, Columns, Panel, Rows

WIDTH = 1200  # pixels

_MARGIN = 48
_TITLE = 132
_PANEL_TITLE = 72
_COLUMNS = 440
_BENEATH = 60  # for the labels of columns
_ROW = 62
_GAP = 44

_LABELLED = 5
"""Every so manyth column, from 1 on, has its label."""

_CARD, _INK, _QUIET, _GRID = "#1f2126", "#f4f5f7", "#c3c8d1", "#4b505a"
_BAR, _LIMIT = "#56b4e9", "#f0a92b"

_LARGE, _TYPE, _SMALL = 46, 36, 32  # pixels
_DPI = 72  # so that a point is a pixel

_SETTINGS: dict[Any, Any] = {
    "font.family": ["DejaVu Sans"],
    "font.size": _SMALL,
    "text.parse_math": False,  # a member may be called $x^2$
    "text.color": _INK,
    "axes.unicode_minus": False,
}


def paint(chart: Chart) -> bytes:
    """The chart as a PNG, `WIDTH` pixels wide and as high as it takes. Blocking, for some tenths of a second."""
    with mpl.rc_context(_SETTINGS):
        height = _TITLE + sum(_height(panel) for panel in chart.panels)
        figure = Figure((WIDTH / _DPI, height / _DPI), dpi=_DPI, facecolor=_CARD)
        canvas = FigureCanvasAgg(figure)
        known = _code_points()
        _text(figure, _MARGIN, height - _MARGIN, drawable(chart.title, known), size=_LARGE, weight="bold")
        top = height - _TITLE
        for panel in chart.panels:
            title = drawable(panel.title, known)
            _text(figure, _MARGIN, top, title, size=_TYPE, weight="bold", color=_QUIET)
            below = top - _height(panel)
            match panel:
                case Columns():
                    _columns(figure, panel, known, bottom=below + _GAP + _BENEATH)
                case Rows():
                    _rows(figure, panel, known, top=top - _PANEL_TITLE)
            top = below
        output = BytesIO()
        canvas.print_png(output, metadata={"Software": None})
        return output.getvalue()


def _height(panel: Panel) -> int:
    """Pixels, from its title to the next one's."""
    drawing = _COLUMNS + _BENEATH if isinstance(panel, Columns) else _ROW * len(panel.bars)
    return _PANEL_TITLE + drawing + _GAP


def _columns(figure: Figure, panel: Columns, known: frozenset[int], *, bottom: float) -> None:
    labels = [drawable(each.label, known) for each in panel.scale]
    left = _MARGIN + max((_width(figure, each, _SMALL) for each in labels), default=0) + 16
    axes = _axes(figure, left, bottom, WIDTH - left - _MARGIN, _COLUMNS - 30)
    top = max(range(len(panel.bars)), key=lambda place: panel.bars[place].value)
    limit = panel.limit.value if panel.limit else 0
    reach = max(panel.scale[-1].value, 1.14 * max(limit, panel.bars[top].value))  # above both there are words
    axes.set_ylim(0, 1.01 * reach)
    axes.set_xlim(-0.6, len(panel.bars) - 0.4)
    for mark, label in zip(panel.scale, labels, strict=True):
        axes.axhline(mark.value, color=_GRID, linewidth=2, zorder=0)
        axes.annotate(
            label, (0, mark.value), (-12, 0), xycoords=("axes fraction", "data"), textcoords="offset pixels",
            ha="right", va="center", color=_QUIET,
        )  # fmt: skip
    axes.bar(range(len(panel.bars)), [each.value for each in panel.bars], width=0.74, color=_BAR, zorder=2)
    for place, each in enumerate(panel.bars):
        if place == 0 or place % _LABELLED == _LABELLED - 1:
            axes.annotate(
                drawable(each.label, known), (place, 0), (0, -14), textcoords="offset pixels",
                ha="center", va="top", color=_QUIET,
            )  # fmt: skip
        if place == top:
            side = _side(place, len(panel.bars))
            axes.annotate(
                drawable(each.shown, known), (place, each.value), (0, 8), textcoords="offset pixels",
                ha=side, va="bottom", weight="bold", zorder=5, bbox={"color": _CARD, "alpha": 0.75, "pad": 3},
            )  # fmt: skip
    if panel.limit:
        axes.axhline(panel.limit.value, color=_LIMIT, linewidth=5, linestyle=(0, (4, 2)), zorder=3)
        # Away from the highest column, whose words may be as high up.
        end, side, inwards = (1, "right", -6) if top < len(panel.bars) / 2 else (0, "left", 6)
        axes.annotate(
            drawable(panel.limit.label, known), (end, panel.limit.value), (inwards, 9),
            xycoords=("axes fraction", "data"), textcoords="offset pixels", ha=side, va="bottom", color=_LIMIT,
            weight="bold", zorder=4, bbox={"color": _CARD, "alpha": 0.75, "pad": 3},
        )  # fmt: skip


def _rows(figure: Figure, panel: Rows, known: frozenset[int], *, top: float) -> None:
    labels = [drawable(each.label, known, each.instead) for each in panel.bars]
    labels = [_shortened(figure, each, 0.4 * WIDTH) for each in labels]
    left = _MARGIN + max((_width(figure, each, _SMALL) for each in labels), default=0) + 20
    shown = max((_width(figure, each.shown, _SMALL) for each in panel.bars), default=0) + 20
    height = _ROW * len(panel.bars)
    axes = _axes(figure, left, top - height, WIDTH - left - _MARGIN - shown, height)
    axes.set_ylim(len(panel.bars) - 0.5, -0.5)
    axes.set_xlim(0, max(max((each.value for each in panel.bars), default=0), 1))
    axes.barh(range(len(panel.bars)), [each.value for each in panel.bars], height=0.66, color=_BAR)
    for place, (bar, label) in enumerate(zip(panel.bars, labels, strict=True)):
        axes.annotate(
            label, (0, place), (-14, 0), textcoords="offset pixels", ha="right", va="center_baseline",
            annotation_clip=False,
        )  # fmt: skip
        axes.annotate(
            drawable(bar.shown, known), (bar.value, place), (12, 0), textcoords="offset pixels",
            ha="left", va="center_baseline", color=_INK, annotation_clip=False,
        )  # fmt: skip


def _axes(figure: Figure, left: float, bottom: float, width: float, height: float) -> Axes:
    """Empty ones, at these pixels."""
    wide, high = figure.get_figwidth() * _DPI, figure.get_figheight() * _DPI
    axes = figure.add_axes((left / wide, bottom / high, width / wide, height / high), facecolor="none")
    axes.set_axis_off()
    return axes


def _text(figure: Figure, x: float, y: float, text: str, *, size: int, **style: Any) -> None:
    """With its upper left corner at these pixels, and no wider than the chart."""
    wide, high = figure.get_figwidth() * _DPI, figure.get_figheight() * _DPI
    fitting = _shortened(figure, text, WIDTH - x - _MARGIN, size)
    figure.text(x / wide, y / high, fitting, size=size, ha="left", va="top", **style)


def _width(figure: Figure, text: str, size: int = _SMALL) -> float:
    """Pixels. Bold type is somewhat wider."""
    artist = Text(0, 0, text, size=size, figure=figure)
    return artist.get_window_extent().width if text else 0.0


def _shortened(figure: Figure, text: str, most: float, size: int = _SMALL) -> str:
    """The text, or its beginning where it is wider than that."""
    if _width(figure, text, size) <= most:
        return text
    return next(
        (short for end in range(len(text), 0, -1) if _width(figure, short := text[:end] + "…", size) <= most), "…"
    )


def _side(place: int, of: int) -> str:
    """Which way words at a column stand, so that they stay within the chart."""
    if place < of * 0.12:
        return "left"
    return "right" if place > of * 0.88 else "center"


@cache
def _code_points() -> frozenset[int]:
    """All that the font has a sign for. It is one of those that matplotlib brings along."""
    return frozenset(FT2Font(findfont("DejaVu Sans", fallback_to_default=False)).get_charmap())
