"""A stem's waveform with the region that is compared: chosen by mouse or keys, looped over by a playhead."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPixmap, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from afxplugin.editor.look.theme import NEAR, SMALL, TIGHT, colour, current, font
from afxplugin.editor.widgets.waveform_painting import RULER_PX, draw_lanes, draw_ruler, sample_columns
from afxplugin.editor.widgets.words import length_text, percent_text

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_EDGE_PX: Final = 6.0
_CLICK_PX: Final = 3.0
_NARROWEST_S: Final = 0.02
# How many frames the finest column of an outline holds.
_OUTLINE_FRAMES: Final = 256


class PeakSource(Protocol):
    """What is painted, as ``editor.waveform.Pyramid``."""

    @property
    def rate_hz(self) -> int:
        """Of the stem."""
        ...

    @property
    def seconds(self) -> float:
        """Length of the stem."""
        ...

    def columns(self, start_frame: float, frames_per_column: float, count: int) -> NDArray[np.float32]:
        """(channels, count, 2): lowest and highest sample of every column."""
        ...


class WaveformView(QWidget):
    """The view of one stem.

    region_chosen: (start_s, seconds), when the mouse lets go or a key is pressed. closer: (start, frames), samples are
    needed, as the view is closer than the outline; ``show_detail`` takes them. shortest_s, longest_s: what a region
    may be.
    """

    region_chosen = Signal(float, float)
    closer = Signal(int, int)

    def __init__(self, parent: QWidget | None = None, *, shortest_s: float = 0.25, longest_s: float = 60.0) -> None:
        super().__init__(parent)
        self._limits = (shortest_s, longest_s)
        self._source: PeakSource | None = None
        self._seconds = 0.0
        self._view = (0.0, 0.0)
        self._region: tuple[float, float] | None = None
        self._dragged: tuple[str, float, tuple[float, float]] | None = None
        self._playhead: float | None = None
        self._painted: QPixmap | None = None
        self._detail: tuple[int, NDArray[np.float32]] | None = None
        self._message = ""
        self._progress: float | None = None
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setMinimumHeight(80)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName(self.tr("Waveform and compared region"))
        self.setToolTip(
            self.tr(
                "Drag to choose the region that is compared; drag its edges or middle to change it.\n"
                "Ctrl and wheel zooms. Keys: arrows move, Shift and arrows resize, + and - zoom, A shows all."
            )
        )

    @property
    def region(self) -> tuple[float, float] | None:
        """(start_s, seconds) of what is chosen."""
        return self._region

    @property
    def view(self) -> tuple[float, float]:
        """(start_s, seconds) of what is seen."""
        return self._view

    def sizeHint(self) -> QSize:
        """Grows in both directions."""
        return QSize(640, 150)

    def show_stem(self, source: PeakSource | None, seconds: float) -> None:
        """Show a stem of this length, all of it; None: nothing yet."""
        if seconds != self._seconds or source is None:
            self._view = (0.0, seconds)
        if source is not self._source:
            self._detail = None
        self._source, self._seconds = source, seconds
        self._repaint_all()

    def show_detail(self, start_frame: int, samples: NDArray[np.float32]) -> None:
        """Samples (channels, frames) from a frame on, for a close view."""
        self._detail = (start_frame, samples)
        self._repaint_all()

    def show_message(self, text: str, progress: float | None = None) -> None:
        """Words in the place of a waveform, or over it: what is done, or what is wrong. Empty: none."""
        if (text, progress) != (self._message, self._progress):
            self._message, self._progress = text, progress
            self.update()

    def show_region(self, region: tuple[float, float] | None) -> None:
        """Show a region without telling anybody; a drag under way is not disturbed."""
        if self._dragged is None and region != self._region:
            self._region = region
            self._describe()
            self.update()

    def show_playhead(self, at_s: float | None) -> None:
        """Where in the stem is being heard; None: nowhere. Only the strips that changed are painted."""
        if at_s == self._playhead:
            return
        for each in (self._playhead, at_s):
            if each is not None:
                x = round(self._x(each))
                self.update(x - 2, 0, 5, self.height())
        self._playhead = at_s

    def zoom(self, factor: float, around_s: float | None = None) -> None:
        """See ``factor`` times as long a stretch, the time ``around_s`` (the middle) staying where it is."""
        start, seconds = self._view
        if not self._seconds:
            return
        around = start + seconds / 2 if around_s is None else around_s
        wider = min(max(seconds * factor, min(_NARROWEST_S, self._seconds)), self._seconds)
        self._see(around - (around - start) * wider / seconds, wider)

    def show_all(self) -> None:
        """See the whole stem."""
        self._see(0.0, self._seconds)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin a region, or take hold of the one that is there."""
        if event.button() != Qt.MouseButton.LeftButton or not self._seconds:
            return
        at = self._time(event.position().x())
        self._dragged = (self._part_at(event.position().x()), at, self._region or (at, 0.0))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Change the region, or say by the pointer what a press would do."""
        x = event.position().x()
        if self._dragged is None:
            shapes = {
                "start": Qt.CursorShape.SizeHorCursor,
                "end": Qt.CursorShape.SizeHorCursor,
                "inside": Qt.CursorShape.OpenHandCursor,
                "new": Qt.CursorShape.IBeamCursor,
            }
            self.setCursor(shapes[self._part_at(x)])
            return
        self._region = self._pulled(self._time(x))
        self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Choose; a click moves the region there with the length it has."""
        if self._dragged is None or event.button() != Qt.MouseButton.LeftButton:
            return
        part, grabbed, before = self._dragged
        self._dragged = None
        moved = abs(self._x(self._time(event.position().x())) - self._x(grabbed)) > _CLICK_PX
        if not moved:
            length = before[1] or self._limits[1] / 12
            self._choose((grabbed - length / 2, length) if part == "new" else before)
        elif self._region is not None:
            self._choose(self._region)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Ctrl zooms around the pointer, else the view moves."""
        start, seconds = self._view
        turned = event.angleDelta().y() or event.angleDelta().x()
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.zoom(0.8 ** (turned / 120), self._time(event.position().x()))
        else:
            self._see(start - 0.1 * seconds * turned / 120, seconds)
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows move the region, Shift and arrows change its length, plus and minus zoom, A shows all."""
        key = Qt.Key(event.key())
        step = 0.02 * self._view[1]
        start, length = self._region or (self._view[0], min(5.0, self._seconds))
        shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        if event.modifiers() & (Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier):
            event.ignore()
        elif key in (Qt.Key.Key_Left, Qt.Key.Key_Right) and self._seconds:
            signed = step if key == Qt.Key.Key_Right else -step
            self._choose((start, length + signed) if shift else (start + signed, length))
        elif key == Qt.Key.Key_Home and self._seconds:
            self._choose((0.0, length))
        elif key == Qt.Key.Key_End and self._seconds:
            self._choose((self._seconds - length, length))
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal, Qt.Key.Key_Minus):
            self.zoom(1.25 if key == Qt.Key.Key_Minus else 0.8, start + length / 2)
        elif key == Qt.Key.Key_A:
            self.show_all()
        else:
            event.ignore()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """A waveform of the new width."""
        self._repaint_all()
        super().resizeEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        """Another palette is another picture."""
        super().changeEvent(event)
        self._repaint_all()

    def paintEvent(self, event: QPaintEvent) -> None:
        """The kept picture of the waveform, the region over it, the playhead, words."""
        palette, painter = current(), QPainter(self)
        if self._painted is None or self._painted.devicePixelRatio() != self.devicePixelRatioF():
            self._painted = self._paint_lanes()
        painter.drawPixmap(0, 0, self._painted)
        if self._region is not None and self._seconds:
            self._paint_region(painter)
        if self._playhead is not None:
            x = self._x(self._playhead)
            painter.fillRect(QRectF(x - 0.75, RULER_PX, 1.5, self.height() - RULER_PX), colour(palette.text))
        if self._message:
            self._paint_message(painter)
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(colour(palette.accent), 1))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 3, 3)
        painter.end()
        del event

    def _paint_lanes(self) -> QPixmap:
        ratio = self.devicePixelRatioF()
        made = QPixmap(self.size() * ratio)
        made.setDevicePixelRatio(ratio)
        palette = current()
        made.fill(colour(palette.sunken))
        painter = QPainter(made)
        start, seconds = self._view
        if self._seconds:
            draw_ruler(painter, self.width(), start_s=start, seconds=seconds)
        lanes = QRectF(0, RULER_PX + TIGHT, self.width(), self.height() - RULER_PX - 2 * TIGHT)
        if self._source is not None and seconds > 0 and self.width() > 1:
            count, rate_hz = round(self.width() * ratio), self._source.rate_hz
            step = seconds * rate_hz / count
            peaks = self._close_columns(start * rate_hz, step, count) if step < _OUTLINE_FRAMES else None
            if peaks is None:
                peaks = self._source.columns(start * rate_hz, step, count)
            draw_lanes(painter, lanes, peaks[:, :, 0], peaks[:, :, 1])
        painter.end()
        return made

    def _close_columns(self, start: float, step: float, count: int) -> NDArray[np.float32] | None:
        """From samples, where they are there; asked for where they are not."""
        first, last = int(start), int(start + step * count) + 2
        if self._detail is not None:
            at, samples = self._detail
            end = min(last, round(self._seconds * self._source.rate_hz)) if self._source is not None else last
            if at <= first and at + samples.shape[1] >= end - 1:
                return sample_columns(samples, start - at, step, count)
        margin = last - first
        self.closer.emit(max(0, first - margin), 3 * margin)
        return None

    def _paint_region(self, painter: QPainter) -> None:
        palette = current()
        assert self._region is not None
        start, end = self._x(self._region[0]), self._x(sum(self._region))
        area = QRectF(start, RULER_PX, end - start, self.height() - RULER_PX)
        painter.fillRect(area, colour(palette.accent, 0.14))
        for x in (start, end):
            painter.fillRect(QRectF(x - 0.75, RULER_PX, 1.5, area.height()), colour(palette.accent))
        painter.fillRect(QRectF(start, RULER_PX - 3, end - start, 3), colour(palette.accent))

    def _paint_message(self, painter: QPainter) -> None:
        palette = current()
        text = self._message if self._progress is None else f"{self._message}  {percent_text(self._progress)}"
        painter.setFont(font(SMALL))
        words = QRectF(0, RULER_PX, self.width(), self.height() - RULER_PX)
        width = painter.fontMetrics().horizontalAdvance(text) + 4 * NEAR
        box = QRectF(words.center().x() - width / 2, words.center().y() - 13, width, 26)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(colour(palette.surface, 0.92))
        painter.setPen(colour(palette.border))
        painter.drawRoundedRect(box, 5, 5)
        painter.setPen(colour(palette.muted))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)
        if self._progress is not None:
            painter.fillRect(QRectF(0, self.height() - 3, self.width() * self._progress, 3), colour(palette.accent))

    def _pulled(self, to_s: float) -> tuple[float, float]:
        """The region that a drag to a time makes."""
        assert self._dragged is not None
        part, grabbed, (start, length) = self._dragged
        if part == "inside":
            return self._fitting(start + to_s - grabbed, length)
        fixed = {"start": start + length, "end": start, "new": grabbed}[part]
        first, last = sorted((fixed, to_s))
        length = min(max(last - first, self._limits[0]), self._limits[1])
        return self._fitting(fixed - length if to_s < fixed else fixed, length)

    def _fitting(self, start: float, length: float) -> tuple[float, float]:
        length = min(max(length, self._limits[0]), self._limits[1], max(self._seconds, self._limits[0]))
        return min(max(start, 0.0), max(0.0, self._seconds - length)), length

    def _choose(self, region: tuple[float, float]) -> None:
        self._region = self._fitting(*region)
        start, seconds = self._view
        if self._region[0] < start or sum(self._region) > start + seconds:
            self._see(self._region[0] - 0.1 * seconds, max(seconds, self._region[1] * 1.2))
        self._describe()
        self.update()
        self.region_chosen.emit(*self._region)

    def _see(self, start: float, seconds: float) -> None:
        seconds = min(seconds, self._seconds)
        self._view = (min(max(start, 0.0), self._seconds - seconds), seconds)
        self._repaint_all()

    def _repaint_all(self) -> None:
        self._painted = None
        self.update()

    def _describe(self) -> None:
        if self._region is None:
            self.setAccessibleDescription(self.tr("no region chosen"))
        else:
            told = self.tr("from {start} to {end}")
            start, end = length_text(self._region[0]), length_text(sum(self._region))
            self.setAccessibleDescription(told.format(start=start, end=end))

    def _part_at(self, x: float) -> str:
        if self._region is None:
            return "new"
        start, end = self._x(self._region[0]), self._x(sum(self._region))
        edge = min(_EDGE_PX, max(2.0, (end - start) / 4))
        if abs(x - start) <= edge:
            return "start"
        if abs(x - end) <= edge:
            return "end"
        return "inside" if start < x < end else "new"

    def _x(self, at_s: float) -> float:
        start, seconds = self._view
        return (at_s - start) / seconds * self.width() if seconds else 0.0

    def _time(self, x: float) -> float:
        start, seconds = self._view
        return min(max(start + x / max(self.width(), 1) * seconds, 0.0), self._seconds)
