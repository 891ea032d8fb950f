"""Renders that run end by nothing but their own buttons, or a question that was answered."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from afxplugin.editor import dialogs
from afxplugin.editor.dialogs import Unsaved
from afxplugin.editor.queue.item import QueueItem
from afxplugin.editor.state.session import Choice, QueueEntry, Session, Stem
from afxplugin.editor.state.session_file import write_session
from tests.editor.qt.office_fixtures import Desk
from tests.render.material import riff, stem_file


@pytest.fixture
def rendering(desk: Desk, slow: Path, tmp_path: Path) -> Desk:
    """A stem that is being rendered, held there, and one that waits behind it."""
    paths = [stem_file(tmp_path / f"{k}.wav", riff(30.0 if k == 0 else 1.0)) for k in range(2)]
    desk.add(*paths)
    desk.office.presets.choose(Choice(capture=slow))
    desk.wait(lambda: desk.state.source is not None)
    desk.state.choose_variant("auto-4x")
    desk.office.renders.queue._workers = 1
    desk.window.add_to_queue()
    desk.office.renders.start()
    desk.wait(lambda: first(desk).share > 0.0)
    # So that it does not end by itself, however long the test takes.
    desk.office.renders.queue.pause(first(desk).entry)
    desk.wait(lambda: desk.office.renders.queue._slots[0].run.is_held)  # pyright: ignore[reportOptionalMemberAccess]
    return desk


def first(desk: Desk) -> QueueItem:
    return desk.office.renders.queue.items[0]


def is_alive(desk: Desk) -> bool:
    run = desk.office.renders.queue._slots[0].run
    return first(desk).is_begun and run is not None and not run.stop.is_set()


def test_neither_undo_nor_redo_touches_the_queue(rendering: Desk) -> None:
    state, queue = rendering.state, rendering.office.renders.queue
    entries = state.session.queue
    while state.undo() is not None:
        assert state.session.queue == entries
        assert is_alive(rendering)
    assert state.session.stems == ()
    while state.redo() is not None:
        assert is_alive(rendering)
    assert state.session.queue == entries
    assert [item.status for item in queue.items] == ["paused", "waiting"]
    assert state.session.choice is not None


@pytest.mark.parametrize(
    "act",
    [
        lambda desk: desk.state.remove_stem(desk.state.session.stems[0].path),
        lambda desk: desk.state.set_session_rate(192_000),
        lambda desk: desk.state.choose_variant("naive"),
        lambda desk: desk.state.choose_preset("Green Overdrive/Crunch"),
        lambda desk: desk.state.set_output_gain(-3.0),
        lambda desk: desk.office.files.change_settings(output_folder=Path("/nowhere"), theme="light"),
        lambda desk: desk.office.renders.clear_finished(),
        lambda desk: QTest.keyClick(desk.window.queue.view, Qt.Key.Key_Delete),
    ],
    ids=["remove stem", "rate", "variant", "preset", "gain", "settings", "clear finished", "Delete, nothing selected"],
)
def test_what_is_done_beside_leaves_it_alone(rendering: Desk, act: Callable[[Desk], object]) -> None:
    entries = rendering.state.session.queue
    act(rendering)
    rendering.rest()
    assert is_alive(rendering)
    assert rendering.state.session.queue == entries


def test_delete_takes_out_what_waits_and_says_that_the_other_is_under_way(rendering: Desk) -> None:
    view = rendering.window.queue.view
    rendering.wait(lambda: len(view.queue.rows) == 2)
    view.selectAll()
    QTest.keyClick(view, Qt.Key.Key_Delete)
    assert is_alive(rendering)
    assert len(rendering.state.session.queue) == 1
    assert rendering.problems == ["a render under way stays in the queue; allowed: to cancel it first"]


@pytest.mark.parametrize("stop", [False, True], ids=["no", "yes"])
@pytest.mark.parametrize("what", ["new", "open", "close"])
def test_what_would_end_it_asks(
    rendering: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str, stop: bool
) -> None:
    file = tmp_path / "other.afxsession"
    write_session(file, Session(session_hz=96_000))
    asked: list[str] = []
    monkeypatch.setattr(dialogs, "ask_stop_rendering", lambda _: asked.append("stop") or stop)
    monkeypatch.setattr(dialogs, "ask_unsaved", lambda *_: asked.append("unsaved") or Unsaved.DISCARD)
    commands = rendering.window._asking
    run = rendering.office.renders.queue._slots[0].run
    assert run is not None
    {"new": commands.new, "open": lambda: commands.open_recent(file), "close": rendering.window.close}[what]()
    if not stop:
        rendering.rest()
        assert asked == ["stop"]
        assert is_alive(rendering)
        assert rendering.window.isVisible()
        return
    rendering.wait(run.stop.is_set)
    assert asked == ["stop", "unsaved"]
    assert not [each for each in (tmp_path / "rendered").iterdir() if each.suffix == ".wav"]


def test_a_session_that_cannot_be_opened_ends_nothing(
    rendering: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "bad.afxsession").write_text("schema = 1\nvariant = 1\n")
    monkeypatch.setattr(dialogs, "ask_stop_rendering", lambda _: True)
    monkeypatch.setattr(dialogs, "ask_unsaved", lambda *_: Unsaved.DISCARD)
    rendering.window._asking.open_recent(tmp_path / "bad.afxsession")
    rendering.rest()
    assert rendering.problems[0].startswith("line 2: variant")
    assert is_alive(rendering)


def test_what_another_session_has_queued_waits_to_be_started(rendering: Desk, slow: Path, tmp_path: Path) -> None:
    stem = stem_file(tmp_path / "c.wav", riff(0.2))
    rendering.state.load(Session(stems=(Stem(stem),), queue=(QueueEntry(stem, Choice(capture=slow)),)), None)
    rendering.rest()
    assert [item.status for item in rendering.office.renders.queue.items] == ["waiting"]
    assert not rendering.office.renders.queue.is_started


def test_retry_replaces_nothing_and_shows_why(desk: Desk, stem: Path, amp: Path) -> None:
    """Another take stands where the render would go: the row says so, each time, and the file stays."""
    desk.add(stem)
    desk.office.presets.choose(Choice(capture=amp))
    desk.wait(lambda: desk.state.source is not None)
    renders, view = desk.office.renders, desk.window.queue.view
    desk.window.add_to_queue()
    renders.start()
    desk.wait(lambda: [row.status for row in view.queue.rows] == ["done"])
    output = view.queue.rows[0].output
    assert output is not None
    taken = output.read_bytes()
    desk.state.set_output_gain(-6.0)
    desk.window.add_to_queue()
    desk.wait(lambda: [row.status for row in view.queue.rows] == ["done", "failed"])
    for _ in range(2):
        told = view.queue.data(view.queue.index(1, 6))
        assert "exists already and was not made from this stem with these settings; allowed: to move that" in told
        assert "--" not in told
        assert output.read_bytes() == taken
        QTest.mouseClick(desk.window.queue.retry_button, Qt.MouseButton.LeftButton)
        desk.wait(lambda: [item.status for item in renders.queue.items] == ["done", "failed"])
    assert output.read_bytes() == taken
