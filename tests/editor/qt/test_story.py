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
    window, page, state = desk.window, desk.window.page, desk.state

    # The window says what to do; a stem is dropped on it, and its waveform appears.
    assert window.empty.isVisible()
    drop(desk, guitar)
    desk.wait(lambda: desk.office.stems.known(guitar) is not None)
    assert page.isVisible()
    assert not window.empty.isVisible()
    assert window.sidebar.stems.rows.rowCount() == 1
    assert not page.transport.button.isEnabled()

    # A preset is chosen in the list on the left.
    presets = window.sidebar.presets
    k = [card.label for card in presets.shown()].index("Green Overdrive/Crunch")
    at = presets.list.visualRect(presets.cards.index(k)).center()
    QTest.mouseClick(presets.list.viewport(), LEFT, pos=at)
    desk.compared(48_000)
    assert window.header.name.text() == "Green Overdrive/Crunch"

    # Space plays; number keys switch while it plays, at the same place.
    press(desk, Qt.Key.Key_Space)
    desk.wait(lambda: desk.office.playback.is_playing)
    player = SilentPlayer.opened[-1]
    assert player.switcher.is_playing
    heard: dict[str, np.ndarray] = {}
    for key, name in ((Qt.Key.Key_1, "naive"), (Qt.Key.Key_5, "cidl"), (Qt.Key.Key_7, "auto")):
        press(desk, key)
        assert page.bar.buttons[name].is_heard
        player.pass_time(0.1)
        player.switcher.seek(0.5)
        player.pass_time(0.1)
        heard[name] = player.pass_time(0.2)
    assert abs(heard["naive"] - heard["auto"]).max() > 1e-3

    # One that is not stable says so, and nothing else is heard.
    refused = next(each for each in state.variants if not each.playable)
    press(desk, Qt.Key(Qt.Key.Key_0 + refused.variant.key))
    assert state.session.variant == "auto"
    assert refused.reason in page.bar.why.text()

    # The table says what the ear heard: naive is far from the reference, auto close.
    figures = page.figures.figures
    names = [row.name for row in figures.rows]
    assert names[0] == "reference"
    assert figures.data(figures.index(names.index("auto"), 1)) == f"{snr(desk, 'auto'):.1f}"
    assert snr(desk, "naive") < 35
    assert snr(desk, "auto") > 80

    # At 96 kHz the same again, and it is another story for each method.
    at_48 = {name: snr(desk, name) for name in ("naive", "stn", "cidl")}
    window.header.rates.setCurrentIndex(window.header.rates.findData(96_000))
    window.header.rates.activated.emit(window.header.rates.currentIndex())
    desk.compared(96_000)
    assert snr(desk, "naive") < at_48["naive"] - 10
    assert snr(desk, "stn") < at_48["stn"]
    assert player.closed or player.switcher.rate_hz == 96_000
    desk.wait(lambda: SilentPlayer.opened[-1].switcher.rate_hz == 96_000)

    # Why: the spectrum with its aliases, the sweep, the difference.
    for tab, shown in ((1, page.spectrum.plot), (2, page.sweep.layout_view), (3, page.difference.level)):
        press(desk, Qt.Key.Key_2)
        window.show_tab(tab)
        desk.rest()
        assert "STN" in shown.accessibleDescription()
        assert shown.isVisible()

    # Everything is rendered, at the stem's own rate, with the manifest of the command line.
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
    assert desk.problems == []
