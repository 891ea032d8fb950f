"""A sweep through the reference and through what is heard, side by side: aliases are lines that run the wrong way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QRectF, Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget

from afxplugin.editor.look.theme import BODY, HAIR, NEAR, SMALL, colour, current, font
from afxplugin.editor.widgets.plotting import dress_item

if TYPE_CHECKING:
    from numpy.typing import NDArray

LOWEST_DB: Final = -110.0
_LEAST_PX: Final = 200
# Dark to bright in even steps of lightness, readable by the colour-blind; over both palettes' backgrounds.
_COLOURS: Final = (
    "#000004",
    "#1b0c41",
    "#4a0c6b",
    "#781c6d",
    "#a52c60",
    "#cf4446",
    "#ed6925",
    "#fb9b06",
    "#f7d13d",
    "#fcffa4",
)


@dataclass(frozen=True)
class SpectrogramImage:
    """Levels in dB re full scale, (frequencies, times), from 0 Hz to ``highest_hz`` over ``seconds``."""

    label: str
    db: NDArray[np.float32]
    seconds: float
    highest_hz: float


class SpectrogramPlot(QWidget):
    """Two images with one colour scale; the right one is what is heard."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.layout_view: Any = pg.GraphicsLayoutWidget()
        self.layout_view.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.layout_view.setAccessibleName(self.tr("Sweep spectrograms, the reference and what is heard"))
        self.layout_view.ci.layout.setSpacing(NEAR)
        self._map = pg.ColorMap(np.linspace(0, 1, len(_COLOURS)), [colour(each) for each in _COLOURS])
        self._plots = [self.layout_view.addPlot(row=0, col=k, enableMenu=False) for k in range(2)]
        self._images = [pg.ImageItem() for _ in self._plots]
        for plot, image in zip(self._plots, self._images, strict=True):
            image.setColorMap(self._map)
            image.setLevels((LOWEST_DB, 0.0))
            plot.addItem(image)
            plot.hideButtons()
            plot.setLabel("bottom", self.tr("Time (s)"))
            plot.setLabel("left", self.tr("Frequency (kHz)"))
            plot.getViewBox().setDefaultPadding(0)
        self._plots[1].setXLink(self._plots[0])
        self._plots[1].setYLink(self._plots[0])
        self._bar = pg.ColorBarItem(
            values=(LOWEST_DB, 0.0), colorMap=self._map, interactive=False, width=12, label=self.tr("dBFS")
        )
        self._bar.setImageItem(self._images)
        self.layout_view.addItem(self._bar, row=0, col=2)
        for k in range(2):
            self.layout_view.ci.layout.setColumnStretchFactor(k, 1)
            self.layout_view.ci.layout.setColumnPreferredWidth(k, 1000)
            self.layout_view.ci.layout.setColumnMinimumWidth(k, _LEAST_PX)  # or the longer title's is wider
        lines = QVBoxLayout(self)
        lines.setContentsMargins(HAIR, HAIR, HAIR, HAIR)
        lines.addWidget(self.layout_view)
        self.restyle()

    def show_images(self, reference: SpectrogramImage | None, heard: SpectrogramImage | None) -> None:
        """Show both; None: nothing there yet."""
        for plot, item, image in zip(self._plots, self._images, (reference, heard), strict=True):
            if image is None:
                item.clear()
                plot.setTitle("")
                continue
            item.setImage(image.db.T, autoLevels=False, levels=(LOWEST_DB, 0.0))
            item.setRect(QRectF(0, 0, image.seconds, image.highest_hz / 1000))
            plot.setTitle(image.label, size=f"{BODY}px", color=current().text)
            plot.setRange(xRange=(0, image.seconds), yRange=(0, image.highest_hz / 1000), padding=0)
        told = [image.label for image in (reference, heard) if image is not None]
        self.layout_view.setAccessibleDescription(self.tr(" and ").join(told))

    def restyle(self) -> None:
        """Colours of another palette."""
        palette = current()
        self.layout_view.setBackground(colour(palette.sunken))
        for plot in self._plots:
            dress_item(plot)
            plot.showGrid(x=False, y=False)
        axis = self._bar.axis
        axis.setPen(pg.mkPen(colour(palette.border)))
        axis.setTextPen(pg.mkPen(colour(palette.muted)))
        axis.setTickFont(font(SMALL))
