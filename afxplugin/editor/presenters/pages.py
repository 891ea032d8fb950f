"""The rendering page, the live page and the blind test."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject

from afxplugin.editor.presenters.figures import label_of
from afxplugin.editor.state import events
from afxplugin.editor.state.variants import DEVICE, REFERENCE, find_variant

if TYPE_CHECKING:
    from afxplugin.editor.bridge import EngineBridge
    from afxplugin.editor.comparing.abx import AbxResult
    from afxplugin.editor.desks.blind import BlindDesk
    from afxplugin.editor.desks.comparison import ComparisonDesk
    from afxplugin.editor.desks.files import FileDesk
    from afxplugin.editor.desks.live import LiveDesk
    from afxplugin.editor.desks.renders import RenderDesk
    from afxplugin.editor.widgets.abx_panel import AbxPanel
    from afxplugin.editor.widgets.compare_bar import CompareBar
    from afxplugin.editor.widgets.live_panel import LivePanel, LiveRequest
    from afxplugin.editor.widgets.queue_panel import QueuePanel
    from afxplugin.engine.stream import Device


class RenderPresenter(QObject):
    """The queue and its buttons."""

    def __init__(
        self,
        bridge: EngineBridge,
        renders: RenderDesk,
        files: FileDesk,
        panel: QueuePanel,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._state, self._files, self._panel = bridge.state, files, panel
        panel.add.connect(renders.add_all)
        panel.start.connect(renders.start)
        panel.pause.connect(renders.pause)
        panel.cancel.connect(renders.cancel)
        panel.retry.connect(renders.retry)
        panel.remove.connect(renders.remove)
        panel.clear.connect(renders.clear_finished)
        renders.rows.connect(lambda rows, running, left_s: panel.show_rows(rows, running=running, left_s=left_s))
        files.settings_changed.connect(lambda settings: panel.show_folder(settings.output_folder))
        bridge.told.connect(self._heard)
        panel.show_folder(files.settings.output_folder)
        self._show_ready()

    def _heard(self, event: Any) -> None:
        if isinstance(event, events.StemsChanged | events.ChoiceChanged | events.SourceReady):
            self._show_ready()

    def _show_ready(self) -> None:
        session = self._state.session
        why = ""
        if not session.stems:
            why = self.tr("There are no stems yet.")
        elif session.choice is None:
            why = self.tr("No preset is chosen yet.")
        self._panel.show_ready(not why, why)


class LivePresenter(QObject):
    """Devices, levels and figures."""

    def __init__(
        self, bridge: EngineBridge, live: LiveDesk, files: FileDesk, panel: LivePanel, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._state, self._files, self._panel = bridge.state, files, panel
        self._live = live
        self._devices: tuple[Device, ...] | None = None
        self._ended = ""
        panel.start.connect(live.start)
        panel.start.connect(self._remember)
        panel.stop.connect(live.stop)
        panel.look.connect(live.look)
        live.starting.connect(panel.show_starting)
        live.playing.connect(panel.show_playing)
        live.stats.connect(panel.show_stats)
        live.devices.connect(self._show_devices)
        live.ended.connect(self._show_end)
        bridge.told.connect(self._heard)
        self._show_ready()

    def _heard(self, event: Any) -> None:
        if isinstance(event, events.ChoiceChanged | events.SourceReady):
            self._show_ready()

    def _remember(self, request: LiveRequest) -> None:
        """The instrument's input, for the next time."""
        name = next((each.name for each in self._devices or () if each.index == request.input), None)
        self._files.change_settings(input_device=name)

    def _show_devices(self, devices: tuple[Device, ...]) -> None:
        self._devices = devices
        self._ended = ""
        settings = self._files.settings
        self._panel.show_devices(devices, first=(settings.input_device, settings.output_device))
        self._show_ready()

    def _show_end(self, why: str) -> None:
        self._ended = why
        self._show_ready()

    def _show_ready(self) -> None:
        why = self._ended
        playing = self._live.choice if self._live.is_playing else None
        if playing is not None and self._state.source is None:
            why = self.tr("Live goes on with {name}.").format(name=playing.label)
        elif self._state.source is None:
            why = self.tr("Choose a preset to play through.")
        elif self._devices == () and not why:
            why = self.tr("No audio device is here. Plug one in and look again.")
        ready = self._state.source is not None and bool(self._devices)
        self._panel.show_ready(ready, why)


class BlindPresenter(QObject):
    """The blind test: while it runs, the bar of variants tells nothing."""

    def __init__(
        self,
        blind: BlindDesk,
        comparison: ComparisonDesk,
        panel: AbxPanel,
        bar: CompareBar,
        bridge: EngineBridge,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._panel, self._bar, self._state = panel, bar, bridge.state
        panel.begin.connect(blind.begin)
        panel.listen.connect(blind.listen)
        panel.answer.connect(blind.answer)
        panel.abandon.connect(blind.abandon)
        blind.trial.connect(self._show_trial)
        blind.ended.connect(self._show_end)
        # What is compared anew is not what the trials before were of; it waits for the end of the test.
        comparison.started.connect(blind.abandon)

    def _show_trial(self, number: int, trials: int, heard: str) -> None:
        self._panel.show_trial(number, trials, heard)
        self._bar.setEnabled(False)
        self._bar.show_heard("")

    def _show_end(self, result: AbxResult | None) -> None:
        self._bar.setEnabled(True)
        if result is None:
            self._panel.show_setup()
        else:
            first, second = (_label(name) for name in (result.a, result.b))
            self._panel.show_result(first, second, right=result.right, trials=result.trials, p_value=result.p_value)
        self._bar.show_heard(self._state.session.variant)


def _label(name: str) -> str:
    return label_of(name) if name in (REFERENCE, DEVICE) else find_variant(name).label
