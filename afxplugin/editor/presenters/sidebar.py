"""The left side and the bar at the top: stems, presets, rate, history."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QCoreApplication, QObject

from afxplugin.editor.state import events
from afxplugin.editor.widgets.words import rate_text

if TYPE_CHECKING:
    from pathlib import Path

    from afxplugin.editor.bridge import EngineBridge
    from afxplugin.editor.desks.files import FileDesk
    from afxplugin.editor.desks.presets import PresetDesk
    from afxplugin.editor.desks.stems import StemDesk
    from afxplugin.editor.widgets.header import Header
    from afxplugin.editor.widgets.sidebar import Sidebar
    from afxplugin.editor.widgets.stem_list import StemRow


class SidebarPresenter(QObject):
    """Shows what the state tells of stems, presets, rate and history, and passes on what is done there."""

    def __init__(
        self,
        bridge: EngineBridge,
        stems: StemDesk,
        presets: PresetDesk,
        files: FileDesk,
        sidebar: Sidebar,
        header: Header,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._bridge, self._state = bridge, bridge.state
        self._presets, self._files = presets, files
        self._sidebar, self._header = sidebar, header
        self._stems = stems
        self._opening = ""
        bridge.told.connect(self._heard)
        stems.rows.connect(self._show_stems)
        stems.row.connect(sidebar.stems.rows.show_row)
        presets.opening.connect(self._show_opening)
        files.settings_changed.connect(lambda _: self._show_catalogue())
        sidebar.stems.looked_at.connect(lambda path: bridge.attempt(lambda: self._state.select_stem(path)))
        sidebar.stems.removal.connect(lambda path: bridge.attempt(lambda: self._state.remove_stem(path)))
        sidebar.presets.chosen.connect(presets.choose_preset)
        sidebar.presets.starred.connect(lambda label, _: files.toggle_favourite(label))
        header.step.connect(self.step)
        header.rate.connect(presets.set_rate)
        header.undo.connect(lambda: bridge.attempt(self._state.undo))
        header.redo.connect(lambda: bridge.attempt(self._state.redo))
        self.show_all()

    def step(self, step: int) -> None:
        """The preset before or after, among those that the browser shows."""
        label = self._sidebar.presets.neighbour(step)
        if label is not None:
            self._presets.choose_preset(label)

    def show_all(self) -> None:
        """Everything as it is now."""
        self._show_stems(self._stems.list_rows())
        self._show_catalogue()
        self._show_choice()
        self._show_rate()
        self._header.show_history("", "")

    def _heard(self, event: Any) -> None:
        if isinstance(event, events.SelectionChanged):
            self._show_rate()
            self._sidebar.stems.show_looked_at(event.stem)
        elif isinstance(event, events.RateChanged) or (
            isinstance(event, events.InfoChanged) and event.info.path == self._state.selection
        ):
            self._show_rate()
        if isinstance(event, events.ChoiceChanged | events.SourceReady):
            self._show_choice()
        elif isinstance(event, events.CatalogueChanged):
            self._show_catalogue()
        elif isinstance(event, events.HistoryChanged):
            self._header.show_history(_told(event.undo_label), _told(event.redo_label))

    def _show_stems(self, rows: list[StemRow]) -> None:
        self._sidebar.stems.show_stems(rows, self._state.selection)
        self._sidebar.show_count(len(rows))

    def _show_catalogue(self) -> None:
        self._sidebar.presets.show_catalogue(self._state.catalogue, frozenset(self._files.settings.favourites))

    def _show_rate(self) -> None:
        self._header.show_rate(self._state.session.session_hz, self._state.session_hz)

    def _show_opening(self, label: str) -> None:
        self._opening = label
        self._show_choice()

    def _show_choice(self) -> None:
        choice, source = self._state.session.choice, self._state.source
        label = choice.label if choice is not None else ""
        self._sidebar.presets.show_chosen(label)
        about = ""
        if self._opening:
            label, about = self._opening, self.tr("opening…")
        elif source is not None:
            about = self.tr("{rate} capture").format(rate=rate_text(source.capture.rate_hz))
        elif self._state.source_problem:
            about = self.tr("cannot be opened")
        self._header.show_preset(label, about)
        ready = choice is not None and bool(self._state.session.stems)
        self._header.queue_button.setEnabled(ready)


def _told(label: str | None) -> str:
    """A step's name; translations of them are looked up as they are."""
    return QCoreApplication.translate("history", label) if label else ""


def display(path: Path | None) -> str:
    """A session's name for the window's title."""
    return path.stem if path is not None else QCoreApplication.translate("history", "Untitled session")
