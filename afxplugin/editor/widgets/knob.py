"""A knob with its name above and its value below: turned by mouse, wheel and keys, or typed."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QEvent, QLocale, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QWheelEvent
from PySide6.QtWidgets import QDial, QLabel, QLineEdit, QVBoxLayout, QWidget

from afxplugin.editor.look.theme import HAIR, TIGHT, colour, current

_STEPS: Final = 10_000
# A drag of so many pixels is the whole range; with Shift ten times as far.
_TRAVEL_PX: Final = 180.0
_FINE: Final = 0.1
_START_DEG, _SPAN_DEG = 225.0, 270.0


@dataclass(frozen=True)
class KnobRange:
    """What a knob moves: limits and default in ``unit``, and how many decimals are read.

    centred: whether the painted arc starts in the middle, as for a gain.
    """

    name: str
    low: float = 0.0
    high: float = 10.0
    default: float = 5.0
    unit: str = ""
    decimals: int = 1
    centred: bool = False

    def clip(self, value: float) -> float:
        """``value`` within the limits."""
        return min(max(value, self.low), self.high)

    def share(self, value: float) -> float:
        """Where ``value`` stands between the limits, 0 to 1."""
        return (value - self.low) / (self.high - self.low)

    def text(self, value: float) -> str:
        """The value as people read it, with its unit; a gain with its sign."""
        value = value if abs(value) >= 0.5 * 10.0**-self.decimals else 0.0
        number = QLocale().toString(float(value), "f", self.decimals)
        sign = "+" if self.centred and value > 0 else ""
        return f"{sign}{number}{' ' + self.unit if self.unit else ''}"

    def parse(self, text: str) -> float | None:
        """A typed value, with or without its unit; None where it is no number."""
        bare = text.strip().removesuffix(self.unit).strip().removeprefix("+")
        value, right = QLocale().toDouble(bare)
        if not right:
            value, right = QLocale.c().toDouble(bare.replace(",", "."))
        return self.clip(value) if right and math.isfinite(value) else None


class Dial(QDial):
    """The part that turns. To a screen reader it is a dial; its value is also told in words.

    turned: the new value, at every move.
    """

    turned = Signal(float)
    typing = Signal(str)

    def __init__(self, limits: KnobRange, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._limits = limits
        self._value = limits.default
        self._grabbed: float | None = None
        self._travelled = 0.0
        self.setRange(0, _STEPS)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(limits.name)
        self.setFixedSize(54, 48)
        self.valueChanged.connect(self._slid)
        self.show_value(limits.default)

    @property
    def limits(self) -> KnobRange:
        """What it moves."""
        return self._limits

    @property
    def position(self) -> float:
        """The value, in the unit of the limits."""
        return self._value

    def sizeHint(self) -> QSize:
        """Fixed."""
        return QSize(54, 48)

    def show_value(self, value: float) -> None:
        """Stand at ``value`` without telling anybody."""
        self._value = self._limits.clip(value)
        was = self.blockSignals(True)
        self.setValue(round(_STEPS * self._limits.share(self._value)))
        self.blockSignals(was)
        limits = self._limits
        told = self.tr("{value}, from {low} to {high}").format(
            value=limits.text(self._value), low=limits.text(limits.low), high=limits.text(limits.high)
        )
        self.setAccessibleDescription(told)
        self.setToolTip(
            self.tr(
                "{name}: {value}\nDrag, or click and turn the wheel, Shift for fine. Double-click resets. Type a value."
            ).format(name=limits.name, value=told)
        )
        self.update()

    def turn_to(self, value: float) -> None:
        """Stand at ``value`` and tell it."""
        before = self._value
        self.show_value(value)
        if self._value != before:
            self.turned.emit(self._value)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take hold; no jump to where the mouse is."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._grabbed, self._travelled = event.position().y(), self._limits.share(self._value)
            self.setSliderDown(True)
            event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Up is more; Shift moves finely."""
        if self._grabbed is None:
            return
        fine = _FINE if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1.0
        self._travelled += fine * (self._grabbed - event.position().y()) / _TRAVEL_PX
        self._travelled = min(max(self._travelled, 0.0), 1.0)
        self._grabbed = event.position().y()
        self.turn_to(self._limits.low + self._travelled * (self._limits.high - self._limits.low))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Let go."""
        if self._grabbed is not None and event.button() == Qt.MouseButton.LeftButton:
            self._grabbed = None
            self.setSliderDown(False)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Back to the default."""
        del event
        self.turn_to(self._limits.default)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """A notch is 2 % of the range, with Shift 0.2 %; only where it has the keyboard, as after a click."""
        if not self.hasFocus():
            event.ignore()
            return
        fine = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        turned = event.angleDelta().y() or event.angleDelta().x()
        self._step(turned / 120 * (0.002 if fine else 0.02))
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows 1 %, Shift 0.1 %, Page 10 %, Home, End; Delete resets; a digit or Enter begins to type."""
        key, fine = Qt.Key(event.key()), bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        if event.modifiers() & (Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier):
            event.ignore()
            return
        steps = {
            Qt.Key.Key_Up: 0.01, Qt.Key.Key_Right: 0.01, Qt.Key.Key_Down: -0.01, Qt.Key.Key_Left: -0.01,
            Qt.Key.Key_PageUp: 0.1, Qt.Key.Key_PageDown: -0.1, Qt.Key.Key_Home: -1.0, Qt.Key.Key_End: 1.0,
        }  # fmt: skip
        if key in steps:
            self._step(steps[key] * (_FINE if fine else 1.0))
        elif key in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.turn_to(self._limits.default)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.typing.emit("")
        elif event.text() and event.text() in "-+.,0123456789":
            self.typing.emit(event.text())
        else:
            event.ignore()

    def event(self, event: QEvent) -> bool:
        """A sign begins a typed value, also where it is a shortcut; digits choose what is heard, on a knob too."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            plain = not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
            if plain and event.text() and event.text() in "-+.,":
                event.accept()
                return True
        return super().event(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Track, the arc that is on, cap and pointer."""
        del event
        palette, painter = current(), QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        middle, radius = QPointF(self.width() / 2, self.height() / 2 + 2), 20.0
        ring = QRectF(middle.x() - radius, middle.y() - radius, 2 * radius, 2 * radius)
        live = self.isEnabled()
        painter.setPen(QPen(colour(palette.border), 3.5, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        painter.drawArc(ring, round(16 * _START_DEG), round(-16 * _SPAN_DEG))
        share, origin = self._limits.share(self._value), 0.0
        if self._limits.centred:
            origin = min(max(self._limits.share(0.0), 0.0), 1.0)
        shown = palette.accent if live else palette.outline
        painter.setPen(QPen(colour(shown), 3.5, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        if abs(share - origin) > 1e-4:
            start = _START_DEG - _SPAN_DEG * origin
            painter.drawArc(ring, round(16 * start), round(-16 * _SPAN_DEG * (share - origin)))
        cap = radius - 6.0
        held = self.hasFocus() or self.isSliderDown()
        painter.setPen(QPen(colour(palette.accent if held else palette.outline), 1.8 if held else 1.0))
        painter.setBrush(colour(palette.hover if self.underMouse() and live else palette.raised))
        painter.drawEllipse(middle, cap, cap)
        angle = math.radians(_START_DEG - _SPAN_DEG * share)
        along = QPointF(math.cos(angle), -math.sin(angle))
        painter.setPen(
            QPen(colour(palette.text if live else palette.outline), 2.2, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap)
        )
        painter.drawLine(middle + along * (cap * 0.35), middle + along * (cap - 3.0))
        painter.end()

    def _step(self, share: float) -> None:
        self.turn_to(self._value + share * (self._limits.high - self._limits.low))

    def _slid(self, steps: int) -> None:
        """Assistive technology set the slider itself."""
        self._value = self._limits.low + steps / _STEPS * (self._limits.high - self._limits.low)
        self.show_value(self._value)
        self.turned.emit(self._value)


class Knob(QWidget):
    """A dial between its name and a field that shows the value and takes a typed one.

    turned: (name, value) at every move that a user makes.
    """

    turned = Signal(str, float)

    def __init__(self, limits: KnobRange, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.name = QLabel(limits.name)
        self.name.setProperty("role", "small")
        self.name.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self.dial = Dial(limits)
        self.field = QLineEdit()
        self.field.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self.field.setFixedWidth(74)
        self.field.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.field.setAccessibleName(self.tr("{name}, value").format(name=limits.name))
        self.field.setStyleSheet("QLineEdit:!focus { background: transparent; border-color: transparent; }")
        lines = QVBoxLayout(self)
        lines.setContentsMargins(HAIR, HAIR, HAIR, HAIR)
        lines.setSpacing(TIGHT // 2)
        for part in (self.name, self.dial, self.field):
            lines.addWidget(part, alignment=Qt.AlignmentFlag.AlignHCenter)
        self.setFocusProxy(self.dial)
        self.dial.turned.connect(self._moved)
        self.dial.typing.connect(self._type)
        self.field.editingFinished.connect(self._typed)
        self.field.installEventFilter(self)
        self._show()

    def show_value(self, value: float) -> None:
        """Stand at ``value`` without telling anybody; a drag or typing under way is not disturbed."""
        self.dial.show_value(value)
        if not self.field.hasFocus():
            self._show()

    def eventFilter(self, watched: object, event: QEvent) -> bool:
        """Escape leaves the field as it was."""
        pressed = watched is self.field and event.type() == QEvent.Type.KeyPress
        if pressed and isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape:
            self._show()
            self.dial.setFocus()
            return True
        return False

    def _moved(self, value: float) -> None:
        self._show()
        self.turned.emit(self.dial.limits.name, value)

    def _type(self, begun: str) -> None:
        self.field.setFocus(Qt.FocusReason.OtherFocusReason)
        self.field.setText(begun)
        if not begun:
            self._show()
            self.field.selectAll()

    def _typed(self) -> None:
        value = self.dial.limits.parse(self.field.text())
        had_keyboard = self.field.hasFocus()
        if value is not None and self.field.text() != self.dial.limits.text(self.dial.position):
            self.dial.turn_to(value)
        self._show()
        if had_keyboard:
            self.dial.setFocus()

    def _show(self) -> None:
        self.field.setText(self.dial.limits.text(self.dial.position))
