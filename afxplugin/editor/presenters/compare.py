"""The comparing page: what was rendered, what is heard, what was measured."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QTimer

from afxplugin.editor.presenters.figures import (
    difference_shown,
    figure_rows,
    label_of,
    spectrum_shown,
    stem_note,
    stem_spectra_shown,
    sweeps_shown,
)
from afxplugin.editor.state import events
from afxplugin.editor.state.variants import DEVICE, REFERENCE
from afxplugin.editor.widgets.words import percent_text

if TYPE_CHECKING:
    from pathlib import Path

    from afxplugin.editor.bridge import EngineBridge
    from afxplugin.editor.comparing.compared import Compared, Rendering
    from afxplugin.editor.desks.comparison import ComparisonDesk, Look
    from afxplugin.editor.desks.playback import PlaybackDesk
    from afxplugin.editor.desks.stems import StemDesk
    from afxplugin.editor.waveform import Pyramid
    from afxplugin.editor.widgets.compare_page import ComparePage


class ComparePresenter(QObject):
    """Waveform, variants, transport, table and plots."""

    def __init__(
        self,
        bridge: EngineBridge,
        stems: StemDesk,
        comparison: ComparisonDesk,
        playback: PlaybackDesk,
        page: ComparePage,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._bridge, self._state = bridge, bridge.state
        self._stems, self._comparison, self._playback, self._page = stems, comparison, playback, page
        self._renderings: dict[str, Rendering] = {}
        # Several events in a row are one change of the table.
        self._soon = QTimer(self, singleShot=True, interval=0)
        self._soon.timeout.connect(self._show_figures)
        bridge.told.connect(self._heard)
        bridge.busy.connect(self._show_busy)
        stems.outline.connect(self._show_outline)
        stems.reading.connect(self._show_reading)
        stems.detail.connect(self._show_detail)
        comparison.started.connect(self._started)
        comparison.rendering.connect(self._one_ready)
        comparison.compared.connect(self._all_ready)
        comparison.failed.connect(self._failed)
        comparison.look.connect(self._show_look)
        playback.playing.connect(page.transport.show_playing)
        playback.levels.connect(page.transport.meter.show_peaks)
        playback.position.connect(self._show_position)
        playback.device.connect(page.transport.show_device)
        self._listen()
        self.show_all()

    def show_all(self) -> None:
        """Everything as it is now."""
        self._show_stem()
        self._show_variants()

    def choose(self, name: str) -> None:
        """Hear a variant, the reference or the device."""
        if self._page.blind.is_running:
            return
        button = self._page.bar.buttons.get(name)
        if button is not None and button.problem:
            button.click()  # says why not
            return
        if name == DEVICE and not self._page.bar.buttons[DEVICE].isVisible():
            return
        self._bridge.attempt(lambda: self._state.choose_variant(name))

    def _listen(self) -> None:
        """What is done on the page."""
        page, state = self._page, self._state
        page.waveform.region_chosen.connect(self._choose_region)
        page.waveform.closer.connect(self._look_closer)
        page.bar.chosen.connect(self.choose)
        page.bar.matching.connect(lambda _: state.toggle_matching())
        page.figures.chosen.connect(self.choose)
        page.transport.play.connect(self._playback.play)
        page.transport.stop.connect(self._playback.stop)
        page.kind.connect(self._comparison.show)

    def _look_closer(self, start_frame: int, frames: int) -> None:
        if self._state.selection is not None:
            self._stems.look_closer(self._state.selection, start_frame, frames)

    def _show_detail(self, path: Path, start_frame: int, samples: object) -> None:
        if path == self._state.selection:
            self._page.waveform.show_detail(start_frame, samples)  # pyright: ignore[reportArgumentType]

    def _choose_region(self, start_s: float, seconds: float) -> None:
        self._bridge.attempt(lambda: self._state.set_region(start_s, seconds))
        self._state.end_gesture()

    def _heard(self, event: Any) -> None:
        if isinstance(event, events.SelectionChanged):
            self._forget()
            self._show_stem()
        elif isinstance(event, events.InfoChanged):
            if event.info.path != self._state.selection:
                return
            self._show_stem()
        elif isinstance(event, events.RegionChanged):
            self._show_region()
        elif isinstance(event, events.VariantChanged):
            self._show_heard()
        elif isinstance(event, events.MatchingChanged):
            self._show_gains()
        if isinstance(event, events.ChoiceChanged | events.SourceReady | events.RateChanged):
            self._forget()
        if isinstance(event, events.SourceReady | events.RateChanged | events.SelectionChanged | events.InfoChanged):
            self._show_variants()

    def _forget(self) -> None:
        """What was rendered is of another stem, preset or rate."""
        self._renderings = {}

    def _show_stem(self) -> None:
        path, view = self._state.selection, self._page.waveform
        info = self._state.infos.get(path) if path is not None else None
        if path is None or info is None:
            view.show_stem(None, 0.0)
            view.show_message("" if path is None else self.tr("reading…"))
        elif info.error:
            view.show_stem(None, 0.0)
            view.show_message(info.error)
        else:
            known = self._stems.known(path)
            view.show_stem(known, info.seconds)
            view.show_message("" if known is not None else self.tr("reading the waveform"))
        self._show_region()

    def _show_region(self) -> None:
        """The session's, else the one that was found to be the loudest."""
        region = self._state.session.region
        result = self._comparison.result
        if region is None and result is not None and result.stem == self._state.selection:
            region = result.region
        self._page.waveform.show_region(None if region is None else (region.start_s, region.seconds))

    def _show_outline(self, path: Path, pyramid: Pyramid) -> None:
        if path == self._state.selection:
            self._page.waveform.show_stem(pyramid, pyramid.seconds)
            self._page.waveform.show_message("")

    def _show_reading(self, path: Path, share: float) -> None:
        if path == self._state.selection and self._stems.known(path) is None:
            self._page.waveform.show_message(self.tr("reading the waveform"), share)

    def _show_variants(self) -> None:
        self._page.bar.show_plans(self._state.variants)
        self._page.bar.setEnabled(self._state.source is not None and not self._page.blind.is_running)
        self._show_heard()

    def _show_heard(self) -> None:
        name = self._state.session.variant
        if not self._page.blind.is_running:
            self._page.bar.show_heard(name if self._state.source is not None else "")
        self._show_gains()
        self._soon.start()

    def _show_gains(self) -> None:
        gains = {name: each.figures.matching_gain_db for name, each in self._renderings.items() if each.y is not None}
        self._page.bar.show_gains(gains, matched=self._state.session.loudness_matched)

    def _show_figures(self) -> None:
        heard = self._state.session.variant
        self._page.figures.show_rows(figure_rows(self._renderings, self._state.variants, heard))
        self._page.bar.show_device(DEVICE in self._renderings)
        playable = [
            (n, label_of(n) if n in (REFERENCE, DEVICE) else r.label)
            for n, r in self._renderings.items()
            if r.y is not None
        ]
        why = "" if len(playable) > 1 else self.tr("Choose a stem and a preset first.")
        if not self._page.blind.is_running:
            self._page.blind.show_choices(playable, why)

    def _started(self) -> None:
        self._page.transport.show_ready(bool(self._renderings), self.tr("being rendered"))

    def _one_ready(self, rendering: Rendering) -> None:
        self._renderings[rendering.name] = rendering
        self._show_gains()
        self._soon.start()

    def _all_ready(self, result: Compared) -> None:
        self._renderings = {each.name: each for each in result.renderings}
        failed = {
            n: r.problem for n, r in self._renderings.items() if r.problem and (r.planned is None or r.planned.playable)
        }
        self._page.bar.show_failures(failed)
        self._show_region()
        self._show_heard()
        self._page.transport.show_ready(True)
        if not self._playback.is_playing:
            self._page.transport.show_position(0.0, result.region.seconds)
        self._playback.provide(result)

    def _failed(self, problem: str) -> None:
        if problem:
            self._page.status.setText(self.tr("not compared"))
            self._bridge.problem.emit(problem)

    def _show_busy(self, room: str, text: str, share: float) -> None:
        if room == "compare":
            self._page.status.setText(f"{text}  {percent_text(share)}" if text else "")

    def _show_position(self, at_s: float, seconds: float) -> None:
        self._page.transport.show_position(at_s, seconds)
        result = self._comparison.result
        there = result is not None and result.stem == self._state.selection
        self._page.waveform.show_playhead(result.region.start_s + at_s if there and result is not None else None)

    def _show_look(self, look: Look) -> None:
        page = self._page
        if look.tone is not None or look.reference_tone is not None:
            heard, reference, harmonics, aliases, note = spectrum_shown(look, self._comparison.probe)
            page.spectrum.show_spectrum(heard, reference, harmonics=harmonics, aliases=aliases, note=note)
        if look.stem is not None or look.reference_stem is not None:
            result = self._comparison.result
            seconds = 0.0 if result is None else result.region.seconds
            page.spectrum.show_spectrum(*stem_spectra_shown(look), note=stem_note(seconds))
        if look.reference_sweep is not None:
            page.sweep.show_images(*sweeps_shown(look))
        if look.difference is not None:
            page.difference.show_difference(difference_shown(look))
