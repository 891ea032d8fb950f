"""One way of playing the capture as a button: its key, its name, what it costs, and whether it can be had at all."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from afxplugin.editor.look.theme import BODY, NEAR, RADIUS, SMALL, TIGHT, colour, current, font
from afxplugin.editor.widgets.words import percent_text

_HEIGHT: Final = 58
_NARROWEST: Final = 56
# What the key beside the name takes.
_KEY: Final = 9


class VariantButton(QAbstractButton):
    """Chosen by a click, its number key or the keyboard; one that is not to be had stays reachable and says why.

    wanted: it was clicked and can be had. refused: it was clicked and cannot; with the reason.
    """

    wanted = Signal(str)
    refused = Signal(str, str)
    leaves_space = True  # to the transport

    def __init__(self, name: str, label: str, key: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.name = name
        self._key = key
        self._notes: tuple[str, ...] = ()
        self._reason = ""
        self._problem = ""
        self._short = ""
        self._heard = False
        self._progress: float | None = None
        self.setText(label)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.clicked.connect(self._clicked)
        self._describe()

    @property
    def problem(self) -> str:
        """Why it cannot be had; empty where it can."""
        return self._problem

    @property
    def is_heard(self) -> bool:
        """Whether it is the one that sounds."""
        return self._heard

    def sizeHint(self) -> QSize:
        """As wide as its name and key."""
        return QSize(max(72, _width(self.text(), BODY) + 2 * NEAR + _KEY), _HEIGHT)

    def minimumSizeHint(self) -> QSize:
        """Narrow, but never so that its name is cut when it is written small."""
        return QSize(max(_NARROWEST, _width(self.text(), SMALL) + 2 * TIGHT + 4), _HEIGHT)

    def show_reason(self, reason: str, *, problem: str = "") -> None:
        """Why it plays as it does; with ``problem``, a word or two for what is wrong, why it cannot."""
        self._reason, self._problem, self._short = ("", reason, problem) if problem else (reason, "", "")
        self._describe()

    def show_notes(self, *notes: str) -> None:
        """Up to two short lines under the name: latency, gain."""
        if notes != self._notes:
            self._notes = notes
            self._describe()

    def show_heard(self, heard: bool) -> None:
        """Whether it is the one that sounds."""
        if heard != self._heard:
            self._heard = heard
            self._describe()

    def show_progress(self, share: float | None) -> None:
        """How much of it is rendered; None: nothing is under way."""
        if share != self._progress:
            self._progress = share
            self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter chooses; Space is left to play."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        elif event.key() == Qt.Key.Key_Space:
            event.ignore()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """A card; filled where it is heard, struck through where it cannot be had."""
        del event
        palette, painter = current(), QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area = QRectF(self.rect()).adjusted(1, 1, -1, -1)
        hover = self.underMouse() and not self._problem
        heard = self._heard and self.isEnabled()
        fill = palette.accent if heard else palette.hover if hover or self.isDown() else palette.raised
        if self._problem or not self.isEnabled():
            fill = palette.surface
        focus = self.hasFocus()
        edge = (palette.text if self._heard else palette.accent) if focus else palette.border
        dashed = self._problem and not focus
        painter.setPen(QPen(colour(edge), 2 if focus else 1, Qt.PenStyle.DashLine if dashed else Qt.PenStyle.SolidLine))
        painter.setBrush(colour(fill))
        painter.drawRoundedRect(area, RADIUS, RADIUS)
        ink = palette.on_accent if self._heard else palette.muted if self._problem else palette.text
        quiet = palette.on_accent if self._heard else palette.muted
        if not self.isEnabled():
            ink = quiet = palette.outline
        spare = area.width() - _width(self.text(), BODY) - _KEY
        edge_room = NEAR if spare >= 2 * NEAR else TIGHT + 1
        inner = area.adjusted(edge_room, 6, -edge_room, -6)
        self._paint_words(painter, inner, ink, quiet)
        if self._progress is not None:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colour(palette.accent))
            done = QRectF(area.left() + 2, area.bottom() - 4, (area.width() - 4) * self._progress, 3)
            painter.drawRoundedRect(done, 1.5, 1.5)
        painter.end()

    def _paint_words(self, painter: QPainter, inner: QRectF, ink: str, quiet: str) -> None:
        palette = current()
        left, right = Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignRight
        top = Qt.AlignmentFlag.AlignTop
        size = BODY if _width(self.text(), BODY) <= inner.width() else SMALL
        painter.setFont(font(size, bold=True))
        painter.setPen(colour(ink))
        painter.drawText(inner, left | top, self.text())
        if self._problem:
            drawn = painter.fontMetrics().horizontalAdvance(self.text())
            middle = inner.top() + painter.fontMetrics().ascent() * 0.68
            painter.drawLine(QPointF(inner.left(), middle), QPointF(inner.left() + drawn, middle))
        painter.setFont(font(SMALL, tabular=True))
        painter.setPen(colour(quiet))
        if _width(self.text(), size) + _KEY <= inner.width():
            painter.drawText(inner, right | top, self._key)
        if self._problem:
            painter.setPen(colour(palette.warning))
        notes = (self._short,) if self._problem else self._notes
        for k, line in enumerate(notes[:2]):
            where = QRectF(inner.left(), inner.top() + 18 + 14 * k, inner.width(), 15)
            cut = painter.fontMetrics().elidedText(line, Qt.TextElideMode.ElideRight, int(where.width()) + 2)
            painter.drawText(where, left | Qt.AlignmentFlag.AlignVCenter, cut)

    def _clicked(self) -> None:
        if self._problem:
            self.refused.emit(self.name, self._problem)
        else:
            self.wanted.emit(self.name)

    def _describe(self) -> None:
        """Words for the screen reader and the pointer."""
        state = [self.tr("key {key}").format(key=self._key), *(note for note in self._notes if note)]
        if self._heard:
            state.insert(0, self.tr("playing this"))
        if self._problem:
            state.insert(0, self.tr("cannot be played: {reason}").format(reason=self._problem))
        elif self._reason:
            state.append(self._reason)
        self.setAccessibleName(self.text())
        self.setAccessibleDescription("; ".join(state))
        self.setToolTip("\n".join([self.text(), *state]))
        if self._progress is not None:
            self.setToolTip(f"{self.toolTip()}\n{percent_text(self._progress)}")
        self.update()


def _width(text: str, pixels: int) -> int:
    return QFontMetrics(font(pixels, bold=True)).horizontalAdvance(text)
