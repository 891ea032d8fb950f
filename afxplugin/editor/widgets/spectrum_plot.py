"""The spectrum of what is heard, over the reference's: of a sine with harmonics and aliases marked, or of the stem."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from afxplugin.editor.look.theme import GAP, HAIR, TIGHT, colour, current
from afxplugin.editor.widgets.plotting import cross_symbol, dress, line_pen, make_plot
from afxplugin.editor.widgets.switch import Switch

if TYPE_CHECKING:
    from numpy.typing import NDArray

_FLOOR_DB = -140.0
LOWEST_HZ = 100.0
LOWEST_OF_STEM_HZ = 30.0
# How far below the lowest thing that is marked the axis begins.
_BELOW = 0.5
_MOST_POINTS = 1600
# Marks of aliases lower than this are not drawn: nobody hears them, and there are hundreds.
_LOWEST_MARK_DB = -110.0


@dataclass(frozen=True)
class SpectrumLine:
    """One curve: frequencies in Hz and levels in dBFS, both (bins,); called ``label`` in the legend."""

    label: str
    hz: NDArray[np.float64]
    dbfs: NDArray[np.float64]


@dataclass(frozen=True)
class Marks:
    """Points of a spectrum, frequencies in Hz and levels in dBFS, both (marks,)."""

    hz: NDArray[np.float64]
    dbfs: NDArray[np.float64]


class SpectrumPlot(QWidget):
    """Two curves at most, the reference behind, and a legend that tells shapes as well as colours.

    kind: what is to be shown now, "spectrum" (of a sine) or "stem spectrum".
    """

    kind = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shown: tuple[SpectrumLine | None, SpectrumLine | None, Marks | None, Marks | None] = (
            None,
            None,
            None,
            None,
        )
        self.plot = make_plot(bottom=self.tr("Frequency (Hz)"), left=self.tr("Level (dBFS)"), logarithmic=True)
        self.plot.setAccessibleName(self.tr("Spectrum"))
        self.plot.setYRange(_FLOOR_DB, 5.0, padding=0)
        self.plot.setXRange(np.log10(LOWEST_HZ), np.log10(24_000.0), padding=0)
        self._behind = self.plot.plot()
        self._front = self.plot.plot()
        self._harmonics = pg.ScatterPlotItem(symbol="o", size=7)
        self._aliases = pg.ScatterPlotItem(symbol=cross_symbol(), size=8)
        for item in (self._harmonics, self._aliases):
            self.plot.addItem(item)
        self.legend = QLabel()
        self.legend.setTextFormat(Qt.TextFormat.RichText)
        self.of_stem = Switch(self.tr("Of the ste&m"))
        self.of_stem.setToolTip(self.tr("What plays, instead of a sine whose harmonics and aliases can be marked"))
        self.of_stem.toggled.connect(lambda _: self.kind.emit(self.kind_shown))
        self.note = QLabel()
        self.note.setProperty("role", "small")
        top = QHBoxLayout()
        top.setSpacing(GAP)
        top.addWidget(self.legend)
        top.addStretch(1)
        top.addWidget(self.note)
        top.addWidget(self.of_stem)
        lines = QVBoxLayout(self)
        lines.setContentsMargins(HAIR, TIGHT, HAIR, HAIR)
        lines.setSpacing(TIGHT)
        lines.addLayout(top)
        lines.addWidget(self.plot, 1)

    @property
    def kind_shown(self) -> str:
        """What is to be shown, "spectrum" or "stem spectrum"."""
        return "stem spectrum" if self.of_stem.isChecked() else "spectrum"

    def show_spectrum(
        self,
        heard: SpectrumLine | None,
        reference: SpectrumLine | None = None,
        *,
        harmonics: Marks | None = None,
        aliases: Marks | None = None,
        note: str = "",
    ) -> None:
        """Show a spectrum, the reference's behind it, with marks; note: what was played."""
        self._shown = (heard, reference, harmonics, aliases)
        palette = current()
        for item, line, tone, width in (
            (self._behind, reference, palette.outline, 1.2),
            (self._front, heard, palette.accent, 1.5),
        ):
            if line is None:
                item.setData([], [])
            else:
                hz, dbfs = thinned(line)
                item.setData(hz, np.maximum(dbfs, _FLOOR_DB), pen=line_pen(tone, width))
        self._mark(self._harmonics, harmonics, palette.ok)
        self._mark(self._aliases, aliases, palette.danger)
        if heard is not None and heard.hz.size:
            lowest = LOWEST_OF_STEM_HZ if harmonics is None else lowest_shown(harmonics, aliases)
            self.plot.setXRange(np.log10(lowest), np.log10(float(heard.hz[-1])), padding=0)
        self.note.setText(note)
        self._tell(heard, reference, aliases, marked=harmonics is not None)

    def restyle(self) -> None:
        """Colours of another palette."""
        dress(self.plot)
        heard, reference, harmonics, aliases = self._shown
        self.show_spectrum(heard, reference, harmonics=harmonics, aliases=aliases, note=self.note.text())

    def _mark(self, item: pg.ScatterPlotItem, marks: Marks | None, tone: str) -> None:
        if marks is None or not marks.hz.size:
            item.setData([], [])
            return
        kept = _is_drawn(marks)
        # The plot's axis is logarithmic; only curves are told so by pyqtgraph.
        item.setData(np.log10(marks.hz[kept]), marks.dbfs[kept], pen=pg.mkPen(colour(tone), width=1.4), brush=None)

    def _tell(
        self, heard: SpectrumLine | None, reference: SpectrumLine | None, aliases: Marks | None, *, marked: bool
    ) -> None:
        palette = current()
        parts: list[tuple[str, str, str]] = []
        if heard is not None:
            parts.append(("━", palette.accent, heard.label))
        if reference is not None:
            parts.append(("━", palette.outline, reference.label))
        if marked:
            parts += [("○", palette.ok, self.tr("harmonics")), ("×", palette.danger, self.tr("aliases"))]
        drawn = [f'<span style="color:{tone}">{sign}</span> {_safe(text)}' for sign, tone, text in parts]
        self.legend.setText("&nbsp;&nbsp;&nbsp;".join(drawn))
        loudest = float(np.max(aliases.dbfs)) if aliases is not None and aliases.dbfs.size else None
        name = heard.label if heard is not None else self.tr("nothing")
        told = self.tr("{name}; loudest alias {level}").format(
            name=name, level=self.tr("none") if loudest is None else f"{loudest:.0f} dBFS"
        )
        self.plot.setAccessibleDescription(told if marked else name)


def lowest_shown(harmonics: Marks | None, aliases: Marks | None) -> float:
    """Where the axis begins, in Hz: an octave below the lowest partial or alias that is marked."""
    marked = [each.hz[_is_drawn(each)] for each in (harmonics, aliases) if each is not None]
    lowest = min((float(hz.min()) for hz in marked if hz.size), default=LOWEST_HZ / _BELOW)
    return max(_BELOW * lowest, LOWEST_HZ / 2)


def _is_drawn(marks: Marks) -> NDArray[np.bool_]:
    return (marks.dbfs >= _LOWEST_MARK_DB) & (marks.hz >= 15.0)


def thinned(line: SpectrumLine, points: int = _MOST_POINTS) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """At most so many points, evenly apart in octaves, each the highest of the bins around it: no peak is lost."""
    kept = line.hz >= 0.5 * LOWEST_OF_STEM_HZ
    hz, dbfs = line.hz[kept], line.dbfs[kept]
    if hz.size <= points:
        return hz, dbfs
    edges = np.searchsorted(hz, np.geomspace(hz[0], hz[-1], points + 1)[:-1])
    starts = np.unique(edges)
    highest = np.maximum.reduceat(dbfs, starts)
    # Where the highest stands, so that a mark on a partial sits on its line.
    ends = np.append(starts[1:], hz.size)
    at = [start + int(np.argmax(dbfs[start:end])) for start, end in zip(starts, ends, strict=True)]
    return hz[at], highest


def _safe(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")
