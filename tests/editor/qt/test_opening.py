"""What is given on the command line, dropped or chosen is opened as what it is, wherever it is dropped."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtWidgets import QWidget

from afxplugin.editor import app, dialogs
from afxplugin.editor.state.session import Choice, Session, Stem
from afxplugin.editor.state.session_file import write_session
from tests.editor.qt.office_fixtures import Desk
from tests.editor.qt.pointing import drop
from tests.render.material import riff, stem_file

PLACES: tuple[Callable[[Desk], QWidget], ...] = (
    lambda desk: desk.window,
    lambda desk: desk.window.empty,
    lambda desk: desk.window.sidebar.stems.viewport(),
)


@pytest.fixture(params=["argument", "window", "empty", "stems", "dialog"])
def give(request: pytest.FixtureRequest, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Hands files to the window, in each of the ways there are."""

    def give(*paths: Path) -> None:
        if request.param == "argument":
            app.open_first(desk.office, desk.window, list(paths))
        elif request.param == "dialog":
            monkeypatch.setattr(dialogs, "choose_stems", lambda *_: list(paths))
            desk.window._asking.add_stems()
        else:
            drop({"window": PLACES[0], "empty": PLACES[1], "stems": PLACES[2]}[request.param](desk), *paths)
        desk.rest()

    return give


def test_a_capture_is_opened_as_one(desk: Desk, give: Callable[..., None], amp: Path) -> None:
    give(amp)
    assert desk.state.session.choice == Choice(capture=amp)
    assert desk.state.session.stems == ()
    assert desk.window.header.name.text() == "amp"
    assert desk.problems == []


def test_a_session_is_opened_as_one(desk: Desk, give: Callable[..., None], stem: Path, tmp_path: Path) -> None:
    file = tmp_path / "song.afxsession"
    write_session(file, Session(stems=(Stem(stem),), session_hz=96_000))
    give(file)
    assert desk.state.path == file
    assert desk.state.session.session_hz == 96_000
    assert [each.path for each in desk.state.session.stems] == [stem]


def test_what_cannot_be_opened_is_told_and_no_stem(desk: Desk, give: Callable[..., None], tmp_path: Path) -> None:
    given = [tmp_path / name for name in ("a.afxpack", "manifest.json", "notes.txt", "gone.wav")]
    for path in given[:3]:
        path.write_text("{}")
    give(*given)
    assert desk.state.session == Session()
    (problem,) = desk.problems
    lines = problem.splitlines()
    assert lines[0] == f"a pack of presets; allowed: to install it with afx preset import: {given[0]}"
    assert len(lines) == 4
    assert lines[3] == "and 1 more"
    assert desk.window.notice.isVisible()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names here")
def test_a_pipe_is_told_at_once(desk: Desk, give: Callable[..., None], tmp_path: Path) -> None:
    pipes = [tmp_path / name for name in ("a.wav", "b.afxsession", "c.nam")]
    for path in pipes:
        os.mkfifo(path)
    give(*pipes)
    assert desk.state.session == Session()
    assert [line.partition(";")[0] for line in desk.problems[0].splitlines()] == ["is a pipe, not a file"] * 3


def test_stems_and_a_capture_come_together(desk: Desk, give: Callable[..., None], stem: Path, amp: Path) -> None:
    give(stem.parent, amp)
    assert [each.path for each in desk.state.session.stems] == [stem]
    assert desk.state.session.choice == Choice(capture=amp)


def test_a_second_drop_does_not_cost_the_first(desk: Desk, tmp_path: Path) -> None:
    stems = [stem_file(tmp_path / f"{k}.wav", riff(0.1)) for k in range(4)]
    for path in stems:
        drop(desk.window, path)
    desk.rest()
    assert [each.path for each in desk.state.session.stems] == stems


def test_a_capture_that_is_none_is_told(desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "page.nam"
    path.write_text("<html>")
    drop(desk.window, path)
    desk.rest()
    assert desk.state.session == Session()
    assert str(path) in desk.problems[0]


def test_stems_of_w64_work_like_others(desk: Desk, tmp_path: Path, amp: Path) -> None:
    import soundfile

    path = tmp_path / "take.w64"
    soundfile.write(path, riff(1.0, channels=2).T, 48_000, format="W64", subtype="PCM_24")
    drop(desk.window.empty, path)
    desk.wait(lambda: desk.office.stems.known(path))
    desk.choose(Choice(capture=amp))
    assert desk.window.sidebar.stems.rows.about(desk.office.stems.list_rows()[0]) == "48 kHz · stereo · 0:01.0"
    desk.window.add_to_queue()
    desk.office.renders.start()
    desk.wait(lambda: [item.status for item in desk.office.renders.queue.items] == ["done"])
    file = tmp_path / "song.afxsession"
    desk.office.files.save(file)
    desk.wait(lambda: desk.state.is_saved)
    assert 'path = "take.w64"' in file.read_text()
