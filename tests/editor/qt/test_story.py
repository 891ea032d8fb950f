"""A person who has never seen the program: a stem dropped, methods heard at 48 and 96 kHz, seen why, rendered.

Each step is done as that person does it, by mouse and keys in the window, on the real engine.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from afxplugin.audio import AudioWriter, read_audio
from afxplugin.measure.stems import guitar_di
from afxplugin.render.stems import MANIFEST_NAME
from tests.editor.qt.office_fixtures import Desk
from tests.editor.qt.silent_device import SilentPlayer

LEFT = Qt.MouseButton.LeftButton
SECONDS = 3.0


@pytest.fixture
def guitar(tmp_path: Path) -> Path:
    audio = guitar_di(48_000, SECONDS)
    path = tmp_path / "song" / "guitar.wav"
    path.parent.mkdir()
    with AudioWriter(path, rate_hz=48_000, channels=1) as writer:
        writer.write(audio.x)
    return path


def drop(desk: Desk, path: Path) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    copy, keys = Qt.DropAction.CopyAction, Qt.KeyboardModifier.NoModifier
    target = desk.window.empty
    QApplication.sendEvent(target, QDragEnterEvent(QPoint(50, 50), copy, data, LEFT, keys))
    QApplication.sendEvent(target, QDropEvent(QPointF(50, 50), copy, data, LEFT, keys))


def press(desk: Desk, key: Qt.Key) -> None:
    """On the window, as one does who has clicked nowhere in particular."""
    desk.window.activateWindow()
    desk.window.setFocus()
    QTest.keyClick(desk.window, key)
    desk.qtbot.wait(20)


def snr(desk: Desk, name: str) -> float:
    result = desk.office.comparison.result
    assert result is not None
    rendering = result.rendering(name)
    assert rendering is not None
    assert rendering.figures.snr_db is not None
    return rendering.figures.snr_db


def test_the_whole_story(desk: Desk, guitar: Path) -> None:
    drop_a_stem(desk, guitar)
    choose_a_preset(desk)
    hear_methods(desk)
    ask_for_what_cannot_be(desk)
    read_the_table(desk)
    hear_another_rate(desk)
    see_why(desk)
    render(desk)
    assert desk.problems == []


def drop_a_stem(desk: Desk, guitar: Path) -> None:
    """The window says what to do; a stem is dropped on it, and its waveform appears."""
    window, page = desk.window, desk.window.page
    assert window.empty.isVisible()
    drop(desk, guitar)
    desk.wait(lambda: desk.office.stems.known(guitar) is not None)
    assert page.isVisible()
    assert not window.empty.isVisible()
    assert window.sidebar.stems.rows.rowCount() == 1
    assert not page.transport.button.isEnabled()


def choose_a_preset(desk: Desk) -> None:
    """In the list on the left."""
    presets = desk.window.sidebar.presets
    k = [card.label for card in presets.shown()].index("Green Overdrive/Crunch")
    at = presets.list.visualRect(presets.cards.index(k)).center()
    QTest.mouseClick(presets.list.viewport(), LEFT, pos=at)
    desk.compared(48_000)
    assert desk.window.header.name.text() == "Green Overdrive/Crunch"


def hear_methods(desk: Desk) -> None:
    """Space plays; number keys switch while it plays, at the same place."""
    press(desk, Qt.Key.Key_Space)
    desk.wait(lambda: desk.office.playback.is_playing)
    player = SilentPlayer.opened[-1]
    assert player.switcher.is_playing
    heard: dict[str, np.ndarray] = {}
    for key, name in ((Qt.Key.Key_1, "naive"), (Qt.Key.Key_5, "cidl"), (Qt.Key.Key_7, "auto")):
        press(desk, key)
        assert desk.window.page.bar.buttons[name].is_heard
        player.pass_time(0.1)
        player.switcher.seek(0.5)
        player.pass_time(0.1)
        heard[name] = player.pass_time(0.2)
    assert abs(heard["naive"] - heard["auto"]).max() > 1e-3


def ask_for_what_cannot_be(desk: Desk) -> None:
    """A method that is not stable says so, and nothing else is heard."""
    refused = next(each for each in desk.state.variants if not each.playable)
    press(desk, Qt.Key(Qt.Key.Key_0 + refused.variant.key))
    assert desk.state.session.variant == "auto"
    assert refused.reason in desk.window.page.bar.why.text()


def read_the_table(desk: Desk) -> None:
    """It says what the ear heard: naive is far from the reference, auto close."""
    figures = desk.window.page.figures.figures
    names = [row.name for row in figures.rows]
    assert names[0] == "reference"
    assert figures.data(figures.index(names.index("auto"), 1)) == f"{snr(desk, 'auto'):.1f}"
    assert snr(desk, "naive") < 35
    assert snr(desk, "auto") > 80


def hear_another_rate(desk: Desk) -> None:
    """At 96 kHz the same again, and it is another story for each method."""
    at_48 = {name: snr(desk, name) for name in ("naive", "stn")}
    rates, player = desk.window.header.rates, SilentPlayer.opened[-1]
    rates.setCurrentIndex(rates.findData(96_000))
    rates.activated.emit(rates.currentIndex())
    desk.compared(96_000)
    assert snr(desk, "naive") < at_48["naive"] - 10
    assert snr(desk, "stn") < at_48["stn"]
    assert player.closed or player.switcher.rate_hz == 96_000
    desk.wait(lambda: SilentPlayer.opened[-1].switcher.rate_hz == 96_000)


def see_why(desk: Desk) -> None:
    """The spectrum with its aliases or of what plays, the sweep, the difference."""
    page = desk.window.page
    for tab, shown in ((1, page.spectrum.plot), (2, page.sweep.layout_view), (3, page.difference.level)):
        press(desk, Qt.Key.Key_2)
        desk.window.show_tab(tab)
        desk.rest()
        assert "STN" in shown.accessibleDescription()
        assert shown.isVisible()
    desk.window.show_tab(1)
    desk.rest()
    assert "alias" in page.spectrum.plot.accessibleDescription()
    QTest.mouseClick(page.spectrum.of_stem, LEFT)
    desk.rest()
    assert page.spectrum.plot.accessibleDescription() == "STN"
    assert page.spectrum.note.text() == f"mean over {SECONDS:.1f} s of the stem"


def render(desk: Desk) -> None:
    """Everything, at the stem's own rate, with the manifest of the command line."""
    window = desk.window
    press(desk, Qt.Key.Key_7)
    QTest.mouseClick(window.header.queue_button, LEFT)
    assert window.queue.isVisible()
    desk.wait(window.queue.start_button.isEnabled)
    QTest.mouseClick(window.queue.start_button, LEFT)
    desk.wait(lambda: [row.status for row in window.queue.view.queue.rows] == ["done"])
    rendered = window.queue.view.queue.rows[0].output
    assert rendered is not None
    audio = read_audio(rendered)
    assert audio.rate_hz == 48_000
    assert audio.x.shape[1] == round(SECONDS * 48_000)
    entries = json.loads((rendered.parent / MANIFEST_NAME).read_text()).values()
    assert [Path(each["output"]).name for each in entries] == [rendered.name]
