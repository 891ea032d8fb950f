"""The page on which methods are heard and seen: waveform, knobs, variants, transport, and what was measured."""

from __future__ import annotations

from itertools import pairwise
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QLabel, QSplitter, QTabWidget, QVBoxLayout, QWidget

from afxplugin.editor.look.theme import GAP, HAIR, NEAR
from afxplugin.editor.widgets.abx_panel import AbxPanel
from afxplugin.editor.widgets.compare_bar import CompareBar
from afxplugin.editor.widgets.difference_plot import DifferencePlot
from afxplugin.editor.widgets.figures_table import FiguresTable
from afxplugin.editor.widgets.knob_panel import KnobPanel
from afxplugin.editor.widgets.spectrogram_plot import SpectrogramPlot
from afxplugin.editor.widgets.spectrum_plot import SpectrumPlot
from afxplugin.editor.widgets.transport import Transport
from afxplugin.editor.widgets.waveform import WaveformView

_KINDS: Final = ("", "spectrum", "sweep", "difference", "")
FIGURES, SPECTRUM, SWEEP, DIFFERENCE, BLIND = range(5)


class ComparePage(QWidget):
    """kind: what the tab in front needs, as ``kind_shown``."""

    kind = Signal(str)

    def __init__(self, *, shortest_s: float, longest_s: float, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.waveform = WaveformView(shortest_s=shortest_s, longest_s=longest_s)
        self.knobs = KnobPanel()
        self.bar = CompareBar()
        self.transport = Transport()
        self.figures = FiguresTable()
        self.spectrum = SpectrumPlot()
        self.sweep = SpectrogramPlot()
        self.difference = DifferencePlot()
        self.blind = AbxPanel()
        self.status = QLabel()
        self.status.setProperty("role", "muted")
        self.tabs = QTabWidget()
        self.tabs.setDocumentMode(True)
        for widget, text in (
            (self.figures, self.tr("Figures")),
            (self.spectrum, self.tr("Spectrum")),
            (self.sweep, self.tr("Sweep")),
            (self.difference, self.tr("Difference")),
            (self.blind, self.tr("Blind test")),
        ):
            self.tabs.addTab(widget, text)
        self.tabs.setCornerWidget(self.status, Qt.Corner.TopRightCorner)
        self.tabs.tabBar().setAccessibleName(self.tr("What is shown of the comparison"))
        self.tabs.currentChanged.connect(lambda _: self.kind.emit(self.kind_shown))
        self.spectrum.kind.connect(self.kind)
        self._lay_out()
        self.knobs.rebuilt.connect(self._order)
        self._order()

    @property
    def kind_shown(self) -> str:
        """What the tab in front shows: "spectrum", "stem spectrum", "sweep", "difference" or nothing."""
        kind = _KINDS[self.tabs.currentIndex()]
        return self.spectrum.kind_shown if kind == "spectrum" else kind

    @property
    def parts(self) -> tuple[Transport, FiguresTable, SpectrumPlot, SpectrogramPlot, DifferencePlot]:
        """What has colours of its own, to be restyled with another palette."""
        return self.transport, self.figures, self.spectrum, self.sweep, self.difference

    @property
    def panels(self) -> tuple[QWidget, QWidget]:
        """What is heard, above, and what was measured, below."""
        return self._upper, self._lower

    def _order(self) -> None:
        """The way of the Tab key, as one reads."""
        bar, transport = self.bar, self.transport
        upper = [self.waveform, *self.knobs.dials, *bar.buttons.values(), bar.matched, transport.button]
        chain = [*upper, transport.device, self.tabs.tabBar(), self.figures]
        for before, after in pairwise(chain):
            QWidget.setTabOrder(before, after)

    def _lay_out(self) -> None:
        upper = QFrame()
        upper.setProperty("role", "panel")
        inside = QVBoxLayout(upper)
        inside.setContentsMargins(GAP, GAP, GAP, NEAR)
        inside.setSpacing(NEAR)
        inside.addWidget(self.waveform, 1)
        inside.addWidget(self.knobs)
        inside.addWidget(self.bar)
        inside.addWidget(self.transport)
        lower = QFrame()
        lower.setProperty("role", "panel")
        beneath = QVBoxLayout(lower)
        beneath.setContentsMargins(GAP, NEAR // 2, GAP, NEAR)
        beneath.addWidget(self.tabs)
        self.split = QSplitter(Qt.Orientation.Vertical)
        self.split.setChildrenCollapsible(False)
        self.split.setHandleWidth(NEAR)
        self._upper, self._lower = upper, lower
        self.split.addWidget(upper)
        self.split.addWidget(lower)
        self.split.setStretchFactor(0, 0)
        self.split.setStretchFactor(1, 1)
        self.split.setSizes([372, 324])
        lower.setMinimumHeight(190)
        lines = QVBoxLayout(self)
        lines.setContentsMargins(HAIR, HAIR, HAIR, HAIR)
        lines.addWidget(self.split)
