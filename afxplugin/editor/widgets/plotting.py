"""What all plots share: a pyqtgraph plot in the theme's colours, with axes that say their units."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtGui import QPainterPath

from afxplugin.editor.look.theme import SMALL, colour, current, font

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QPen

# Heights of the bottom axis' numbers and of its label.
_TICKS: Final = 20
_LABEL: Final = 17
OCTAVES_HZ: Final = (20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000, 100_000)


class FrequencyAxis(pg.AxisItem):
    """Ticks at 1, 2 and 5 of every decade on a logarithmic axis, as 100, 1k, 10k."""

    def tickValues(self, minVal: float, maxVal: float, size: float) -> Any:
        """Positions are decimal logarithms of Hz."""
        del size
        shown = [math.log10(each) for each in OCTAVES_HZ if minVal <= math.log10(each) <= maxVal]
        return [(1.0, shown)]

    def tickStrings(self, values: Sequence[float], scale: float, spacing: float) -> list[str]:
        """``100``, ``1k``."""
        del scale, spacing
        return [hertz_text(10**value) for value in values]


def hertz_text(frequency_hz: float) -> str:
    """``100``, ``1k``, ``2.5k``."""
    return f"{frequency_hz / 1000:g}k" if frequency_hz >= 1000 else f"{frequency_hz:.0f}"


def make_plot(*, bottom: str, left: str, logarithmic: bool = False) -> Any:
    """An empty plot, a ``pg.PlotWidget``; bottom, left: what the axes show.

    Wheel and drag zoom and move. Its type is Any as pyqtgraph's own are not what they say.
    """
    axes = {"bottom": FrequencyAxis("bottom")} if logarithmic else None
    made: Any = pg.PlotWidget(axisItems=axes, enableMenu=False)
    item = made.getPlotItem()
    item.hideButtons()
    item.setLabel("bottom", bottom)
    item.setLabel("left", left)
    item.setLogMode(x=logarithmic, y=False)
    item.getViewBox().setDefaultPadding(0.01)
    made.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    dress(made)
    return made


def dress(plot: Any) -> None:
    """Colours and type of the present palette."""
    palette = current()
    plot.setBackground(colour(palette.sunken))
    dress_item(plot.getPlotItem())


def dress_item(item: Any) -> None:
    """Axes, grid and labels of one plot."""
    palette = current()
    for side in ("left", "bottom"):
        axis = item.getAxis(side)
        axis.setPen(pg.mkPen(colour(palette.border)))
        axis.setTextPen(pg.mkPen(colour(palette.muted)))
        axis.setTickFont(font(SMALL))
        axis.label.setFont(font(SMALL))
        axis.setStyle(tickLength=-4, tickTextOffset=4)
        axis.setSIPrefixEnableRanges([])  # units stand in the label
    item.getAxis("left").setWidth(56)
    bottom = item.getAxis("bottom")
    bottom.setHeight(_TICKS + (_LABEL if bottom.labelText else 0))
    item.showGrid(x=True, y=True, alpha=0.16)
    item.titleLabel.setAttr("color", palette.text)


def line_pen(tone: str, width: float = 1.4, alpha: float = 1.0) -> QPen:
    """A pen for a curve."""
    return pg.mkPen(colour(tone, alpha), width=width)


def cross_symbol() -> QPainterPath:
    """A cross of two strokes, as thin at every size."""
    made = QPainterPath()
    for first, last in (((-0.5, -0.5), (0.5, 0.5)), ((-0.5, 0.5), (0.5, -0.5))):
        made.moveTo(*first)
        made.lineTo(*last)
    return made
