"""Work in other threads arrives in the window's, the newest only, and mistakes are told in words."""

from __future__ import annotations

import threading
from collections.abc import Generator

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from afxplugin.editor.bridge import EngineBridge
from afxplugin.editor.state.events import RateChanged
from afxplugin.editor.state.state import EditorState
from afxplugin.editor.workers import Control
from afxplugin.errors import RenderError
from tests.editor.qt.office_fixtures import LONG_MS


@pytest.fixture
def bridge(qapp: QApplication) -> Generator[EngineBridge]:
    made = EngineBridge(EditorState(), qapp)
    yield made
    made.close()


def test_events_of_the_state_are_a_signal(bridge: EngineBridge) -> None:
    heard: list[object] = []
    bridge.told.connect(heard.append)
    bridge.state.set_session_rate(96_000)
    assert heard[0] == RateChanged(96_000)


def test_a_result_arrives_in_the_windows_thread(bridge: EngineBridge, qtbot: QtBot) -> None:
    arrived: list[tuple[int, str, str]] = []

    def work(control: Control) -> str:
        control.progress(0.5, "half")
        return threading.current_thread().name

    bridge.request("a room", work, lambda name: arrived.append((1, name, threading.current_thread().name)))
    qtbot.waitUntil(lambda: bool(arrived), timeout=LONG_MS)
    assert arrived == [(1, "a room", threading.main_thread().name)]


def test_only_the_newest_arrives(bridge: EngineBridge, qtbot: QtBot) -> None:
    begun, let_go = threading.Event(), threading.Event()
    arrived: list[str] = []

    def slow(_: Control) -> str:
        begun.set()
        let_go.wait(LONG_MS / 1000)
        return "old"

    bridge.request("room", slow, arrived.append)
    assert begun.wait(LONG_MS / 1000)
    bridge.request("room", lambda _: "new", arrived.append)
    let_go.set()
    qtbot.waitUntil(lambda: bool(arrived), timeout=LONG_MS)
    qtbot.wait(50)
    assert arrived == ["new"]


def test_what_was_cancelled_never_arrives(bridge: EngineBridge, qtbot: QtBot) -> None:
    arrived: list[str] = []
    bridge.request("room", lambda _: "result", arrived.append)
    bridge.cancel("room")
    qtbot.wait(100)
    assert arrived == []


def test_what_is_done_is_told_and_its_end(bridge: EngineBridge, qtbot: QtBot) -> None:
    told: list[tuple[str, str, float]] = []
    bridge.busy.connect(lambda room, text, share: told.append((room, text, share)))
    bridge.request("room", lambda control: control.progress(0.25, "reading"), lambda _: None)
    qtbot.waitUntil(lambda: len(told) == 2, timeout=LONG_MS)
    assert told == [("room", "reading", 0.25), ("room", "", 0.0)]


def test_errors_are_told_in_words(bridge: EngineBridge, qtbot: QtBot) -> None:
    told: list[str] = []
    bridge.problem.connect(told.append)

    def fail(_: Control) -> None:
        raise RenderError("no audio that can be read", path="/x/stem.wav")

    bridge.request("room", fail, lambda _: None)
    qtbot.waitUntil(lambda: bool(told), timeout=LONG_MS)
    assert told == ["no audio that can be read: /x/stem.wav"]


def test_a_mistake_of_ours_is_told_as_such(
    bridge: EngineBridge, qtbot: QtBot, capsys: pytest.CaptureFixture[str]
) -> None:
    told: list[str] = []

    def fail(_: Control) -> None:
        raise ZeroDivisionError("division by zero")

    bridge.request("room", fail, lambda _: None, failed=told.append)
    qtbot.waitUntil(lambda: bool(told), timeout=LONG_MS)
    assert told == ["a mistake in the program, not in what you asked: ZeroDivisionError: division by zero"]
    assert "ZeroDivisionError" in capsys.readouterr().err


def test_what_cannot_be_done_changes_nothing(bridge: EngineBridge) -> None:
    told: list[str] = []
    bridge.problem.connect(told.append)
    assert not bridge.attempt(lambda: bridge.state.set_session_rate(1))
    assert "8000 to 384000" in told[0]
    assert bridge.attempt(lambda: bridge.state.set_session_rate(96_000))


def test_after_closing_nothing_arrives(qapp: QApplication, qtbot: QtBot) -> None:
    bridge = EngineBridge(EditorState(), qapp)
    arrived: list[str] = []
    bridge.request("room", lambda _: "result", arrived.append)
    bridge.close()
    bridge.post(lambda: arrived.append("posted"))
    qtbot.wait(50)
    assert arrived == []
