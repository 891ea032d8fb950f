"""Settings are asked for: themes are tried while the dialog is open, and it ends in every way without a trace."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialogButtonBox
from pytestqt.exceptions import capture_exceptions

from afxplugin.editor.look import theme
from afxplugin.editor.state.session import Choice
from afxplugin.editor.widgets.settings_dialog import SettingsDialog
from tests.editor.qt.office_fixtures import Desk

OK, CANCEL = QDialogButtonBox.StandardButton.Ok, QDialogButtonBox.StandardButton.Cancel


def press(dialog: SettingsDialog, button: QDialogButtonBox.StandardButton) -> None:
    QTest.mouseClick(dialog.findChild(QDialogButtonBox).button(button), Qt.MouseButton.LeftButton)  # pyright: ignore[reportOptionalMemberAccess, reportArgumentType]


WAYS: dict[str, Callable[[SettingsDialog], object]] = {
    "Esc": lambda dialog: QTest.keyClick(dialog, Qt.Key.Key_Escape),
    "Cancel": lambda dialog: press(dialog, CANCEL),
    "close": lambda dialog: dialog.close(),
    "OK": lambda dialog: press(dialog, OK),
}


def ask(desk: Desk, act: Callable[[SettingsDialog], object]) -> None:
    """Ask for settings, and do this in the dialog once it is there."""
    done: list[SettingsDialog] = []
    timer = QTimer(desk.window, interval=5)

    def look() -> None:
        dialog = QApplication.activeModalWidget()
        if isinstance(dialog, SettingsDialog) and not done:
            done.append(dialog)
            timer.stop()
            act(dialog)

    timer.timeout.connect(look)
    timer.start()
    desk.window._asking.show_settings()
    desk.wait(lambda: done and not desk.window.findChildren(SettingsDialog))


def choose(dialog: SettingsDialog, name: str) -> None:
    dialog.theme.setCurrentIndex(dialog.theme.findData(name))


def look(desk: Desk) -> QImage:
    """The window once nothing of it changes any more."""
    desk.window.activateWindow()
    desk.window.page.waveform.setFocus()  # which has no blinking caret
    desk.wait(desk.window.page.waveform.hasFocus)
    desk.rest()
    return desk.window.grab().toImage()


@pytest.fixture
def ready(desk: Desk, stem: Path, amp: Path) -> Desk:
    desk.add(stem)
    desk.choose(Choice(capture=amp))
    desk.office.files.change_settings(theme="dark")
    return desk


@pytest.mark.parametrize("way", ["Esc", "Cancel", "close"])
@pytest.mark.parametrize("wait", [False, True], ids=["at once", "once dressed"])
def test_a_theme_that_was_tried_is_taken_back_wholly(ready: Desk, way: str, wait: bool) -> None:
    before = look(ready)
    with capture_exceptions() as raised:
        for tried in (("light",), ("light", "dark", "light")):

            def tries(dialog: SettingsDialog, tried: tuple[str, ...] = tried) -> None:
                for name in tried:
                    choose(dialog, name)
                if wait:
                    ready.wait(lambda: ready.window.is_dressed)
                WAYS[way](dialog)

            ask(ready, tries)
            assert look(ready) == before
    assert raised == []
    assert theme.current() is theme.DARK
    assert ready.office.files.settings.theme == "dark"


@pytest.mark.parametrize("way", list(WAYS))
def test_with_nothing_changed_nothing_happens(ready: Desk, way: str) -> None:
    before, settings = look(ready), ready.office.files.settings
    with capture_exceptions() as raised:
        for _ in range(2):
            ask(ready, WAYS[way])
        assert look(ready) == before
    assert raised == []
    assert ready.office.files.settings == settings
    assert ready.problems == []


def test_a_theme_that_is_accepted_stays(ready: Desk) -> None:
    dark = look(ready)

    def accept(name: str) -> Callable[[SettingsDialog], None]:
        def act(dialog: SettingsDialog) -> None:
            choose(dialog, name)
            press(dialog, OK)

        return act

    with capture_exceptions() as raised:
        ask(ready, accept("light"))
        light = look(ready)
        ask(ready, WAYS["Cancel"])
        assert look(ready) == light
        ask(ready, accept("dark"))
        assert look(ready) == dark
    assert raised == []
    assert light != dark
    assert ready.office.files.settings.theme == "dark"


def test_asked_for_twice_it_is_there_once(ready: Desk) -> None:
    seen: list[int] = []

    def act(dialog: SettingsDialog) -> None:
        ready.window._asking._ask_settings((), "")  # what was asked for before comes while it is there
        seen.append(len(ready.window.findChildren(SettingsDialog)))
        dialog.reject()

    ready.window._asking.show_settings()
    ask(ready, act)
    assert seen == [1]
