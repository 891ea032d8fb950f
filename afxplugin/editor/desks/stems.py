"""The stems: what they are and how they look, read one after the other while the window goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import platformdirs
from PySide6.QtCore import QObject, Signal

from afxplugin.editor.state import events
from afxplugin.editor.state.stem_info import read_stem_info
from afxplugin.editor.state.stored_paths import is_foreign
from afxplugin.editor.waveform import Outlines, read_samples
from afxplugin.editor.widgets.stem_list import StemRow
from afxplugin.errors import AfxError
from afxplugin.files import why

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from afxplugin.editor.bridge import EngineBridge
    from afxplugin.editor.waveform import Pyramid
    from afxplugin.editor.workers import Control

_THUMB_COLUMNS: Final = 76


class StemDesk(QObject):
    """rows: the list as it is now. row: one of it has changed. outline: (path, Pyramid) that was read.

    reading: (path, how far, 0 to 1). detail: (path, first frame, samples (channels, frames)) for a close view.
    """

    rows = Signal(list)
    row = Signal(object)
    outline = Signal(object, object)
    reading = Signal(object, float)
    detail = Signal(object, int, object)

    def __init__(self, bridge: EngineBridge, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bridge, self._state = bridge, bridge.state
        self._outlines = Outlines()
        self._read: dict[Path, Pyramid] = {}
        self._thumbs: dict[Path, tuple[NDArray[np.float32], NDArray[np.float32]]] = {}
        bridge.told.connect(self._heard)

    def add(self, paths: Sequence[Path]) -> None:
        """Files that are stems; see ``Office.take`` for whatever was dropped or chosen."""
        self._bridge.attempt(lambda: self._state.add_stems(paths))

    def add_example(self) -> None:
        """Three stems of a little song, made in a worker into the user's own folder."""
        self._bridge.request("example", lambda _: make_example(), self.add)

    def known(self, path: Path | None) -> Pyramid | None:
        """The outline of a stem, None where it is not read yet."""
        return self._read.get(path) if path is not None else None

    def look_closer(self, path: Path, start_frame: int, frames: int) -> None:
        """Samples for a zoom that is closer than the outline; ``detail`` brings them."""
        self._bridge.request(
            "detail",
            lambda _: read_samples(path, start_frame, frames),
            lambda samples: self.detail.emit(path, start_frame, samples),
            failed=lambda _: None,
        )

    def list_rows(self) -> list[StemRow]:
        """The session's stems as rows."""
        return [self._row(each.path) for each in self._state.session.stems]

    def refresh(self) -> None:
        """Tell the rows, and read what is not known."""
        self.rows.emit(self.list_rows())
        unknown = [each.path for each in self._state.session.stems if each.path not in self._state.infos]
        if unknown:
            self._bridge.request("infos", lambda control: self._read_infos(unknown, control), lambda _: None)
        self._read_outlines()

    def _row(self, path: Path) -> StemRow:
        return StemRow(path, self._state.infos.get(path), self._thumbs.get(path))

    def _heard(self, event: Any) -> None:
        if isinstance(event, events.StemsChanged):
            self.refresh()
        elif isinstance(event, events.InfoChanged):
            # Thousands of them come one by one: each is one row, not the list anew.
            self.row.emit(self._row(event.info.path))
        elif isinstance(event, events.SelectionChanged):
            known = self.known(event.stem)
            if known is not None:
                self.outline.emit(event.stem, known)
            else:
                self._read_outlines()

    def _read_infos(self, paths: list[Path], control: Control) -> None:
        for path in paths:
            control.check()
            info = read_stem_info(path)
            self._bridge.post(lambda info=info: self._state.provide_info(info))

    def _read_outlines(self) -> None:
        """The one that is looked at first."""
        stems = [each.path for each in self._state.session.stems]
        wanted = [path for path in stems if path not in self._read and not is_foreign(path)]
        wanted.sort(key=lambda path: path != self._state.selection)
        if wanted:
            self._bridge.request("outlines", lambda control: self._read_each(wanted, control), lambda _: None)

    def _read_each(self, paths: list[Path], control: Control) -> None:
        from afxplugin.editor.workers import Control as Heeding

        for path in paths:
            control.check()

            def tell(share: float, text: str, path: Path = path) -> None:
                del text
                self._bridge.post(lambda: self.reading.emit(path, share))

            try:
                pyramid = self._outlines.read(path, Heeding(tell, control.cancelled))
            except AfxError:
                control.check()
                continue  # the row says what is wrong
            step = pyramid.frames / _THUMB_COLUMNS
            peaks = pyramid.columns(0.0, step, _THUMB_COLUMNS)
            self._bridge.post(lambda path=path, pyramid=pyramid, peaks=peaks: self._provide(path, pyramid, peaks))

    def _provide(self, path: Path, pyramid: Pyramid, peaks: NDArray[np.float32]) -> None:
        self._read[path] = pyramid
        loudest = max(float(abs(peaks).max(initial=0.0)), 1e-3)
        self._thumbs[path] = (peaks[:, :, 0] / loudest, peaks[:, :, 1] / loudest)
        self.row.emit(self._row(path))
        self.outline.emit(path, pyramid)


def make_example(folder: Path | None = None) -> tuple[Path, ...]:
    """Guitar, bass and drums as 48 kHz files in ``folder`` (None: the user's data folder); those there are kept.

    Raises AudioError where they cannot be written.
    """
    from afxplugin.audio import AudioWriter
    from afxplugin.errors import AudioError
    from afxplugin.measure.stems import bass_di, drums, guitar_di

    folder = folder or platformdirs.user_data_path("afxplugin", appauthor=False) / "example"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise AudioError(f"this folder cannot be made: {why(error)}", path=folder) from error
    paths: list[Path] = []
    for name, make in (("guitar", guitar_di), ("bass", bass_di), ("drums", drums)):
        path = folder / f"{name}.wav"
        paths.append(path)
        if not path.exists():
            audio = make(48_000)
            with AudioWriter(path, rate_hz=audio.rate_hz, channels=audio.x.shape[0]) as writer:
                writer.write(audio.x)
    return tuple(paths)
