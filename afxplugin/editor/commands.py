"""Commands that ask first: for files, for what becomes of changes, for settings. What is answered goes to the desks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication

from afxplugin.editor import dialogs
from afxplugin.editor.widgets.settings_dialog import SettingsChoice, SettingsDialog

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from afxplugin.editor.office import Office
    from afxplugin.editor.window import MainWindow


class Commands(QObject):
    """Of one window; questions stand before it. Whoever is asked may say no, and then nothing is done."""

    def __init__(self, office: Office, window: MainWindow) -> None:
        super().__init__(window)
        self._office, self._window = office, window

    def leave(self, go: Callable[[], object]) -> None:
        """Do what loses changes and ends renders, when it is settled what becomes of them."""
        state = self._office.state
        if self._office.renders.has_unfinished and not dialogs.ask_stop_rendering(self._window):
            return
        if state.is_saved:
            go()
            return
        name = state.path.stem if state.path is not None else self.tr("Untitled session")
        answer = dialogs.ask_unsaved(self._window, name)
        if answer is dialogs.Unsaved.DISCARD:
            go()
        elif answer is dialogs.Unsaved.SAVE:
            self.save(then=go)

    def new(self) -> None:
        """An empty session."""
        self.leave(self._office.state.new)

    def open(self) -> None:
        """A session that is chosen."""
        path = dialogs.choose_session(self._window, self._folder())
        if path is not None:
            self.open_recent(path)

    def open_recent(self, path: Path) -> None:
        """This session."""
        self.leave(lambda: self._office.files.open(path))

    def save(self, *, then: Callable[[], object] | None = None) -> None:
        """Where it came from, else where one chooses; ``then`` follows when it is saved."""
        path = self._office.state.path or dialogs.choose_session_to_save(self._window, None, self._folder())
        if path is not None:
            self._office.files.save(path, then=then)

    def save_as(self) -> None:
        """Where one chooses."""
        path = dialogs.choose_session_to_save(self._window, self._office.state.path, self._folder())
        if path is not None:
            self._office.files.save(path)

    def add_stems(self) -> None:
        """Files that are chosen."""
        paths = dialogs.choose_stems(self._window, self._folder())
        if paths:
            self.take(paths)

    def add_folder(self) -> None:
        """All stems in a folder that is chosen."""
        folder = dialogs.choose_folder(self._window, self.tr("Add a folder of stems"), self._folder())
        if folder is not None:
            self.take([folder])

    def take(self, paths: Sequence[Path]) -> None:
        """Whatever files these are, opened as what they are."""
        self._office.take(paths, self.leave)

    def open_capture(self) -> None:
        """A capture's file instead of a preset."""
        path = dialogs.choose_capture(self._window, self._folder())
        if path is not None:
            self._office.presets.choose_capture(path)

    def choose_output_folder(self) -> None:
        """Where rendered files go."""
        settings = self._office.files.settings
        folder = dialogs.choose_folder(self._window, self.tr("Folder for rendered files"), settings.output_folder)
        if folder is not None:
            self._office.files.change_settings(output_folder=folder)

    def show_settings(self) -> None:
        """Ask for settings; devices are looked for meanwhile."""
        office = self._office
        office.bridge.request(
            "device names", lambda _: office.playback.devices, lambda names: self._ask_settings(names, ""),
            failed=lambda problem: self._ask_settings((), problem),
        )  # fmt: skip

    def _ask_settings(self, names: tuple[str, ...], problem: str) -> None:
        if QApplication.activeModalWidget() is not None:
            return  # another question was asked while devices were looked for
        files = self._office.files
        settings = files.settings
        now = SettingsChoice(settings.output_device, settings.theme, settings.output_folder)  # pyright: ignore[reportArgumentType]
        dialog = SettingsDialog(now, names, problem=problem, parent=self._window)
        dialog.looks.connect(self._window.dress)
        try:
            if dialog.exec():
                chosen = dialog.choice
                files.change_settings(output_device=chosen.device, theme=chosen.theme, output_folder=chosen.folder)
        finally:
            # Whatever was tried, the window looks as the settings say.
            self._window.dress(files.settings.theme)
            dialog.deleteLater()

    def _folder(self) -> Path | None:
        """Where files are looked for first: beside the session, else beside its first stem."""
        state = self._office.state
        beside = state.path or next((stem.path for stem in state.session.stems), None)
        return beside.parent if beside is not None and beside.parent.is_dir() else None
