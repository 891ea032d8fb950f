"""Another preset while one plays live: it is played instead, or what plays goes on; it never just stops."""

from __future__ import annotations

import threading
from types import SimpleNamespace
from typing import Any

import pytest

from afxplugin.editor.state.session import Choice
from afxplugin.editor.widgets.header import LIVE
from afxplugin.editor.widgets.live_panel import LiveRequest
from afxplugin.engine.live_stats import Levels, LiveStats
from afxplugin.errors import DeviceError, MethodError
from tests.editor.qt.office_fixtures import Desk

CRUNCH, LEAD = Choice(preset="Green Overdrive/Crunch"), Choice(preset="Green Overdrive/Lead")
STATS = LiveStats(9.0, 1, 3, 2, 256, 0, 0, 0.13, 1, 1, 1, 1, 1, 1, 300, 5.0, 384, 0, 13.2, True)
REQUEST = LiveRequest(None, None, 1, 128, "auto")


class Silent:
    """A session of the desk without a graph. played: labels, in order; failing: raised by the next start."""

    def __init__(self) -> None:
        self.played: list[str] = []
        self.turned: list[dict[str, float]] = []
        self.failing: Exception | None = None
        self.keeps = True
        self.is_open = False
        self.go = threading.Event()
        self.go.set()

    def start(self, source: Any, request: LiveRequest) -> Any:
        assert request == REQUEST
        self.go.wait(60.0)
        if self.failing is not None:
            self.is_open = self.is_open and self.keeps
            error, self.failing = self.failing, None
            raise error
        self.played.append(source.preset)
        self.is_open = True
        return SimpleNamespace(check=lambda: None, stats=STATS, levels=lambda: Levels(0.1, 0.1, 0.1))

    def turn(self, source: Any) -> None:
        self.turned.append({"output_gain_db": source.output_gain_db, **source.knobs})

    def stop(self) -> None:
        self.is_open = False


@pytest.fixture
def silent(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Silent:
    """What plays the first preset."""
    made = Silent()
    live = desk.office.live
    monkeypatch.setattr(live, "_session", made)
    monkeypatch.setattr(live, "look", lambda: None)
    desk.office.presets.choose(CRUNCH)
    desk.wait(lambda: desk.state.source is not None)
    live.start(REQUEST)
    desk.wait(lambda: live.is_playing)
    desk.rest()
    return made


def test_another_preset_is_played_instead(desk: Desk, silent: Silent) -> None:
    live, told = desk.office.live, []
    live.ended.connect(told.append)
    desk.office.presets.choose(LEAD)
    desk.wait(lambda: live.choice == LEAD and live.is_playing)
    assert [label.rpartition("/")[2] for label in silent.played] == ["Crunch", "Lead"]
    assert told == ["Changing to Green Overdrive/Lead: silent for a moment.", ""]
    assert desk.window.live.button.text() == "Stop playing live"
    desk.state.set_output_gain(-3.0)
    desk.rest()
    assert silent.turned[-1]["output_gain_db"] == desk.state.played.output_gain_db  # pyright: ignore[reportOptionalMemberAccess]
    assert desk.problems == []


def test_the_last_of_several_is_what_plays(desk: Desk, silent: Silent) -> None:
    silent.go.clear()
    desk.office.presets.choose(LEAD)
    desk.wait(lambda: desk.state.session.choice == LEAD)
    desk.state.undo()
    assert desk.state.session.choice == CRUNCH
    desk.state.redo()
    desk.state.undo()
    silent.go.set()
    desk.wait(lambda: desk.office.live.is_playing and desk.office.live.choice == CRUNCH)
    desk.rest()
    assert silent.played[-1].endswith("Crunch")


@pytest.mark.parametrize("keeps", [True, False])
def test_one_that_cannot_be_played_is_told_on_every_page(desk: Desk, silent: Silent, keeps: bool) -> None:
    live = desk.office.live
    silent.failing = MethodError("not at this rate") if keeps else DeviceError("the device has gone")
    silent.keeps = keeps
    desk.office.presets.choose(LEAD)
    desk.wait(lambda: desk.problems)
    desk.rest()
    assert desk.problems[0] in ("not at this rate", "the device has gone")
    assert desk.window.live.problem.text() == desk.problems[0]
    assert live.is_playing == keeps
    if keeps:
        # The one before goes on, and the knobs of the other do not turn it.
        assert live.choice == CRUNCH
        turned = len(silent.turned)
        desk.state.set_output_gain(-6.0)
        desk.rest()
        assert len(silent.turned) == turned
        assert silent.is_open
    assert desk.window.live.button.text() == ("Stop playing live" if keeps else "Play live")


def test_without_a_preset_what_plays_goes_on(desk: Desk, silent: Silent) -> None:
    desk.window.show_page(LIVE)
    desk.state.new()
    desk.rest()
    assert desk.state.session.choice is None
    assert desk.office.live.is_playing
    assert silent.is_open
    assert desk.window.live.problem.text() == "Live goes on with Green Overdrive/Crunch."
    assert desk.window.live.button.isEnabled()
    desk.office.live.stop()
    desk.rest()
    assert not silent.is_open


def test_one_that_cannot_be_opened_leaves_what_plays(desk: Desk, silent: Silent) -> None:
    desk.office.presets.choose(Choice(preset="No/Such"))
    desk.wait(lambda: desk.problems)
    desk.rest()
    assert desk.office.live.is_playing
    assert desk.office.live.choice == CRUNCH
    assert len(silent.played) == 1
