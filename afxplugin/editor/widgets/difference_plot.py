"""What is heard minus the reference: its waveform, and both levels over time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from afxplugin.editor.look.theme import HAIR, TIGHT, current
from afxplugin.editor.widgets.plotting import dress, line_pen, make_plot

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PySide6.QtGui import QShowEvent

_FLOOR_DB = -140.0
_LATER_MS = 20


@dataclass(frozen=True)
class Difference:
    """Of one variant from the reference.

    low, high: (columns,) the difference's extremes in ``columns`` equal parts of the region; reference_db and
    difference_db: (points,) levels in dBFS over time, ``seconds`` long.
    """

    label: str
    seconds: float
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    reference_db: NDArray[np.float64]
    difference_db: NDArray[np.float64]


class DifferencePlot(QWidget):
    """Two plots over the same time."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shown: Difference | None = None
        self.legend = QLabel()
        self.legend.setTextFormat(Qt.TextFormat.RichText)
        self.legend.setMinimumHeight(self.legend.fontMetrics().height())  # or the plots' heights change with its text
        self.wave = make_plot(bottom=self.tr("Time (s)"), left=self.tr("Difference"))
        self.wave.setAccessibleName(self.tr("Difference from the reference, waveform"))
        self.level = make_plot(bottom=self.tr("Time (s)"), left=self.tr("Level (dBFS)"))
        self.level.setAccessibleName(self.tr("Difference from the reference, level"))
        self.level.setXLink(self.wave)
        for plot in (self.wave, self.level):
            plot.getPlotItem().disableAutoRange()  # ranges are set here; looking for them takes as long as painting
        self.wave.getPlotItem().getAxis("bottom").setStyle(showValues=False)
        self.wave.getPlotItem().setLabel("bottom", None)
        self.wave.getPlotItem().showLabel("bottom", False)
        # One line to and fro between the extremes: much quicker to paint than an area between two lines.
        self._swing = self.wave.plot()
        self._reference, self._difference = self.level.plot(), self.level.plot()
        self._later = QTimer(self, singleShot=True, interval=_LATER_MS)
        self._later.timeout.connect(lambda: self.level.setUpdatesEnabled(True))
        lines = QVBoxLayout(self)
        lines.setContentsMargins(HAIR, TIGHT, HAIR, HAIR)
        lines.setSpacing(TIGHT)
        lines.addWidget(self.legend)
        lines.addWidget(self.wave, 1)
        lines.addWidget(self.level, 1)

    def showEvent(self, event: QShowEvent) -> None:
        """The first time too the plots are painted one after the other."""
        self._paint_apart()
        super().showEvent(event)

    def show_difference(self, difference: Difference | None) -> None:
        """Show one; None: nothing there yet."""
        self._shown = difference
        self._paint_apart()
        palette = current()
        if difference is None:
            for item in (self._swing, self._reference, self._difference):
                item.setData([], [])
            self.legend.setText("")
            return
        x = np.linspace(0.0, difference.seconds, 2 * difference.low.size)
        swing = np.stack([difference.low, difference.high], axis=1).ravel()
        self._swing.setData(x, swing, pen=line_pen(palette.danger, 1.0))
        reach = max(float(np.max(np.abs([difference.low, difference.high]), initial=0.0)), 1e-6)
        self.wave.setYRange(-reach, reach)
        t = np.linspace(0.0, difference.seconds, difference.reference_db.size)
        for item, y, tone in (
            (self._reference, difference.reference_db, palette.outline),
            (self._difference, difference.difference_db, palette.danger),
        ):
            item.setData(t, np.maximum(y, _FLOOR_DB), pen=line_pen(tone, 1.5))
        self.level.setYRange(max(_FLOOR_DB, float(np.min(difference.difference_db)) - 5), 3.0, padding=0)
        self.wave.setXRange(0.0, difference.seconds, padding=0)
        for plot in (self.wave, self.level):
            plot.getViewBox().updateMatrix()  # else found out while painting, which is then done twice
        self._tell(difference)

    def restyle(self) -> None:
        """Colours of another palette."""
        dress(self.wave)
        dress(self.level)
        self.show_difference(self._shown)

    def _paint_apart(self) -> None:
        """The lower plot a moment later: together they would halt the window for longer than it may."""
        self.level.setUpdatesEnabled(False)
        self._later.start()

    def _tell(self, difference: Difference) -> None:
        palette = current()
        parts = ((palette.danger, difference.label), (palette.outline, self.tr("Reference")))
        drawn = [f'<span style="color:{tone}">━</span> {text.replace("<", "&lt;")}' for tone, text in parts]
        self.legend.setText("&nbsp;&nbsp;&nbsp;".join(drawn))
        highest = float(np.max(difference.difference_db, initial=_FLOOR_DB))
        told = self.tr("{label}: at most {level} dBFS").format(label=difference.label, level=round(highest, 1))
        self.wave.setAccessibleDescription(told)
        self.level.setAccessibleDescription(told)
