"""The main window: where everything stands, and which command goes to whom. What commands do is the desks' business."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import QByteArray, QChildEvent, QEvent, QSize, Qt, QTimer, QUrl, Signal
from PySide6.QtGui import QCloseEvent, QDesktopServices, QDragEnterEvent, QDropEvent, QKeyEvent
from PySide6.QtWidgets import (
    QApplication,
    QDialog,
    QHBoxLayout,
    QMainWindow,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)
from shiboken6 import isValid

from afxplugin.editor import dialogs
from afxplugin.editor.commands import Commands
from afxplugin.editor.look import theme
from afxplugin.editor.look.theme import GAP, HAIR, NEAR
from afxplugin.editor.menus import KeysOfControls, Menus
from afxplugin.editor.placing import fitting
from afxplugin.editor.state import events
from afxplugin.editor.state.session import LONGEST_REGION_S, SHORTEST_REGION_S
from afxplugin.editor.widgets.compare_page import ComparePage
from afxplugin.editor.widgets.empty_state import EmptyState
from afxplugin.editor.widgets.header import COMPARE, LIVE, RENDER, Header
from afxplugin.editor.widgets.live_panel import LivePanel
from afxplugin.editor.widgets.notice import Notice
from afxplugin.editor.widgets.queue_panel import QueuePanel
from afxplugin.editor.widgets.sidebar import Sidebar
from afxplugin.editor.widgets.stem_list import dropped_paths
from afxplugin.plugin.document import LIVE_METHODS

if TYPE_CHECKING:
    from collections.abc import Callable

    from afxplugin.editor.office import Office

_SMALLEST: Final = QSize(1000, 640)


def _dress_if_there(part: QWidget, palette: theme.Palette) -> None:
    """A dialog may have gone since its turn was planned."""
    if isValid(part):
        theme.dress(part, palette)


class MainWindow(QMainWindow):
    """The window of one session. closing: it is about to go."""

    closing = Signal()

    def __init__(self, office: Office) -> None:
        super().__init__()
        self._office = office
        self._asking = Commands(office, self)
        self._sure = False
        self._dressing: list[Callable[[], object]] = []
        self._palette: theme.Palette | None = None
        # Parts are dressed one by one, and handles between them are nobody's part.
        self.setStyleSheet("QSplitter::handle { background: transparent; }")
        self.header = Header()
        self.sidebar = Sidebar()
        self.page = ComparePage(shortest_s=SHORTEST_REGION_S, longest_s=LONGEST_REGION_S)
        self.empty = EmptyState()
        self.queue = QueuePanel()
        self.live = LivePanel(LIVE_METHODS)
        self.notice = Notice()
        self._pages = QStackedWidget()
        self.menus = Menus(self.menuBar(), self._commands(), self)
        self._keys = KeysOfControls(self)
        self._lay_out()
        self._keys.watch(self)
        office.present(self)
        self._listen(office)
        self.setAcceptDrops(True)
        self.setWindowTitle("afxplugin")
        self._settings_changed(office.files.settings)
        self._dress_all()
        self._restore()
        self._show_title()
        self._show_history("", "")
        self._show_centre()
        self.empty.open_button.setFocus()

    def _listen(self, office: Office) -> None:
        """What is told, and what is done in the window."""
        commands = self._asking
        office.bridge.told.connect(self._heard)
        office.bridge.problem.connect(self.notice.tell)
        office.files.settings_changed.connect(self._settings_changed)
        office.files.saved.connect(lambda _: self._show_title())
        office.blind.trial.connect(lambda *_: self._enable_commands())
        office.blind.ended.connect(lambda _: self._enable_commands())
        self.header.page.connect(self.show_page)
        self.header.queue.connect(self.add_to_queue)
        self.sidebar.add.connect(commands.add_stems)
        self.sidebar.presets.open_capture.connect(commands.open_capture)
        self.empty.dropped.connect(commands.take)
        self.sidebar.stems.dropped.connect(commands.take)
        self.empty.open_files.connect(commands.add_stems)
        self.empty.open_folder.connect(commands.add_folder)
        self.empty.example.connect(office.stems.add_example)
        self.empty.recent.connect(commands.open_recent)
        self.page.transport.settings.connect(commands.show_settings)
        self.queue.folder.connect(commands.choose_output_folder)
        self.queue.opened.connect(lambda path: QDesktopServices.openUrl(QUrl.fromLocalFile(str(path))))

    def _dress_all(self) -> None:
        """Now, or the first look at a page would take as long as dressing all of it."""
        for widget in self.findChildren(QWidget):
            widget.ensurePolished()
        for plot in (self.page.spectrum, self.page.sweep, self.page.difference):
            plot.grab()

    # What is shown.

    def show_page(self, page: int) -> None:
        """COMPARE, RENDER or LIVE."""
        self.header.show_page(page)
        had = self.focusWidget()
        self._pages.setCurrentIndex(page)
        if had is None or self._pages.isAncestorOf(had):
            # Else Qt gives it to the first button of the page, which Space would press.
            shown = self.page.waveform if self._compares else self._pages.currentWidget()
            if shown is not None:
                shown.setFocus()
        self._page_shown(page)

    def show_tab(self, tab: int) -> None:
        """A tab of the comparing page, with the keyboard in it."""
        self.show_page(COMPARE)
        self.page.tabs.setCurrentIndex(tab)
        self.page.tabs.currentWidget().setFocus()

    def _page_shown(self, page: int) -> None:
        if page == LIVE:
            self._office.live.look()
        self._enable_commands()

    @property
    def _compares(self) -> bool:
        """Whether the comparison of a stem is what one sees."""
        return self._pages.currentIndex() == COMPARE and self._centre.currentWidget() is self.page

    def _enable_commands(self) -> None:
        """Keys without Ctrl change the comparison: only where one sees it, and not during a blind test."""
        for name, action in self.menus.actions.items():
            if name.partition(" ")[0] in ("hear", "matching", "loudest"):
                action.setEnabled(self._compares and not self._office.blind.is_running)

    def _play_or_stop(self) -> None:
        """Stop what plays; begin only where the stem is seen."""
        playback = self._office.playback
        if playback.is_playing:
            playback.stop()
        elif self._compares:
            playback.play()

    def add_to_queue(self) -> None:
        """Every stem into the queue, and show it."""
        if self._office.renders.add_all():
            self.show_page(RENDER)

    def dress(self, choice: str) -> None:
        """Light, dark, or as the system; nothing where it is what was asked for last."""
        app = QApplication.instance()
        palette = theme.resolve(choice)  # pyright: ignore[reportArgumentType]
        if not isinstance(app, QApplication) or palette is self._palette:
            return
        self._palette = palette
        theme.apply(app, palette)
        pages = (self.queue, self.live, self.empty, self.notice)
        dressed = [self.header, self.menuBar(), self.sidebar, *self.page.panels, *pages]
        dressed += self.findChildren(QDialog)
        # What is looked at comes first; the sort keeps the order otherwise.
        dressed.sort(key=lambda part: not part.isVisible())
        steps: list[Callable[[], object]] = [lambda part=part: _dress_if_there(part, palette) for part in dressed]
        # When all parts have it themselves, little is left of this.
        steps += [lambda: self.setPalette(theme.qt_palette(palette))]
        steps += [part.restyle for part in (self.header, self.sidebar, *self.page.parts, *pages)]
        self._dressing = steps
        self._dress_on(steps)

    @property
    def is_dressed(self) -> bool:
        """Whether every part has the palette that was asked for last."""
        return not self._dressing

    def close_at_once(self) -> None:
        """Close without a question; what is not saved is lost."""
        self._sure = True
        self.close()

    # What Qt calls.

    def childEvent(self, event: QChildEvent) -> None:
        """Dialogs are dressed as the window is."""
        child = event.child()
        if event.type() == QEvent.Type.ChildPolished and isinstance(child, QDialog):
            theme.dress(child, theme.current())
            self._keys.watch(child, buttons=False)
        super().childEvent(event)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Stems may be dropped anywhere."""
        if dropped_paths(event):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Stems, a session, a capture."""
        paths = dropped_paths(event)
        if paths:
            event.acceptProposedAction()
            self._asking.take(paths)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape closes what is told."""
        if event.key() == Qt.Key.Key_Escape:
            self.notice.hide()
        else:
            super().keyPressEvent(event)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Ask for what would be lost, then end everything."""
        office = self._office
        if not self._sure and (office.renders.has_unfinished or not office.state.is_saved):
            event.ignore()
            # Later, as Qt closes no window twice at a time.
            self._asking.leave(lambda: QTimer.singleShot(0, self, self.close_at_once))
            return
        geometry = bytes(self.saveGeometry().toBase64().data()).decode()
        office.files.write_now(geometry=geometry, layout=self._layout_text())
        self.closing.emit()
        office.close()
        event.accept()

    # Inside.

    def _commands(self) -> dict[str, Callable[..., Any]]:
        office = self._office
        state, attempt, commands = office.state, office.bridge.attempt, self._asking
        return {
            "new": commands.new,
            "open": commands.open,
            "open_recent": commands.open_recent,
            "save": commands.save,
            "save_as": commands.save_as,
            "add_stems": commands.add_stems,
            "add_folder": commands.add_folder,
            "open_capture": commands.open_capture,
            "settings": commands.show_settings,
            "quit": self.close,
            "undo": lambda: attempt(state.undo),
            "redo": lambda: attempt(state.redo),
            "remove_stem": self._remove_stem,
            "queue": self.add_to_queue,
            "play": self._play_or_stop,
            "loudest": lambda: attempt(state.clear_region),
            "matching": state.toggle_matching,
            # The presenters come after the menus.
            "hear": lambda name: office.comparing.choose(name),  # noqa: PLW0108
            "step": lambda step: office.choosing.step(step),  # noqa: PLW0108
            "rate": office.presets.set_rate,
            "page": self.show_page,
            "tab": self.show_tab,
            "search": self._search,
            "theme": lambda name: office.files.change_settings(theme=name),
            "keys": lambda: dialogs.show_keys(self),
            "about": lambda: dialogs.show_about(self, office.version),
        }

    def _lay_out(self) -> None:
        self._centre = QStackedWidget()
        self._centre.addWidget(self.empty)
        self._centre.addWidget(self.page)
        for widget in (self._centre, self.queue, self.live):
            self._pages.addWidget(widget)
        right = QWidget()
        column = QVBoxLayout(right)
        column.setContentsMargins(HAIR, HAIR, HAIR, HAIR)
        column.setSpacing(NEAR)
        column.addWidget(self.notice)
        column.addWidget(self._pages, 1)
        self.split = QSplitter(Qt.Orientation.Horizontal)
        self.split.setChildrenCollapsible(False)
        self.split.setHandleWidth(GAP)
        self.split.addWidget(self.sidebar)
        self.split.addWidget(right)
        self.split.setStretchFactor(1, 1)
        self.split.setSizes([252, 1016])
        body = QWidget()
        inside = QHBoxLayout(body)
        inside.setContentsMargins(GAP, GAP, GAP, GAP)
        inside.addWidget(self.split)
        whole = QWidget()
        lines = QVBoxLayout(whole)
        lines.setContentsMargins(HAIR, HAIR, HAIR, HAIR)
        lines.setSpacing(HAIR)
        lines.addWidget(self.header)
        lines.addWidget(body, 1)
        self.setCentralWidget(whole)
        self.setMinimumSize(_SMALLEST)

    def _heard(self, event: Any) -> None:
        if isinstance(event, events.StemsChanged):
            self._show_centre()
        elif isinstance(event, events.FileChanged):
            self._show_title()
        elif isinstance(event, events.HistoryChanged):
            self._show_history(event.undo_label or "", event.redo_label or "")
            self._show_title()

    def _show_centre(self) -> None:
        there = bool(self._office.state.session.stems)
        shown = self.page if there else self.empty
        if self._centre.currentWidget() is not shown:
            self._centre.setCurrentWidget(shown)
            # Where Space plays, and not on a button that it would press.
            (self.page.waveform if there else self.empty.open_button).setFocus()
        self._enable_commands()
        self._office.comparison.show(self.page.kind_shown if there else "")

    def _show_title(self) -> None:
        state = self._office.state
        name = state.path.stem if state.path is not None else self.tr("Untitled session")
        self.setWindowTitle(f"{name}[*] – afxplugin")
        self.setWindowModified(not state.is_saved)

    def _show_history(self, undo: str, redo: str) -> None:
        self.menus.show_history(undo, redo)

    def _settings_changed(self, settings: Any) -> None:
        self.menus.show_recent(settings.recent)
        self.empty.show_recent(settings.recent)
        self._keys.watch(self.empty)
        self._office.playback.choose_device(settings.output_device)
        if settings.theme != self.property("theme"):
            self.setProperty("theme", settings.theme)
            self.dress(settings.theme)

    def _dress_on(self, steps: list[Callable[[], object]]) -> None:
        """One after the other, so that the window answers in between; all at once while nobody sees it."""
        while steps:
            if steps is not self._dressing:
                return  # another palette was asked for meanwhile
            try:
                steps.pop(0)()
            finally:  # a step that fails must not leave the others undone
                if seen := self.isVisible():
                    QTimer.singleShot(1, self, lambda: self._dress_on(steps))
            if seen:
                return

    def _search(self) -> None:
        self.sidebar.presets.field.setFocus()
        self.sidebar.presets.field.selectAll()

    def _remove_stem(self) -> None:
        state = self._office.state
        if (path := state.selection) is not None:
            self._office.bridge.attempt(lambda: state.remove_stem(path))

    def _restore(self) -> None:
        """Size, place and division of the last time; what does not fit any more is ignored by Qt."""
        settings = self._office.files.settings
        self.resize(fitting(self.screen().availableSize(), self.minimumSize()))
        if settings.geometry:
            self.restoreGeometry(QByteArray.fromBase64(settings.geometry.encode()))
        for split, text in zip(self._splits(), settings.layout.split(" "), strict=False):
            split.restoreState(QByteArray.fromBase64(text.encode()))

    def _layout_text(self) -> str:
        return " ".join(bytes(split.saveState().toBase64().data()).decode() for split in self._splits())

    def _splits(self) -> tuple[QSplitter, ...]:
        return self.split, self.sidebar.split, self.page.split
