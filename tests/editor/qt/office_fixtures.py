"""A window with its office, and waiting for what is done elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from afxplugin.editor.desks import playback
from afxplugin.editor.office import Office
from afxplugin.editor.state.session import Choice
from afxplugin.editor.window import MainWindow
from tests.editor.qt import silent_device

# Nothing takes so long but what hangs.
LONG_MS = 300_000
_TURNS = 5


class Desk:
    """A window that is open, and what a test does with it."""

    def __init__(self, qtbot: QtBot) -> None:
        self.qtbot = qtbot
        self.office = Office()
        self.window = MainWindow(self.office)
        qtbot.addWidget(self.window, before_close_func=self.end)
        self.problems: list[str] = []
        self.office.bridge.problem.connect(self.problems.append)
        self.window.show()
        qtbot.waitExposed(self.window)
        self.office.begin()
        self.wait(lambda: bool(self.state.catalogue.cards) or not self.office.bridge.is_busy("catalogue"))

    @property
    def state(self):
        return self.office.state

    @property
    def is_settled(self) -> bool:
        """Whether no work is under way, no comparison waits, and every part has the theme that was asked for."""
        office = self.office
        return not office.bridge.is_busy() and not office.comparison.is_pending and self.window.is_dressed

    def wait(self, until: Callable[[], object]) -> None:
        """Let the window go on until this is so."""
        self.qtbot.waitUntil(lambda: bool(until()), timeout=LONG_MS)

    def rest(self) -> None:
        """Let the window go on until nothing is under way, however long that takes."""
        for _ in range(_TURNS):
            # What is done last has consequences that begin in a later turn of the loop.
            QApplication.processEvents()
            self.wait(lambda: self.is_settled)

    def rest_beside_tests(self) -> None:
        """The same while a comparison waits for the end of a blind test."""
        for _ in range(_TURNS):
            QApplication.processEvents()
            self.wait(lambda: not self.office.bridge.is_busy() and not self.office.comparison.is_resting)

    def add(self, *paths: Path) -> None:
        """Add stems, until their outlines are there."""
        self.office.stems.add(list(paths))
        self.wait(lambda: all(self.office.stems.known(path) for path in paths))

    def choose(self, choice: Choice) -> None:
        """Choose what is played, until it has been compared."""
        self.office.presets.choose(choice)
        self.wait(lambda: self.state.source is not None)
        self.compared()

    def compared(self, session_hz: int | None = None) -> None:
        """Wait until what is shown is compared, at this rate."""

        def done() -> bool:
            result = self.office.comparison.result
            right = result is not None and (session_hz is None or result.session_hz == session_hz)
            return right and self.office.comparison.is_current

        self.wait(done)
        self.qtbot.wait(30)

    def end(self, _: object = None) -> None:
        """Close without questions."""
        self.window.close_at_once()


def use_silent_device(monkeypatch) -> None:
    """Play on a device that nobody hears."""
    silent_device.SilentPlayer.opened.clear()
    monkeypatch.setattr(playback.player, "choose_output", silent_device.choose_output)
    monkeypatch.setattr(playback.player, "LoopPlayer", silent_device.SilentPlayer)
    monkeypatch.setattr(playback.player, "output_devices", lambda: (silent_device.DEVICE,))
