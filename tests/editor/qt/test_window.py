"""The window by keys, its files and questions, its words in other languages and for a screen reader."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, Qt, QTranslator
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QComboBox, QLabel, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from afxplugin.editor import dialogs
from afxplugin.editor.dialogs import Unsaved
from afxplugin.editor.look import theme
from afxplugin.editor.state.session import Choice
from afxplugin.editor.state.session_file import read_session
from afxplugin.editor.widgets.header import LIVE, RENDER
from afxplugin.editor.widgets.knob import Knob
from tests.editor.qt import silent_device
from tests.editor.qt.office_fixtures import Desk
from tests.editor.qt.silent_device import SilentPlayer

CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def ready(desk: Desk, stem: Path, amp: Path) -> Desk:
    """A stem and a capture, compared."""
    desk.add(stem)
    desk.choose(Choice(capture=amp))
    return desk


def press(desk: Desk, key: Qt.Key, modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    desk.window.activateWindow()
    if desk.window.focusWidget() is None:
        desk.window.setFocus()
    QTest.keyClick(desk.window.focusWidget() or desk.window, key, modifiers)
    desk.qtbot.wait(20)


def test_everything_can_be_done_by_keys(ready: Desk) -> None:
    window, state = ready.window, ready.state
    press(ready, Qt.Key.Key_2)
    assert state.session.variant == "stn"
    press(ready, Qt.Key.Key_0)
    assert state.session.variant == "reference"
    press(ready, Qt.Key.Key_M)
    assert not state.session.loudness_matched
    press(ready, Qt.Key.Key_Z, CTRL)
    assert state.session.loudness_matched
    press(ready, Qt.Key.Key_2, CTRL)
    assert window.queue.isVisible()
    press(ready, Qt.Key.Key_3, CTRL)
    assert window.live.isVisible()
    press(ready, Qt.Key.Key_2, CTRL | SHIFT)
    assert window.page.spectrum.isVisible()
    press(ready, Qt.Key.Key_F, CTRL)
    assert window.sidebar.presets.field.hasFocus()
    press(ready, Qt.Key.Key_Return, CTRL)
    assert len(state.session.queue) == 1


def test_digits_and_space_are_typed_where_text_is(ready: Desk) -> None:
    field = ready.window.sidebar.presets.field
    before = ready.state.session.variant
    field.setFocus()
    QTest.keyClicks(field, "amp 2")
    assert field.text() == "amp 2"
    assert ready.state.session.variant == before
    assert not ready.office.playback.is_playing


def test_space_plays_also_after_a_click_on_a_variant(ready: Desk) -> None:
    QTest.mouseClick(ready.window.page.bar.buttons["naive"], Qt.MouseButton.LeftButton)
    press(ready, Qt.Key.Key_Space)
    ready.wait(lambda: ready.office.playback.is_playing)
    press(ready, Qt.Key.Key_Space)
    assert not ready.office.playback.is_playing


def test_space_presses_the_button_that_was_reached_by_tab(ready: Desk) -> None:
    switch = ready.window.page.bar.matched
    switch.setFocus(Qt.FocusReason.TabFocusReason)
    press(ready, Qt.Key.Key_Space)
    assert not ready.state.session.loudness_matched
    assert not ready.office.playback.is_playing


def reached_by_tab(window: QWidget) -> list[QWidget]:
    found: list[QWidget] = []
    window.setFocus()
    for _ in range(120):
        QTest.keyClick(QApplication.focusWidget() or window, Qt.Key.Key_Tab)
        now = QApplication.focusWidget()
        if now is None or now in found:
            break
        found.append(now)
    return found


def test_tab_reaches_every_part(ready: Desk) -> None:
    window = ready.window
    reached = reached_by_tab(window)
    page = window.page
    wanted = [
        window.sidebar.stems, window.sidebar.presets.field, window.sidebar.presets.list, page.waveform,
        page.knobs.knobs["Drive"].dial, page.knobs.blend.dial, page.bar.buttons["naive"], page.bar.matched,
        page.transport.button, page.figures, window.header.rates, window.header.queue_button,
    ]  # fmt: skip
    missing = [each.accessibleName() or type(each).__name__ for each in wanted if each not in reached]
    assert missing == []
    dials = [reached.index(each.dial) for each in (page.knobs.knobs["Drive"], page.knobs.gain_in, page.knobs.blend)]
    assert dials == sorted(dials)


def test_every_control_has_a_name_for_a_screen_reader(ready: Desk) -> None:
    nameless: list[str] = []
    for each in ready.window.findChildren(QWidget):
        ours = isinstance(each, (QAbstractButton, QComboBox, QLineEdit)) or "afx" in type(each).__module__
        inner = isinstance(each.parent(), (QComboBox, QLineEdit)) or each.objectName().startswith("qt_")
        if not ours or inner or each.focusPolicy() == Qt.FocusPolicy.NoFocus or isinstance(each, Knob):
            continue
        if not QAccessible.queryAccessibleInterface(each).text(QAccessible.Text.Name):
            nameless.append(f"{type(each).__name__} in {type(each.parent()).__name__}")
    assert nameless == []


@pytest.mark.parametrize("page", [0, RENDER, LIVE])
def test_no_two_things_that_are_seen_have_the_same_letter(ready: Desk, page: int) -> None:
    window = ready.window
    window.show_page(page)
    window.page.tabs.setCurrentIndex(4)
    ready.rest()
    seen = [each.text() for kind in (QAbstractButton, QLabel) for each in window.findChildren(kind) if each.isVisible()]
    seen += [action.text() for action in window.menuBar().actions()]
    letters = sorted(text[text.index("&") + 1].casefold() for text in seen if "&" in text and "&nbsp;" not in text)
    assert len(letters) == len(set(letters)), letters


class Elsewhere(QTranslator):
    """Every text of ours in brackets."""

    def translate(self, context: str, text: str, disambiguation: str | None = None, n: int = -1) -> str:
        del disambiguation, n
        return "" if context.startswith("Q") else f"«{text}»"


def test_every_text_is_translated(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    from tests.editor.qt.office_fixtures import use_silent_device

    use_silent_device(monkeypatch)
    translator = Elsewhere()
    QCoreApplication.installTranslator(translator)
    try:
        desk = Desk(qtbot)
        window = desk.window
        texts = [action.text() for action in window.menus.actions.values()]
        for kind in (QAbstractButton, QLabel):
            own = [each for each in window.findChildren(kind) if "afx" in type(each.parent()).__module__]
            texts += [each.text() for each in own]
        # Names of methods, numbers and what stands for itself are the same everywhere.
        same = {"STN", "LIDL", "APDL", "CIDL", "Naive", "Resample", "Auto", "Auto 2x", "Auto 4x", "–", ""}
        plain = [text for text in texts if "«" not in text and text not in same]
        assert plain == []
        desk.end()
    finally:
        QCoreApplication.removeTranslator(translator)


def test_another_theme_owes_nothing_to_the_programs_first_palette(ready: Desk, qapp: QApplication) -> None:
    first = qapp.palette()
    try:
        for palette in (theme.LIGHT, theme.DARK):
            ready.office.files.change_settings(theme=palette.name)
            for page in range(3):
                ready.window.show_page(page)
                ready.rest()
                seen = ready.window.grab().toImage()
                qapp.setPalette(theme.qt_palette(palette))
                ready.rest()
                assert ready.window.grab().toImage() == seen
                qapp.setPalette(first)
    finally:
        qapp.setPalette(first)


def test_a_session_is_saved_and_opened(ready: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "song.afxsession"
    monkeypatch.setattr(dialogs, "choose_session_to_save", lambda *_: file)
    press(ready, Qt.Key.Key_3)
    press(ready, Qt.Key.Key_S, CTRL)
    ready.wait(lambda: ready.state.is_saved)
    assert read_session(file).variant == "lidl"
    assert ready.office.files.settings.recent[0] == file
    assert "song" in ready.window.windowTitle()
    press(ready, Qt.Key.Key_N, CTRL)
    assert ready.state.session.stems == ()
    assert ready.window.empty.isVisible()
    ready.office.files.open(file)
    ready.wait(lambda: len(ready.state.session.stems) == 1)
    assert ready.state.session.variant == "lidl"


def test_a_session_that_cannot_be_opened_leaves_all_as_it_was(ready: Desk, tmp_path: Path) -> None:
    bad = tmp_path / "bad.afxsession"
    bad.write_text("schema = 1\nvariant = 1\n")
    before = ready.state.session
    for path, why in ((bad, "line 2: variant"), (tmp_path / "gone.afxsession", "gone.afxsession")):
        ready.problems.clear()
        ready.office.files.open(path)
        ready.wait(lambda: ready.problems)
        assert why in ready.problems[0]
        assert ready.state.session is before
        assert ready.state.path is None
        assert path not in ready.office.files.settings.recent


@pytest.mark.parametrize("answer", list(Unsaved))
def test_what_is_not_saved_is_asked_about(
    ready: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: Unsaved
) -> None:
    file = tmp_path / "kept.afxsession"
    asked: list[str] = []
    monkeypatch.setattr(dialogs, "ask_unsaved", lambda _, name: asked.append(name) or answer)
    monkeypatch.setattr(dialogs, "choose_session_to_save", lambda *_: file)
    ready.window.close()
    ready.wait(lambda: ready.window.isVisible() == (answer is Unsaved.STAY))
    assert asked == ["Untitled session"]
    assert file.exists() == (answer is Unsaved.SAVE)


def test_no_question_where_nothing_was_done(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dialogs, "ask_unsaved", lambda *_: pytest.fail("asked"))
    desk.window.close()
    assert not desk.window.isVisible()


def test_without_a_device_everything_else_works(ready: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    from afxplugin.editor.desks import playback

    monkeypatch.setattr(playback.player, "choose_output", silent_device.no_output)
    press(ready, Qt.Key.Key_Space)
    ready.wait(lambda: ready.problems)
    assert ready.window.notice.isVisible()
    assert ready.window.page.transport.device.text() == "No audio device"
    press(ready, Qt.Key.Key_1)
    assert ready.state.session.variant == "naive"
    press(ready, Qt.Key.Key_Escape)
    assert not ready.window.notice.isVisible()


def test_a_device_that_goes_is_told(ready: Desk) -> None:
    press(ready, Qt.Key.Key_Space)
    ready.wait(lambda: ready.office.playback.is_playing)
    SilentPlayer.opened[-1].gone = True
    ready.wait(lambda: ready.problems == ["the device has gone (Silent, test)"])
    assert not ready.office.playback.is_playing


def test_a_blind_test_hides_what_is_heard(ready: Desk) -> None:
    window, blind = ready.window, ready.window.page.blind
    window.show_tab(4)
    blind.first.setCurrentIndex(blind.first.findData("naive"))
    blind.second.setCurrentIndex(blind.second.findData("auto"))
    blind.trials.setCurrentIndex(0)
    QTest.mouseClick(blind.start, Qt.MouseButton.LeftButton)
    ready.wait(lambda: ready.office.playback.is_playing)
    assert blind.is_running
    assert not any(button.is_heard for button in window.page.bar.buttons.values())
    press(ready, Qt.Key.Key_1)
    assert ready.state.session.variant != "naive"
    for _ in range(8):
        QTest.mouseClick(blind.answers["A"], Qt.MouseButton.LeftButton)
    assert blind.pages.currentIndex() == 2
    assert "of 8 right" in blind.score.text()
    assert window.page.bar.buttons["auto"].is_heard


def test_knobs_and_region_are_undone_in_one_step(ready: Desk) -> None:
    page, state = ready.window.page, ready.state
    dial = page.knobs.knobs["Drive"].dial
    before = state.session
    dial.setSliderDown(True)
    for step in range(5):
        dial.turn_to(0.3 + 0.05 * step)
    dial.setSliderDown(False)
    assert state.session != before
    press(ready, Qt.Key.Key_Z, CTRL)
    assert state.session == before
    assert dial.position == page.knobs.knobs["Drive"].dial.limits.default


def test_settings_are_kept(desk: Desk, tmp_path: Path, qtbot: QtBot) -> None:
    desk.office.files.change_settings(theme="light", output_folder=tmp_path)
    desk.window.sidebar.split.setSizes([200, 400])
    shares = desk.window.sidebar.split.sizes()
    desk.end()
    again = Desk(qtbot)
    assert again.office.files.settings.theme == "light"
    assert again.office.files.settings.geometry
    assert again.window.sidebar.split.sizes()[0] == pytest.approx(shares[0], abs=30)
    assert again.window.queue.where.text() == str(tmp_path)
    again.office.files.change_settings(theme="dark")


def test_a_drop_opens_a_session_or_adds_stems(desk: Desk, stem: Path, tmp_path: Path) -> None:
    desk.office.take([stem], lambda go: go())
    desk.wait(lambda: len(desk.state.session.stems) == 1)
    desk.office.files.save(tmp_path / "a.afxsession")
    desk.wait(lambda: desk.state.is_saved)
    desk.state.new()
    desk.office.take([tmp_path / "a.afxsession"], lambda go: go())
    desk.wait(lambda: len(desk.state.session.stems) == 1)
    assert [each.path for each in desk.state.session.stems] == [stem]
    assert desk.state.is_saved


def test_a_folder_without_audio_is_told(desk: Desk, tmp_path: Path) -> None:
    desk.office.take([tmp_path], lambda go: go())
    desk.wait(lambda: desk.problems)
    assert "no audio files in this folder" in desk.problems[0]


def test_the_example_is_made(desk: Desk) -> None:
    QTest.mouseClick(desk.window.empty.example_button, Qt.MouseButton.LeftButton)
    desk.wait(lambda: len(desk.state.session.stems) == 3)
    assert [each.name for each in desk.state.session.stems] == ["guitar", "bass", "drums"]


@pytest.mark.parametrize("size", [(1280, 800), (1920, 1080)])
def test_nothing_is_clipped(ready: Desk, size: tuple[int, int], dressed: str) -> None:
    window = ready.window
    ready.office.files.change_settings(theme=dressed)
    window.resize(*size)
    ready.rest()
    assert (window.width(), window.height()) == size
    cut: list[str] = []
    for page in (0, RENDER, LIVE):
        window.show_page(page)
        ready.rest()
        for label in window.findChildren(QLabel):
            ours = label.isVisible() and not label.wordWrap() and label.text() and "<" not in label.text()
            elastic = label.sizePolicy().horizontalPolicy() == label.sizePolicy().Policy.Ignored
            if (
                ours
                and not elastic
                and label.width() < label.fontMetrics().horizontalAdvance(label.text().replace("&", ""))
            ):
                cut.append(label.text())
        for button in window.findChildren(QAbstractButton):
            inner = isinstance(button.parent(), QLineEdit)
            if button.isVisible() and not inner and (button.width() < button.minimumSizeHint().width() - 1):
                cut.append(button.text() or button.accessibleName())
    assert cut == []
