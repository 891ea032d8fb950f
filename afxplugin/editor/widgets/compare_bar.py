"""The row of ways to play the capture, the reference first, and the switch that makes them equally loud."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from afxplugin.editor.look.theme import HAIR, NEAR, TIGHT
from afxplugin.editor.state.variants import DEVICE, REFERENCE, VARIANTS
from afxplugin.editor.widgets.switch import Switch
from afxplugin.editor.widgets.variant_button import VariantButton
from afxplugin.editor.widgets.words import decibel_text, milliseconds_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from afxplugin.editor.state.variants import PlannedVariant

REFERENCE_KEY, DEVICE_KEY = "0", "D"


class CompareBar(QWidget):
    """Buttons: key 0 the reference, D the simulated device where there is one, keys 1 to 9 the variants.

    chosen: the name of what is to be heard. matching: whether all are to be equally loud.
    """

    chosen = Signal(str)
    matching = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._plans: dict[str, PlannedVariant] = {}
        self._gains: dict[str, float] = {}
        self.buttons: dict[str, VariantButton] = {
            REFERENCE: VariantButton(REFERENCE, self.tr("Reference"), REFERENCE_KEY),
            DEVICE: VariantButton(DEVICE, self.tr("Device"), DEVICE_KEY),
        }
        for each in VARIANTS:
            self.buttons[each.name] = VariantButton(each.name, each.label, str(each.key))
        row = QHBoxLayout()
        row.setSpacing(TIGHT)
        for button in self.buttons.values():
            row.addWidget(button)
            button.wanted.connect(self.chosen)
            button.refused.connect(self._refuse)
        self._about = {
            REFERENCE: self.tr("the capture at its own rate, which the others are measured against"),
            DEVICE: self.tr("the simulated device that the capture was made of"),
        }
        for name, about in self._about.items():
            self.buttons[name].show_reason(about)
        self.buttons[DEVICE].hide()
        self.matched = Switch(self.tr("Equal loudness"))
        self.matched.setToolTip(
            self.tr("Plays every variant as loud as the reference, so that louder is not taken for better.")
        )
        self.matched.toggled.connect(self.matching)
        self.why = QLabel()
        self.why.setProperty("role", "muted")
        self.why.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.why.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.why.setAccessibleName(self.tr("Why it is played so"))
        below = QHBoxLayout()
        below.setSpacing(NEAR)
        below.addWidget(self.why, 1)
        below.addWidget(self.matched)
        lines = QVBoxLayout(self)
        lines.setContentsMargins(HAIR, HAIR, HAIR, HAIR)
        lines.setSpacing(TIGHT)
        lines.addLayout(row)
        lines.addLayout(below)

    def show_plans(self, plans: Sequence[PlannedVariant]) -> None:
        """Which variants there are at the session's rate; those that are not say why."""
        self._plans = {each.name: each for each in plans}
        for name, plan in self._plans.items():
            short = self.tr("not possible") if plan.plan is None else self.tr("not stable")
            self.buttons[name].show_reason(plan.reason, problem="" if plan.playable else short)
        self._show_notes()

    def show_device(self, there: bool) -> None:
        """Whether the capture is of a simulated device, which can be heard too."""
        self.buttons[DEVICE].setVisible(there)

    def show_gains(self, gains_db: Mapping[str, float], *, matched: bool) -> None:
        """The gain that makes each as loud as the reference, where it is known; whether it is on."""
        self._gains = dict(gains_db)
        was = self.matched.blockSignals(True)
        self.matched.setChecked(matched)
        self.matched.blockSignals(was)
        self._show_notes()

    def show_failures(self, failures: Mapping[str, str]) -> None:
        """Variants that came out unusable when they were rendered, by name, in words."""
        for name, reason in failures.items():
            if name in self.buttons:
                self.buttons[name].show_reason(reason, problem=self.tr("failed"))

    def show_heard(self, name: str) -> None:
        """Which one sounds, and why it is played so."""
        for each in self.buttons.values():
            each.show_heard(each.name == name)
        plan = self._plans.get(name)
        if plan is not None:
            self._say(plan.variant.label, plan.reason)
        elif name in self._about:
            self._say(self.buttons[name].text(), self._about[name])

    def show_progress(self, shares: Mapping[str, float]) -> None:
        """How much of each is rendered, by name; none for those not in it."""
        for name, button in self.buttons.items():
            button.show_progress(shares.get(name))

    def button(self, key: int) -> VariantButton:
        """The button of a number key, 0 the reference."""
        if key == 0:
            return self.buttons[REFERENCE]
        return self.buttons[next(each.name for each in VARIANTS if each.key == key)]

    def _refuse(self, name: str, reason: str) -> None:
        self._say(self.buttons[name].text(), reason)

    def _say(self, label: str, reason: str) -> None:
        text = f"{label}: {reason}"
        self.why.setText(text)
        self.why.setToolTip(text)

    def _show_notes(self) -> None:
        for name, button in self.buttons.items():
            plan, gain = self._plans.get(name), self._gains.get(name)
            late = "" if plan is None or plan.latency_ms is None else milliseconds_text(plan.latency_ms)
            shown = self.matched.isChecked() and gain is not None
            gain_note = decibel_text(gain, signed=True) if shown else ""
            button.show_notes(*(note for note in (late, gain_note) if note))
