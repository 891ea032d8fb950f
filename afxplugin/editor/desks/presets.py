"""Presets and captures: found, opened, chosen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from afxplugin.editor.state import events
from afxplugin.editor.state.catalogue import Catalogue, read_catalogue
from afxplugin.editor.state.session import Choice

if TYPE_CHECKING:
    from pathlib import Path

    from afxplugin.editor.bridge import EngineBridge
    from afxplugin.render.source import Source


class PresetDesk(QObject):
    """opening: the label of what is being opened, empty when that has ended."""

    opening = Signal(str)

    def __init__(self, bridge: EngineBridge, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bridge, self._state = bridge, bridge.state
        self._folders: tuple[Path, ...] | None = None
        bridge.told.connect(self._heard)

    def look(self) -> None:
        """Find the presets that are there, beside the stems too."""
        folders = self._state.session.folders
        self._folders = folders
        self._bridge.request("catalogue", lambda _: read_catalogue(folders), self._found)

    def choose(self, choice: Choice) -> None:
        """Open a preset or capture in a worker, then play stems through it."""
        self.opening.emit(choice.label)
        self._bridge.request(
            "choice",
            lambda _: self._open(choice),
            lambda _: self._opened(choice),
            failed=self._failed,
        )

    def choose_preset(self, label: str) -> None:
        """``choose`` by label."""
        self.choose(Choice(preset=label))

    def choose_capture(self, path: Path) -> None:
        """``choose`` by file."""
        self.choose(Choice(capture=path.absolute()))

    def set_rate(self, session_hz: int | None) -> None:
        """Compare at this rate, None the stem's own; what can be played there is worked out first, in a worker."""
        state, choice, source = self._state, self._state.session.choice, self._state.source
        if choice is None or source is None or session_hz is None:
            self._bridge.attempt(lambda: state.set_session_rate(session_hz))
            return
        self._bridge.request(
            "rate",
            lambda _: state.plan_ahead(choice, source, session_hz),
            lambda _: self._bridge.attempt(lambda: state.set_session_rate(session_hz)),
        )

    def _open(self, choice: Choice) -> Source:
        """In a worker."""
        source = self._state.open_choice(choice)
        self._state.plan_ahead(choice, source)
        return source

    def _found(self, catalogue: Catalogue) -> None:
        self._state.provide_catalogue(catalogue)

    def _opened(self, choice: Choice) -> None:
        self.opening.emit("")
        self._bridge.attempt(lambda: self._state.choose(choice))

    def _failed(self, problem: str) -> None:
        self.opening.emit("")
        self._bridge.problem.emit(problem)

    def _heard(self, event: Any) -> None:
        if isinstance(event, events.SourceNeeded):
            choice = event.choice
            self.opening.emit(choice.label)
            self._bridge.request(
                "choice",
                lambda _: self._open(choice),
                lambda source: self._provide(choice, source),
                failed=lambda problem: self._missing(choice, problem),
            )
        elif isinstance(event, events.StemsChanged):
            folders = self._state.session.folders
            if self._folders is not None and folders != self._folders:
                self.look()

    def _provide(self, choice: Choice, source: Source) -> None:
        self.opening.emit("")
        self._state.provide_source(choice, source)

    def _missing(self, choice: Choice, problem: str) -> None:
        self.opening.emit("")
        self._state.provide_source_problem(choice, problem)
        self._bridge.problem.emit(problem)
