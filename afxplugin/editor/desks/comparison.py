"""The comparison: rendered anew, after a moment's rest, whenever something that is heard has changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import QObject, QTimer, Signal

from afxplugin.editor.comparing.compare import compare_region
from afxplugin.editor.comparing.probe import Probe
from afxplugin.editor.comparing.spectra import difference, spectrum, sweep_spectrogram, tone_spectrum
from afxplugin.editor.state import events
from afxplugin.editor.state.sources import sound_of
from afxplugin.editor.state.variants import REFERENCE, find_variant, plan_variant

if TYPE_CHECKING:
    from collections.abc import Hashable
    from pathlib import Path

    from afxplugin.editor.bridge import EngineBridge
    from afxplugin.editor.comparing.compared import Compared, Rendering
    from afxplugin.editor.comparing.spectra import Difference, Spectrogram, Spectrum, ToneSpectrum
    from afxplugin.editor.state.session import Region
    from afxplugin.editor.workers import Control
    from afxplugin.render.source import Source

# Long enough for a knob to be turned on, short enough to seem at once.
_REST_MS: Final = 180
_MOST_SWEEPS: Final = 24


@dataclass(frozen=True, eq=False)
class Look:
    """What plots show of one rendering beside the reference; None: not to be had, or not asked for.

    tone: of a sine; stem: of the stretch that plays.
    """

    name: str
    label: str
    tone: ToneSpectrum | None = None
    reference_tone: ToneSpectrum | None = None
    stem: Spectrum | None = None
    reference_stem: Spectrum | None = None
    sweep: Spectrogram | None = None
    reference_sweep: Spectrogram | None = None
    difference: Difference | None = None


@dataclass(frozen=True)
class _Asked:
    stem: Path
    source: Source
    session_hz: int
    region: Region | None


class ComparisonDesk(QObject):
    """rendering: one that is done. compared: all are. failed: in words, empty when it is under way again.

    look: what the plots show, for what is heard. started: a new comparison is under way.
    """

    started = Signal()
    rendering = Signal(object)
    compared = Signal(object)
    failed = Signal(str)
    look = Signal(object)

    def __init__(self, bridge: EngineBridge, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bridge, self._state = bridge, bridge.state
        self.result: Compared | None = None
        self.probe = Probe()
        self._source: Source | None = None
        self._kind = ""
        self._closed = self._held = self._due = False
        self._sweeps: dict[tuple[Hashable, ...], Spectrogram] = {}
        self._rest = QTimer(self, singleShot=True, interval=_REST_MS)
        self._rest.timeout.connect(self.compare)
        bridge.told.connect(self._heard)

    @property
    def is_pending(self) -> bool:
        """Whether a comparison is under way, or will be by itself."""
        return self._due or self.is_resting or self._bridge.is_busy("compare")

    @property
    def is_resting(self) -> bool:
        """Whether it waits for a moment in which nothing changes."""
        return self._rest.isActive()

    @property
    def is_current(self) -> bool:
        """Whether what was compared last is what is asked for now."""
        return self.result is not None and not self.is_pending

    def compare(self) -> None:
        """Compare now what the state says, where it says enough."""
        self._rest.stop()
        self._due = self._held
        if self._closed or self._held:
            return
        asked = self._asked()
        if asked is None:
            self._bridge.cancel("compare")
            return
        self.failed.emit("")
        self.started.emit()
        first = self._state.session.variant

        def work(control: Control) -> Compared:
            return compare_region(
                asked.stem, asked.source, asked.session_hz, region=asked.region, control=control, first=first,
                probe=self.probe, ready=lambda each: self._bridge.post(lambda: self._ready(each, control)),
            )  # fmt: skip

        self._bridge.request("compare", work, lambda result: self._done(result, asked), failed=self.failed.emit)

    def hold(self) -> None:
        """Keep what was compared last, whatever changes, until ``release``."""
        self._held = True

    def release(self) -> None:
        """Compare again, at once where something has changed meanwhile."""
        self._held = False
        if self._due:
            self.compare()

    def close(self) -> None:
        """Compare nothing any more."""
        self._closed = True
        self._rest.stop()

    def show(self, kind: str) -> None:
        """What the plots are to show: "spectrum", "stem spectrum", "sweep", "difference", or "" for nothing."""
        self._kind = kind
        self._look()

    def _asked(self) -> _Asked | None:
        state = self._state
        info = state.infos.get(state.selection) if state.selection is not None else None
        played = state.played
        if state.selection is None or info is None or info.error or played is None:
            return None
        return _Asked(state.selection, played, state.session_hz, self._region(info.seconds))

    def _region(self, seconds: float) -> Region | None:
        """The region where this stem has it; else the loudest stretch."""
        region = self._state.session.region
        return region if region is not None and region.end_s <= seconds + 0.01 else None

    def _ready(self, rendering: Rendering, control: Control) -> None:
        if not control.cancelled.is_set():
            self.rendering.emit(rendering)

    def _done(self, result: Compared, asked: _Asked) -> None:
        self.result, self._source = result, asked.source
        self.compared.emit(result)
        self._look()

    def _heard(self, event: Any) -> None:
        """An interest in all that changes the sound."""
        if isinstance(event, events.VariantChanged):
            self._look()
        elif isinstance(event, events.InfoChanged):
            if event.info.path == self._state.selection:
                self._rest.start()
        elif isinstance(
            event,
            events.SelectionChanged
            | events.RateChanged
            | events.SourceReady
            | events.ChoiceChanged
            | events.SettingsChanged
            | events.RegionChanged,
        ):
            self._rest.start()

    def _look(self) -> None:
        result, source, kind = self.result, self._source, self._kind
        if result is None or source is None or not kind:
            return
        heard = result.rendering(self._state.session.variant) or result.rendering(REFERENCE)
        reference = result.rendering(REFERENCE)
        if heard is None or reference is None:
            return
        make = {
            "spectrum": self._tones,
            "stem spectrum": self._spectra,
            "difference": self._difference,
            "sweep": self._sweep,
        }[kind]
        self._bridge.request("look", lambda control: make(result, source, heard, reference, control), self.look.emit)

    def _tones(
        self, result: Compared, source: Source, heard: Rendering, reference: Rendering, control: Control
    ) -> Look:
        del result, source
        own = None if heard.probe is None else tone_spectrum(heard.probe, self.probe)
        control.check()
        other = None if reference.probe is None else tone_spectrum(reference.probe, self.probe)
        return Look(heard.name, heard.label, tone=own, reference_tone=other)

    def _spectra(
        self, result: Compared, source: Source, heard: Rendering, reference: Rendering, control: Control
    ) -> Look:
        del source
        own = None if heard.y is None else spectrum(heard.y, result.session_hz)
        control.check()
        other = None if reference.y is None else spectrum(reference.y, result.session_hz)
        return Look(heard.name, heard.label, stem=own, reference_stem=other)

    def _difference(
        self, result: Compared, source: Source, heard: Rendering, reference: Rendering, control: Control
    ) -> Look:
        del source, control
        if heard.y is None or reference.y is None:
            return Look(heard.name, heard.label)
        return Look(heard.name, heard.label, difference=difference(reference.y, heard.y, result.session_hz))

    def _sweep(
        self, result: Compared, source: Source, heard: Rendering, reference: Rendering, control: Control
    ) -> Look:
        del reference
        own = None
        if heard.planned is not None and heard.planned.playable:
            own = self._swept(source, heard.name, result.session_hz, control.part(0.0, 0.5))
        base = self._swept(source, REFERENCE, result.capture_hz, control.part(0.5, 1.0))
        return Look(heard.name, heard.label, sweep=own if heard.name != REFERENCE else base, reference_sweep=base)

    def _swept(self, source: Source, name: str, rate_hz: int, control: Control) -> Spectrogram:
        """Kept, as switching to and fro asks for the same again."""
        key = (sound_of(source), name, rate_hz, source.filters)
        if key not in self._sweeps:
            variant = find_variant("auto" if name == REFERENCE else name)
            planned = plan_variant(source.capture, rate_hz, variant, filters=source.filters)
            made = sweep_spectrogram(source, planned, control)
            while len(self._sweeps) >= _MOST_SWEEPS:
                self._sweeps.pop(next(iter(self._sweeps)))
            self._sweeps[key] = made
        return self._sweeps[key]
