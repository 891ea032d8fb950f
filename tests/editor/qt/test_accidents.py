"""A click beside, a notch of the wheel, a single key: nothing is lost by them, and nothing changes out of sight."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QTabBar

from afxplugin.editor import dialogs
from afxplugin.editor.playing.switcher import Switcher
from afxplugin.editor.state.session import Choice
from afxplugin.editor.widgets.header import COMPARE, LIVE, RENDER
from afxplugin.editor.widgets.knob import Dial
from afxplugin.editor.widgets.settings_dialog import SettingsChoice, SettingsDialog
from tests.editor.qt.office_fixtures import Desk
from tests.editor.qt.pointing import turn_wheel
from tests.editor.qt.silent_device import SilentPlayer

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def ready(desk: Desk, stem: Path, amp: Path) -> Desk:
    """A stem and a capture, compared."""
    desk.add(stem)
    desk.choose(Choice(capture=amp))
    return desk


def press(desk: Desk, key: Qt.Key) -> None:
    desk.window.activateWindow()
    QTest.keyClick(desk.window.focusWidget() or desk.window, key)
    desk.rest()


# Presets.


def place(desk: Desk, row: int, *, star: bool) -> QPoint:
    presets = desk.window.sidebar.presets
    area = presets.list.visualRect(presets.cards.index(row))
    return QPoint(area.right() - 12, area.center().y()) if star else area.center()


def test_a_click_on_a_star_only_stars(ready: Desk) -> None:
    presets, before = ready.window.sidebar.presets, ready.state.session
    label = presets.shown()[1].label
    QTest.mouseClick(presets.list.viewport(), LEFT, pos=place(ready, 1, star=True))
    ready.rest()
    assert ready.office.files.settings.favourites == (label,)
    assert ready.state.session == before
    assert ready.window.header.name.text() == "amp"


def test_a_double_click_on_a_star_is_one(ready: Desk) -> None:
    presets, at = ready.window.sidebar.presets, place(ready, 1, star=True)
    QTest.mouseClick(presets.list.viewport(), LEFT, pos=at)
    QTest.mouseDClick(presets.list.viewport(), LEFT, pos=at)
    ready.rest()
    assert len(ready.office.files.settings.favourites) == 1
    assert ready.state.session.choice == Choice(capture=ready.state.session.choice.capture)  # pyright: ignore[reportOptionalMemberAccess]


@pytest.mark.parametrize("button", [Qt.MouseButton.RightButton, Qt.MouseButton.MiddleButton])
def test_only_the_left_button_chooses_a_preset(ready: Desk, button: Qt.MouseButton) -> None:
    before = ready.state.session
    presets = ready.window.sidebar.presets
    QTest.mouseClick(presets.list.viewport(), button, pos=place(ready, 1, star=False))
    ready.rest()
    assert ready.state.session == before


def test_a_drag_over_presets_chooses_the_first_alone(ready: Desk) -> None:
    presets = ready.window.sidebar.presets
    chosen: list[str] = []
    presets.chosen.connect(chosen.append)
    view = presets.list.viewport()
    QTest.mousePress(view, LEFT, pos=place(ready, 0, star=False))
    for row in (1, 2):
        QTest.mouseMove(view, place(ready, row, star=False))
    QTest.mouseRelease(view, LEFT, pos=place(ready, 2, star=False))
    assert chosen == [presets.shown()[0].label]


def test_coming_by_tab_chooses_no_preset(desk: Desk, stem: Path) -> None:
    desk.add(stem)
    for view in (desk.window.sidebar.presets.field, desk.window.sidebar.presets.list):
        view.setFocus(Qt.FocusReason.TabFocusReason)
        desk.rest()
    assert desk.state.session.choice is None


# The wheel.


@pytest.mark.parametrize("page", [COMPARE, RENDER, LIVE])
def test_the_wheel_turns_nothing_that_has_not_the_keyboard(ready: Desk, page: int) -> None:
    window = ready.window
    window.show_page(page)
    ready.rest()
    window.setFocus()
    before = ready.state.session
    boxes = window.findChildren(QComboBox)
    assert len(boxes) >= 9
    shown = [box.currentIndex() for box in boxes]
    tabs = window.page.tabs.currentIndex()
    for each in (*boxes, *window.findChildren(QTabBar), *window.findChildren(Dial)):
        turn_wheel(each, -1)
        turn_wheel(each, -2)
    ready.rest()
    assert [box.currentIndex() for box in boxes] == shown
    assert not any(box.hasFocus() for box in boxes)
    assert window.page.tabs.currentIndex() == tabs
    assert ready.state.session == before


def test_the_wheel_turns_what_has_the_keyboard(ready: Desk) -> None:
    window = ready.window
    window.header.rates.setFocus()
    turn_wheel(window.header.rates, -1)
    ready.wait(lambda: ready.state.session.session_hz == 44_100)
    dial = window.page.knobs.knobs["Drive"].dial
    QTest.mouseClick(dial, LEFT)
    dial.setFocus()
    turn_wheel(dial)
    assert ready.state.session.settings.positions["Drive"] > dial.limits.default


def test_the_wheel_turns_nothing_in_a_dialog_either(desk: Desk) -> None:
    dialog = SettingsDialog(SettingsChoice(None, "dark", None), ("A", "B"), parent=desk.window)
    dialog.show()
    dialog.folder.setFocus()
    for box in (dialog.device, dialog.theme):
        before = box.currentIndex()
        turn_wheel(box, -1)
        assert box.currentIndex() == before
    dialog.close()


# The blind test.


def is_matched(switcher: Switcher) -> bool:
    return switcher._matching.target == 1.0


@pytest.fixture
def testing(ready: Desk) -> Desk:
    """In the first trial of a blind test."""
    window, blind = ready.window, ready.window.page.blind
    window.show_tab(4)
    ready.rest()
    blind.first.setCurrentIndex(blind.first.findData("naive"))
    blind.second.setCurrentIndex(blind.second.findData("auto"))
    QTest.mouseClick(blind.start, LEFT)
    ready.wait(lambda: ready.office.playback.is_playing)
    assert blind.is_running
    return ready


def test_nothing_that_is_touched_ends_a_blind_test_or_changes_what_it_plays(testing: Desk, tmp_path: Path) -> None:
    from tests.render.material import riff, stem_file

    window, state = testing.window, testing.state
    played = SilentPlayer.opened[-1].switcher
    result = testing.office.comparison.result
    for each in (window.header.rates, *window.page.knobs.dials):
        each.setFocus()
        turn_wheel(each, -1)
        testing.rest_beside_tests()
    testing.office.stems.add([stem_file(tmp_path / "another.wav", riff(1.0))])
    testing.office.presets.choose(Choice(preset="Green Overdrive/Crunch"))
    testing.wait(lambda: state.session.choice == Choice(preset="Green Overdrive/Crunch"))
    state.undo()
    testing.rest_beside_tests()
    assert window.page.blind.is_running
    assert testing.office.blind.is_running
    assert testing.office.comparison.result is result
    assert SilentPlayer.opened[-1].switcher is played
    # What changed meanwhile is compared once the test is over.
    for _ in range(16):
        QTest.mouseClick(window.page.blind.answers["A"], LEFT)
    assert window.page.blind.pages.currentIndex() == 2
    testing.compared(state.session_hz)
    assert testing.office.comparison.result is not result


def test_keys_spoil_no_blind_test(testing: Desk) -> None:
    before, switcher = testing.state.session, SilentPlayer.opened[-1].switcher
    assert is_matched(switcher)
    for key in (Qt.Key.Key_M, Qt.Key.Key_1, Qt.Key.Key_0, Qt.Key.Key_D):
        QTest.keyClick(testing.window.focusWidget() or testing.window, key)
    assert testing.state.session == before
    assert is_matched(switcher)
    assert not testing.window.page.bar.isEnabled()
    assert testing.window.page.blind.is_running


def test_a_blind_test_is_loudness_matched_and_leaves_no_step(ready: Desk) -> None:
    ready.state.toggle_matching()
    before, undo = ready.state.session, ready.window.menus.actions["undo"].text()
    ready.office.blind.begin("naive", "auto", 8)
    ready.wait(lambda: ready.office.playback.is_playing)
    assert is_matched(SilentPlayer.opened[-1].switcher)
    ready.office.blind.abandon()
    assert not is_matched(SilentPlayer.opened[-1].switcher)
    assert ready.state.session == before
    assert ready.window.menus.actions["undo"].text() == undo


def test_another_session_ends_a_blind_test_and_what_plays(testing: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dialogs, "choose_stems", lambda *_: [])  # what Space asks for where there are none
    testing.state.new()
    assert not testing.office.blind.is_running
    assert not testing.window.page.blind.is_running
    assert not testing.office.playback.is_playing
    press(testing, Qt.Key.Key_Space)
    assert not testing.office.playback.is_playing


# Keys on pages that do not show what they change.


@pytest.mark.parametrize("page", [RENDER, LIVE])
def test_keys_change_nothing_on_a_page_that_is_not_seen(ready: Desk, page: int) -> None:
    ready.window.show_page(page)
    ready.rest()
    before = ready.state.session
    for key in (Qt.Key.Key_Space, Qt.Key.Key_M, Qt.Key.Key_1, Qt.Key.Key_0, Qt.Key.Key_D):
        press(ready, key)
    assert not ready.office.playback.is_playing
    assert ready.state.session == before
    assert not ready.office.live.is_playing
    ready.window.show_page(COMPARE)
    press(ready, Qt.Key.Key_1)
    assert ready.state.session.variant == "naive"


def test_space_stops_what_plays_on_every_page(ready: Desk) -> None:
    press(ready, Qt.Key.Key_Space)
    ready.wait(lambda: ready.office.playback.is_playing)
    ready.window.show_page(LIVE)
    press(ready, Qt.Key.Key_Space)
    assert not ready.office.playback.is_playing
    press(ready, Qt.Key.Key_Space)
    assert not ready.office.playback.is_playing


def test_keys_change_nothing_where_no_stem_is(desk: Desk) -> None:
    before = desk.state.session
    for key in (Qt.Key.Key_M, Qt.Key.Key_1, Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
        press(desk, key)
    assert desk.state.session == before
