"""Session files, the autosave, and what a user has set for all sessions."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from afxplugin.editor.state import events
from afxplugin.editor.state.autosave import Autosave
from afxplugin.editor.state.session_file import SUFFIX, read_session, write_session
from afxplugin.editor.state.settings import Settings, read_settings, write_settings

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from afxplugin.editor.bridge import EngineBridge
    from afxplugin.editor.state.autosave import Recoverable


class FileDesk(QObject):
    """settings_changed: the settings as they are now. saved: the file that was written."""

    settings_changed = Signal(object)
    saved = Signal(object)

    def __init__(
        self,
        bridge: EngineBridge,
        *,
        settings_file: Path | None = None,
        autosave_folder: Path | None = None,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._bridge, self._state = bridge, bridge.state
        self._settings_file = settings_file
        self._writing = threading.Lock()
        read = read_settings(settings_file)
        self.settings: Settings = read.settings
        self.settings_problem = read.problem
        self.autosave = Autosave(autosave_folder, failed=lambda text: bridge.post(lambda: bridge.problem.emit(text)))
        self._recovered: Recoverable | None = None
        bridge.told.connect(self._heard)

    def change_settings(self, **changes: Any) -> None:
        """Set something, told at once and written soon."""
        changed = replace(self.settings, **changes)
        if changed == self.settings:
            return
        self.settings = changed
        self.settings_changed.emit(changed)
        self._bridge.request("settings", lambda _: self._write_newest(), lambda _: None)

    def toggle_favourite(self, label: str) -> None:
        """Make a preset a favourite, or no more."""
        self.change_settings(favourites=self.settings.toggled_favourite(label).favourites)

    def open(self, path: Path) -> None:
        """Read a session in a worker, then take it in the place of the present one."""
        path = path.absolute()
        self._bridge.request(
            "file",
            lambda _: read_session(path),
            lambda session: self._opened(lambda: self._state.load(session, path), path),
            failed=lambda problem: self._missing(path, problem),
        )

    def save(self, path: Path | None = None, *, then: Callable[[], object] | None = None) -> None:
        """Write the session in a worker, into its own file or this one; ``then`` when that is done."""
        target = path or self._state.path
        if target is None:
            return
        if target.suffix != SUFFIX:
            target = target.with_name(target.name + SUFFIX)
        target, session = target.absolute(), self._state.session

        def done(_: None) -> None:
            self._state.provide_saved(session, target)
            self._remember(target)
            self.saved.emit(target)
            if then is not None:
                then()

        self._bridge.request("file", lambda _: write_session(target, session), done)

    def recover(self, recoverable: Recoverable) -> None:
        """Go on with what an editor that was killed has left."""
        session = recoverable.session
        if session is None:
            return
        self._recovered = recoverable
        self._state.load(session, recoverable.of, saved=False)

    def close(self) -> None:
        """A clean end: nothing is offered at the next start."""
        if self._recovered is not None:
            self.autosave.discard(self._recovered)
        self.autosave.close()

    def write_now(self, **changes: Any) -> None:
        """Set something and write it before this returns, at the end of the program."""
        self.settings = replace(self.settings, **changes)
        self._bridge.attempt(self._write_newest)

    def _write_newest(self) -> None:
        """From any thread: whoever comes last writes what is newest."""
        with self._writing:
            write_settings(self.settings, self._settings_file)

    def _opened(self, load: Callable[[], None], path: Path) -> None:
        if self._bridge.attempt(load):
            self._remember(path)

    def _missing(self, path: Path, problem: str) -> None:
        if not path.exists():
            self.change_settings(recent=self.settings.without_recent(path).recent)
        self._bridge.problem.emit(problem)

    def _remember(self, path: Path) -> None:
        self.change_settings(recent=self.settings.with_recent(path).recent)

    def _heard(self, event: Any) -> None:
        if isinstance(event, events.HistoryChanged):
            if event.is_saved:
                self.autosave.clear()
            else:
                self.autosave.later(self._state.session, self._state.path)
