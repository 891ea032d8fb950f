"""Playing live from the window: a factory preset on JACK's dummy device, heard and turned, and what goes wrong told."""

from __future__ import annotations

import time
from collections.abc import Generator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from afxplugin.editor.state.session import Choice
from afxplugin.editor.widgets.header import LIVE
from afxplugin.engine.live import Live
from afxplugin.engine.process import check_installed
from afxplugin.errors import DeviceError, PluginError
from tests.editor.qt.office_fixtures import Desk
from tests.engine.jack import RATE_HZ, Recording, Server, build_probe, jack_server

LEFT = Qt.MouseButton.LeftButton
SECONDS = 12.0


@pytest.fixture(scope="module")
def server() -> Generator[Server]:
    try:
        check_installed()
    except PluginError as error:
        pytest.skip(str(error))
    with jack_server() as running:
        yield running


@pytest.fixture(scope="module")
def probe(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_probe(tmp_path_factory.mktemp("probe"))


@pytest.fixture
def ready(server: Server, desk: Desk) -> Desk:  # noqa: ARG001
    """The live page before a factory preset, without any stem; the devices have been looked for."""
    desk.office.presets.choose(Choice(preset="Green Overdrive/Crunch"))
    desk.wait(lambda: desk.state.source is not None)
    desk.window.show_page(LIVE)
    desk.wait(desk.window.live.button.isEnabled)
    return desk


def start(desk: Desk) -> None:
    told: list[str] = []
    desk.office.live.ended.connect(told.append)
    QTest.mouseClick(desk.window.live.button, LEFT)
    assert not desk.window.live.button.isEnabled()  # it is being built
    desk.wait(desk.window.live.button.isEnabled)
    assert told == [""]
    assert desk.office.live.is_playing


def loudest_db(desk: Desk, seconds: float) -> tuple[float, float]:
    """The highest that the meters of input and output showed in this time."""
    live = desk.window.live
    ends = time.monotonic() + seconds
    highest = (-200.0, -200.0)
    while time.monotonic() < ends:
        desk.qtbot.wait(40)
        shown = (live.meter_in.levels_db[0], max(live.meter_out.levels_db))
        highest = (max(highest[0], shown[0]), max(highest[1], shown[1]))
    return highest


def test_the_instruments_input_is_remembered(ready: Desk) -> None:
    live = ready.window.live
    assert ready.office.files.settings.input_device is None
    live.inputs.setCurrentIndex(1)
    start(ready)
    assert ready.office.files.settings.input_device == live.inputs.currentText().split(" · ")[0] == "system"
    QTest.mouseClick(live.button, LEFT)
    ready.wait(lambda: not ready.office.bridge.is_busy("live"))


def test_a_preset_is_played_turned_and_stopped(ready: Desk, probe: Path, tmp_path: Path) -> None:
    live = ready.window.live
    assert live.knobs.isVisible()
    assert list(live.knobs.knobs) == [knob.name for knob in ready.state.knobs]
    assert {live.inputs.itemText(k) for k in range(live.inputs.count())} > {"Default device"}
    start(ready)
    assert live.button.text() == "Stop playing live"
    assert not live.inputs.isEnabled()

    # Something is played on the instrument: levels and figures move.
    t = np.arange(round(SECONDS * RATE_HZ)) / RATE_HZ
    recording = Recording(probe, tmp_path, 0.25 * np.sin(2 * np.pi * 220.0 * t), round(SECONDS * RATE_HZ))
    ready.wait(lambda: live.meter_in.levels_db[0] > -12.5)
    before = loudest_db(ready, 1.0)
    assert before[0] == pytest.approx(-12.0, abs=0.5)
    assert before[1] > -40.0
    shown = {name: label.text() for name, label in live.figures.items()}
    assert float(shown["round"].removesuffix(" ms")) > 5.0
    assert shown["load"].endswith("%")
    assert shown["underruns"].isdecimal()
    assert shown["xruns"].isdecimal()

    # A knob of this page is turned, and what comes out follows at once.
    live.knobs.gain_out.dial.turn_to(-20.0)
    assert ready.state.session.settings.output_gain_db == pytest.approx(-20.0)
    ready.wait(lambda: max(live.meter_out.levels_db) < before[1] - 18.0)  # meters fall slowly, as meters do
    quiet = loudest_db(ready, 1.0)
    assert quiet[0] == pytest.approx(before[0], abs=0.5)
    assert quiet[1] == pytest.approx(before[1] - 20.0, abs=1.5)
    ready.state.undo()
    heard = recording.result()
    assert np.abs(heard).max() > 0.01

    QTest.mouseClick(live.button, LEFT)
    ready.wait(lambda: not ready.office.bridge.is_busy("live"))
    assert not ready.office.live.is_playing
    assert live.button.text() == "Play live"
    assert live.inputs.isEnabled()
    assert ready.problems == []

    # It can be started again, and goes on with another preset that is chosen.
    start(ready)
    lead = Choice(preset="Green Overdrive/Lead")
    ready.office.presets.choose(lead)
    ready.wait(lambda: ready.office.live.choice == lead and ready.office.live.is_playing)
    assert live.button.text() == "Stop playing live"
    again = Recording(probe, tmp_path, 0.25 * np.sin(2 * np.pi * 220.0 * t), RATE_HZ)
    assert np.abs(again.result()).max() > 0.01
    assert ready.problems == []


def test_a_device_that_goes_is_told_and_the_window_goes_on(ready: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    start(ready)

    def gone(_: Live) -> None:
        raise DeviceError("the device has gone (Dummy, JACK)")

    monkeypatch.setattr(Live, "check", gone)
    ready.wait(lambda: not ready.office.live.is_playing)
    monkeypatch.undo()
    live = ready.window.live
    assert live.problem.text() == "the device has gone (Dummy, JACK)"
    assert live.button.text() == "Play live"
    ready.wait(lambda: not ready.office.bridge.is_busy("live"))
    start(ready)
