"""Knobs, gains and mix, wherever a page has them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject

from afxplugin.editor.state import events

if TYPE_CHECKING:
    from afxplugin.editor.bridge import EngineBridge
    from afxplugin.editor.widgets.knob_panel import KnobPanel


class KnobsPresenter(QObject):
    """A strip of knobs that shows the session's settings and turns them."""

    def __init__(self, bridge: EngineBridge, panel: KnobPanel, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._state, self._panel = bridge.state, panel
        state, attempt = bridge.state, bridge.attempt
        panel.turned.connect(lambda name, value: attempt(lambda: state.set_knob(name, value)))
        panel.input_gain.connect(lambda value: attempt(lambda: state.set_input_gain(value)))
        panel.output_gain.connect(lambda value: attempt(lambda: state.set_output_gain(value)))
        panel.mix.connect(lambda value: attempt(lambda: state.set_mix(value)))
        panel.let_go.connect(state.end_gesture)
        bridge.told.connect(self._heard)
        self.show_knobs()

    def show_knobs(self) -> None:
        """All of them as they stand now."""
        source = self._state.source
        none = self.tr("Choose a preset on the left.") if source is None else ""
        self._panel.show_knobs(self._state.knobs, none=none)
        settings = self._state.session.settings
        mix = settings.mix if settings.mix is not None else source.mix if source is not None else 1.0
        self._panel.show_gains(input_db=settings.input_gain_db, output_db=settings.output_gain_db, mix=mix)
        self._panel.setEnabled(source is not None)

    def _heard(self, event: Any) -> None:
        if isinstance(event, events.SettingsChanged | events.ChoiceChanged | events.SourceReady):
            self.show_knobs()
