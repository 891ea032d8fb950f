"""The strip of knobs: those of the capture first, then input and output gain and the mix."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QWidget

from afxplugin.editor.look.theme import HAIR, NEAR, ROOM, TIGHT
from afxplugin.editor.widgets.knob import Dial, Knob, KnobRange

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from afxplugin.editor.state.sources import KnobView

GAIN_LIMIT_DB: Final = 24.0


class KnobPanel(QWidget):
    """turned: (a knob of the capture, position). input_gain, output_gain: dB. mix: 0 to 1. let_go: a turn has ended.

    rebuilt: there are other knobs.
    """

    turned = Signal(str, float)
    input_gain = Signal(float)
    output_gain = Signal(float)
    mix = Signal(float)
    let_go = Signal()
    rebuilt = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.knobs: dict[str, Knob] = {}
        self._ranges: list[KnobRange] = []
        self._own = QHBoxLayout()
        self._own.setSpacing(NEAR)
        self.none = QLabel()
        self.none.setProperty("role", "muted")
        row = QHBoxLayout(self)
        row.setContentsMargins(HAIR, TIGHT, HAIR, HAIR)
        row.setSpacing(NEAR)
        row.addWidget(self.none)
        row.addLayout(self._own)
        row.addStretch(1)
        rule = QFrame()
        rule.setFrameShape(QFrame.Shape.VLine)
        rule.setProperty("role", "divider")
        row.addWidget(rule)
        row.addSpacing(ROOM)
        limit = GAIN_LIMIT_DB
        gains = {"low": -limit, "high": limit, "default": 0.0, "unit": "dB", "centred": True}
        self.gain_in = self._add(row, KnobRange(self.tr("Input"), **gains), self.input_gain.emit)
        self.gain_out = self._add(row, KnobRange(self.tr("Output"), **gains), self.output_gain.emit)
        self.blend = self._add(
            row, KnobRange(self.tr("Mix"), 0.0, 100.0, 100.0, "%", 0), lambda value: self.mix.emit(value / 100)
        )
        self.show_knobs(())

    @property
    def dials(self) -> list[Dial]:
        """All knobs' dials, from left to right."""
        return [each.dial for each in (*self.knobs.values(), self.gain_in, self.gain_out, self.blend)]

    def show_knobs(self, views: Sequence[KnobView], *, none: str = "") -> None:
        """Show the capture's knobs where they stand; none: what is said where there are none."""
        ranges = [KnobRange(v.name, v.low, v.high, v.preset, v.unit, _decimals(v.high - v.low)) for v in views]
        if ranges != self._ranges:
            self._rebuild(ranges)
        for view in views:
            self.knobs[view.name].show_value(view.position)
        self.none.setText(none or self.tr("This capture has no knobs."))
        self.none.setVisible(not views)

    def show_gains(self, *, input_db: float, output_db: float, mix: float) -> None:
        """Gains in dB over the preset's, and the capture's share from 0 to 1."""
        self.gain_in.show_value(input_db)
        self.gain_out.show_value(output_db)
        self.blend.show_value(100.0 * mix)

    def _rebuild(self, ranges: list[KnobRange]) -> None:
        for knob in self.knobs.values():
            self._own.removeWidget(knob)
            knob.hide()
            knob.deleteLater()
        self.knobs = {}
        for limits in ranges:
            self.knobs[limits.name] = self._add(
                self._own, limits, lambda value, name=limits.name: self.turned.emit(name, value)
            )
        self._ranges = ranges
        self.rebuilt.emit()

    def _add(self, row: QHBoxLayout, limits: KnobRange, tell: Callable[[float], object]) -> Knob:
        made = Knob(limits)
        made.turned.connect(lambda _name, value: tell(value))
        made.dial.sliderReleased.connect(self.let_go)
        made.field.editingFinished.connect(self.let_go)
        row.addWidget(made, alignment=Qt.AlignmentFlag.AlignTop)
        return made


def _decimals(reach: float) -> int:
    """Enough to tell a thousandth of the range from the next."""
    return 0 if reach >= 500 else 1 if reach >= 5 else 2
