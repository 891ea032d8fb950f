"""Level meters: a bar over decibels with a peak that stays a while, and the number beside it."""

from __future__ import annotations

import math
from typing import Final

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from afxplugin.editor.look.theme import NEAR, SMALL, colour, current, font
from afxplugin.editor.widgets.words import decibel_text

LOWEST_DB: Final = -60.0
_WARM_DB, _HOT_DB = -6.0, -0.1
# What a meter falls by, and how long a peak stays, at each reading (about 30 a second).
_FALL_DB: Final = 1.2
_HOLD: Final = 45


class Meter(QWidget):
    """A horizontal bar for each channel; ``show_peaks`` is called at each reading of the levels."""

    def __init__(self, name: str, channels: int = 2, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._levels = [LOWEST_DB] * channels
        self._held = [(LOWEST_DB, 0)] * channels
        self._highest = -math.inf
        self.setAccessibleName(name)
        self.setMinimumSize(120, 8 * channels + 10)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setToolTip(name)

    @property
    def levels_db(self) -> tuple[float, ...]:
        """What the bars show now, in dBFS."""
        return tuple(self._levels)

    def sizeHint(self) -> QSize:
        """Grows sideways."""
        return QSize(200, 8 * len(self._levels) + 10)

    def show_peaks(self, peaks: tuple[float, ...]) -> None:
        """Linear peaks since the last reading, one for each channel."""
        for k, peak in enumerate(peaks[: len(self._levels)]):
            level = max(LOWEST_DB, 20 * math.log10(peak)) if peak > 0 else LOWEST_DB
            self._levels[k] = max(level, self._levels[k] - _FALL_DB)
            top, age = self._held[k]
            self._held[k] = (level, 0) if level >= top or age > _HOLD else (top, age + 1)
        self._highest = max(top for top, _ in self._held)
        told = decibel_text(self._highest, unit="dBFS") if self._highest > LOWEST_DB else self.tr("silent")
        if told != self.accessibleDescription():
            self.setAccessibleDescription(told)
        self.update()

    def clear(self) -> None:
        """Silence, at once."""
        self._levels = [LOWEST_DB] * len(self._levels)
        self._held = [(LOWEST_DB, 0)] * len(self._levels)
        self._highest = -math.inf
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Grooves, levels in three zones, held peaks, and the highest of them as a number."""
        del event
        palette, painter = current(), QPainter(self)
        number = 62.0
        width = max(self.width() - number - NEAR, 10.0)
        height = (self.height() - 10.0 - 3.0 * (len(self._levels) - 1)) / len(self._levels)
        zones = (
            (LOWEST_DB, _WARM_DB, palette.ok),
            (_WARM_DB, _HOT_DB, palette.warning),
            (_HOT_DB, 0.0, palette.danger),
        )
        for k, level in enumerate(self._levels):
            top = 5.0 + k * (height + 3.0)
            painter.fillRect(QRectF(0, top, width, height), colour(palette.hover))
            for low, high, tone in zones:
                if level > low:
                    left, right = width * _share(low), width * _share(min(level, high))
                    painter.fillRect(QRectF(left, top, right - left, height), colour(tone))
            held = self._held[k][0]
            if held > LOWEST_DB:
                painter.fillRect(QRectF(width * _share(held) - 2, top, 2, height), colour(palette.text))
        painter.setFont(font(SMALL, tabular=True))
        painter.setPen(colour(palette.danger if self._highest >= _HOT_DB else palette.muted))
        shown = decibel_text(self._highest, unit="dB") if self._highest > LOWEST_DB else "–"
        where = QRectF(width + NEAR, 0, number, self.height())
        painter.drawText(where, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, shown)
        painter.end()


def _share(decibels: float) -> float:
    return min(max((decibels - LOWEST_DB) / -LOWEST_DB, 0.0), 1.0)
