"""A switch: a check box drawn so that on and off are told by shape and place as well as by colour."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QCheckBox

from afxplugin.editor.look.theme import BODY, NEAR, TIGHT, colour, current, font

_WIDTH, _HEIGHT = 30.0, 16.0


class Switch(QCheckBox):
    """A check box with a sliding knob; everything else is as any check box."""

    def sizeHint(self) -> QSize:
        """Track, gap and text."""
        measure = QFontMetrics(font(BODY))  # what it is painted in
        width = _WIDTH + (NEAR + measure.horizontalAdvance(self.text()) + 2 if self.text() else 0)
        return QSize(round(width) + 2 * TIGHT, max(26, measure.height() + NEAR))

    def minimumSizeHint(self) -> QSize:
        """Never cut."""
        return self.sizeHint()

    def hitButton(self, pos: object) -> bool:
        """All of it answers the mouse."""
        del pos
        return True

    def paintEvent(self, event: QPaintEvent) -> None:
        """Track, knob, text, and a frame where the keyboard is."""
        del event
        palette, painter = current(), QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        track = QRectF(TIGHT, (self.height() - _HEIGHT) / 2, _WIDTH, _HEIGHT)
        on, live = self.isChecked(), self.isEnabled()
        fill = palette.accent if on and live else palette.raised
        painter.setPen(QPen(colour(palette.accent if on and live else palette.outline), 1.2))
        painter.setBrush(colour(fill))
        painter.drawRoundedRect(track, _HEIGHT / 2, _HEIGHT / 2)
        middle = track.right() - _HEIGHT / 2 if on else track.left() + _HEIGHT / 2
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour(palette.on_accent if on and live else palette.outline))
        painter.drawEllipse(QPointF(middle, track.center().y()), 5.2, 5.2)
        painter.setFont(font(BODY))
        painter.setPen(colour(palette.text if live else palette.outline))
        words = QRectF(track.right() + NEAR, 0, self.width(), self.height())
        painter.drawText(words, Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextShowMnemonic, self.text())
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(colour(palette.accent), 1))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)
        painter.end()
